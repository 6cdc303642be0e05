import API
import FoundationEssentials
import LocalCluster
import Model
import Synchronization
import Testing

@testable import understudy

/// What a suite says, from its sandbox on an agent to the terminal.
@Suite("A suite's output, end to end", .serialized, .timeLimit(.minutes(6)))
struct OutputTests {
    @Test("run --wait shows it as it comes, between the phases and before the result, and fetches the report")
    func streams() async throws {
        try await Stage.play(firstPort: 27_000) { stage in
            try await stage.start()
            let go = "\(stage.demo.directory)/go"
            let suite = """
                echo first é; while [ ! -e \(go) ]; do sleep 0.05; done; echo oh >&2; \
                mkdir out; printf '<testsuite name=\"é\"/>' > "$MESOS_SANDBOX/out/report.xml"; printf last
                """
            let report = "\(stage.demo.directory)/report.xml"
            let lines = Mutex<[String]>([])
            let running = Task {
                let arguments = [
                    "run", "--url", stage.address, "--wait", "--key", "streams", "--command", suite, "--junit", report,
                    "--junit-path", "out/report.xml",
                ]
                return try await stage.demo.run(arguments + Stage.suiteArguments) { line in
                    lines.withLock { $0.append(line) }
                }
            }
            try await stage.until("its first line is shown while it runs") {
                lines.withLock { $0.contains("  | first é") }
            }
            #expect(!lines.withLock { $0.contains { $0.hasPrefix("passed") } })
            try Data().write(to: URL(filePath: go))
            #expect(try await running.value == .exited(0))
            let all = lines.withLock { $0 }
            let output = all.filter { $0.hasPrefix("  | ") }
            // Of two streams, nobody knows which was first.
            #expect(output.sorted() == ["  | first é", "  | last", "  | oh"])
            let result = try #require(all.firstIndex { $0.hasPrefix("passed") })
            #expect(try #require(all.lastIndex { $0.hasPrefix("  | ") }) < result)
            #expect(
                String(decoding: try Data(contentsOf: URL(filePath: report)), as: UTF8.self)
                    == "<testsuite name=\"é\"/>"
            )
        }
    }

    private static func numbered(_ output: String) -> [String] {
        output.split(separator: "\n").filter { $0.hasPrefix("line") }.map(String.init)
    }

    @Test("logs shows it later; without its sandbox the end of a failed one is left, and says so")
    func logs() async throws {
        try await Stage.play(firstPort: 27_000) { stage in
            let isKept = Mutex(false)
            try await stage.start { line in
                if line.contains("output is kept") { isKept.withLock { $0 = true } }
            }
            let suite = "i=0; while [ $i -lt 300 ]; do echo line $i; i=$((i+1)); done; echo why >&2; exit 1"
            let (ending, said) = try await stage.run(suite, key: "logs", "--junit", "\(stage.demo.directory)/none.xml")
            #expect(ending == .exited(1), "\(said)")
            #expect(said.contains("there is no file report.xml in the suite's sandbox"), "\(said)")
            let run = try await stage.client { try await $0.runs(RunsQuery()).runs.first }
            let id = try #require(run?.id)
            let whole = (0..<300).map { "line \($0)" }
            for arguments in [["logs", id.value], ["logs", id.value, "--follow"]] {
                let (ending, output) = try await stage.understudy(arguments)
                #expect(ending == .exited(0))
                #expect(Self.numbered(output) == whole)
                #expect(output.contains("why"))
            }
            let database = try await stage.understudy(["logs", id.value, "--task", "cassandra"])
            #expect(database.ending == .exited(0))

            try await stage.until("its end is kept") { isKept.withLock { $0 } }
            try FileManager.default.removeItem(atPath: "\(stage.demo.directory)/sandboxes")
            let (left, output) = try await stage.understudy(["logs", id.value])
            #expect(left == .exited(0), "\(output)")
            #expect(Self.numbered(output) == Array(whole.suffix(200)))
            #expect(output.contains("this end of the output was kept with the run"), "\(output)")
            let unknown = try await stage.understudy(["logs", "nobody"])
            #expect(unknown.ending == .exited(2))
        }
    }
}
