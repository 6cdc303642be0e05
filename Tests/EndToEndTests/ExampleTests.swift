import API
import FoundationEssentials
import LocalCluster
import Model
import Testing

@testable import understudy

/// `examples/ci`, as the CI systems would run it, as far as a shell can.
@Suite("The pipelines that we hand out", .serialized, .timeLimit(.minutes(6)))
struct ExampleTests {
    typealias Kind = PipelineFile.Kind

    private static var pipeline: String { PipelineFile.folder.appending(path: "pipeline.sh").path }

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
            let tests = "understudy cql --host $CASSANDRA_HOST --port $CASSANDRA_PORT '\(Stage.count)'"
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

    @Test(
        "every step of GitLab's and Jenkins' passes; a job that is retried finds its run",
        arguments: [Kind.gitlab, .jenkins]
    )
    func everyStep(_ kind: Kind) async throws {
        try await Stage.play(firstPort: 26_000) { stage in
            try await stage.start()
            let file = try await PipelineFile.read(kind, on: stage)
            #expect(file.jobs.count == 2 && file.jobs.contains { !$0.after.isEmpty })
            for job in file.jobs {
                let output = try await run(job, of: file, kind, on: stage)
                #expect(output.hasSuffix("job exit 0"), "\(job.name): \(output)")
                #expect(output.contains("stand-in pytest saw 3 guests"), "\(job.name): \(output)")
            }
            let runs = try await stage.client { try await $0.runs() }.runs
            #expect(
                Set(runs.map(\.result)) == [.passed, .released],
                "the after step has given back what it was handed"
            )
            try await stage.until("nothing is left") { await stage.isClean() }
            let again = try await run(file.jobs[0], of: file, kind, on: stage)
            #expect(again.hasSuffix("job exit 0"), "\(again)")
            #expect(try await stage.client { try await $0.runs() }.runs.count == 2, "its key has its run: \(again)")
        }
    }

    @Test(
        "tests that fail on the job's own node fail the job, and its database is given back",
        arguments: [Kind.gitlab, .jenkins]
    )
    func failingTests(_ kind: Kind) async throws {
        try await Stage.play(firstPort: 26_000) { stage in
            try await stage.start()
            let file = try await PipelineFile.read(kind, on: stage)
            let job = try #require(file.jobs.last)
            let output = try await run(job, of: file, kind, on: stage, tests: "exit 5")
            #expect(output.hasSuffix("job exit 5"), "\(output)")
            #expect(try await stage.client { try await $0.runs() }.runs.map(\.result) == [.released])
            try await stage.until("nothing is left") { await stage.isClean() }
        }
    }

    /// Plays the runner of a CI system.
    private func run(
        _ job: PipelineFile.Job,
        of file: PipelineFile,
        _ kind: Kind,
        on stage: Stage,
        tests: String = "understudy cql --host $CASSANDRA_HOST --port $CASSANDRA_PORT '\(Stage.count)'"
    ) async throws -> String {
        let directory = stage.demo.directory
        let folder = stage.demo.program.split(separator: "/").dropLast().joined(separator: "/")
        // No pytest is needed to see that the right one is called, where, and with what.
        let beside = "#!/bin/sh\nEXPECTED_GUESTS=3 guestbook-suite && echo stand-in pytest saw 3 guests\n"
        try ChildProcess.writeProgram(beside, to: "\(directory)/images/suite/pytest")
        let onNode = "#!/bin/sh\ncount=$(\(tests)) || exit\necho stand-in pytest saw $count guests\n"
        try FileManager.default.createDirectory(atPath: "\(directory)/node", withIntermediateDirectories: true)
        try ChildProcess.writeProgram(onNode, to: "\(directory)/node/pytest")
        let image = DemoCluster.suiteImage.split(separator: ":").map(String.init)
        var variables = file.variables
        for (name, value) in [
            "PATH": "\(directory)/node:/\(folder):/usr/bin:/bin", "UNDERSTUDY_URL": stage.address,
            "CI_PIPELINE_ID": "99", "CI_REGISTRY_IMAGE": image[0], "CI_COMMIT_SHA": image[1],
            "BUILD_TAG": "jenkins-guestbook-99", "SUITE_IMAGE": image[0], "GIT_COMMIT": image[1],
        ] { variables[name] = value }
        let settings = variables.map { "\($0)='\($1)'" }.joined(separator: " ")
        let shells = kind == .gitlab ? [job.steps.joined(separator: "\n")] : job.steps
        var names: [String] = []
        for (index, text) in (shells + job.after).enumerated() {
            names.append("\(directory)/step-\(index).sh")
            try Data((text + "\n").utf8).write(to: URL(filePath: names[index]))
        }
        let shell = kind == .gitlab ? "bash -eo pipefail" : "sh -xe"
        let steps = names.prefix(shells.count).map { "\(shell) \($0)" }.joined(separator: " && ")
        let after = names.dropFirst(shells.count).map { "\(shell) \($0);" }.joined(separator: " ")
        return try await stage.demo.shell(
            "export \(settings); cd '\(directory)'; { { \(steps); }; status=$?; \(after) } 2>&1; echo job exit $status"
        )
    }
}
