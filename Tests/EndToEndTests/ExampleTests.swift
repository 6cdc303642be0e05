import FoundationEssentials
import LocalCluster
import Testing

@testable import understudy

/// `examples/ci/pipeline.sh`, as a CI system would run it.
@Suite("The shell pipeline that we hand out", .serialized, .timeLimit(.minutes(3)))
struct ExampleTests {
    private static var pipeline: String {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "examples/ci/pipeline.sh").path
    }

    private func run(_ stage: Stage, id: String, suite: String, tests: String) async throws -> String {
        let folder = stage.demo.program.split(separator: "/").dropLast().joined(separator: "/")
        let settings = "PATH='/\(folder)':$PATH PIPELINE_ID=\(id) UNDERSTUDY_URL=\(stage.address)"
        let image = "SUITE_IMAGE=\(DemoCluster.suiteImage)"
        let call = "\(settings) \(image) '\(Self.pipeline)' \"\(suite)\" \"\(tests)\" 2>&1; echo exit $?"
        return try await stage.demo.shell(call)
    }

    @Test("both copies are of production, and nothing is left; a second time finds the first suite's run")
    func passes() async throws {
        try await Stage.play(firstPort: 26_000) { stage in
            try await stage.start()
            let suite = "EXPECTED_GUESTS=3 guestbook-suite"
            let tests = "understudy stand-in call --host $CASSANDRA_HOST --port $CASSANDRA_PORT COUNT"
                .replacing("$", with: "\\$")
            let first = try await run(stage, id: "17", suite: suite, tests: tests)
            #expect(first.contains("passed: the suite exited 0"), "\(first)")
            #expect(first.split(separator: "\n").contains("3"), "the tests saw production's rows: \(first)")
            #expect(first.hasSuffix("exit 0"), "\(first)")
            try await stage.until("nothing is left") { await stage.isClean() }
            let again = try await run(stage, id: "17", suite: "exit 1", tests: "true")
            #expect(again.contains("passed: the suite exited 0"), "the key has its run: \(again)")
        }
    }

    @Test("a red suite is the pipeline's exit code, and no database is asked for")
    func fails() async throws {
        try await Stage.play(firstPort: 26_000) { stage in
            try await stage.start()
            let output = try await run(stage, id: "18", suite: "exit 7", tests: "true")
            #expect(output.hasSuffix("exit 1"), "\(output)")
            #expect(!output.contains("ready;"), "\(output)")
        }
    }
}
