import API
import FoundationEssentials
import Glibc
import LocalCluster
import Model
import Synchronization
import Testing

@testable import understudy

/// What `run --wait` tells, and outlives.
@Suite("Waiting for a run", .serialized, .timeLimit(.minutes(6)))
struct FollowTests {
    @Test(
        "a scheduler that dies and comes back, here or elsewhere, is waited for: no phase is lost, none is told twice",
        arguments: [24_500, 24_501]
    )
    func restart(_ port: Int) async throws {
        try await Stage.play(firstPort: 24_000) { stage in
            try await stage.start(listen: "127.0.0.1:24500")
            let lines = Mutex<[String]>([])
            let waiting = Task {
                let addresses = "http://127.0.0.1:24500,http://127.0.0.1:\(port)"
                return try await stage.run(stage.heldSuite, key: "restart", "--url", addresses) { line in
                    lines.withLock { $0.append(line) }
                }
            }
            try await stage.until("the suite runs") {
                try await stage.client { try await $0.runs(RunsQuery()).runs.first?.phase == .testing }
            }
            await stage.demo.stopScheduler(with: SIGKILL)
            try await stage.until("it notices") { lines.withLock { $0.contains { $0.contains("waiting for it") } } }
            try await stage.start(listen: "127.0.0.1:\(port)")
            try await stage.letSuiteGoOn()
            let (ending, output) = try await waiting.value
            #expect(ending == .exited(0), "\(output)")
            let words = output.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }
            let phases = words.compactMap(Phase.init(rawValue:))
            #expect(Set(phases).count == phases.count, "\(output)")
            #expect(phases.first == .requested && phases.contains(.testing), "\(output)")
            // On a busy machine it is cleaned up before it is told.
            #expect([.ending, .ended].contains(phases.last), "\(output)")
            #expect(output.contains("the scheduler answers again"), "\(output)")
        }
    }

    @Test("SIGTERM ends the streams that are open and the scheduler with them, at once")
    func orderly() async throws {
        try await Stage.play(firstPort: 24_000) { stage in
            try await stage.start(listen: "127.0.0.1:24500")
            let waiting = Task { try await stage.run(stage.heldSuite, key: "orderly") }
            try await stage.until("the suite runs") {
                try await stage.client { try await $0.runs(RunsQuery()).runs.first?.phase == .testing }
            }
            let began = ContinuousClock.now
            #expect(await stage.demo.stopScheduler() == .exited(0))
            #expect(ContinuousClock.now - began < .seconds(5), "it does not wait for the suite")
            try await stage.start(listen: "127.0.0.1:24500")
            try await stage.letSuiteGoOn()
            let (ending, output) = try await waiting.value
            #expect(ending == .exited(0), "\(output)")
        }
    }

    @Test("--env-file says where a service run answers, --json gives the run")
    func environmentFile() async throws {
        try await Stage.play(firstPort: 24_000) { stage in
            try await stage.start()
            let path = "\(stage.demo.directory)/endpoint.env"
            let (ending, output) = try await stage.understudy(
                "run",
                "--source",
                "guestbook",
                "--service",
                "--wait",
                "--env-file",
                path,
                "--json",
                "--key",
                "env"
            )
            #expect(ending == .exited(0), "\(output)")
            let view = try #require(try await stage.client { try await $0.runs(RunsQuery()).runs.first })
            let endpoint = try #require(view.endpoint)
            let login = try await stage.client { try await $0.login(view.id) }
            #expect(login.user == endpoint.user && login.user == "ci_\(view.id)")
            #expect(
                try String(contentsOf: URL(filePath: path), encoding: .utf8)
                    == "CASSANDRA_HOST=\(endpoint.host)\nCASSANDRA_PORT=\(endpoint.port)\n"
                    + "CASSANDRA_CONTACT_POINTS=\(endpoint.host)\nCASSANDRA_USER=\(login.user)\n"
                    + "CASSANDRA_PASSWORD=\(login.password)\nUNDERSTUDY_RUN=\(view.id)\n"
            )
            #expect(!output.contains(login.password) && !stage.demo.lastWords().contains(login.password))
            #expect(output.contains(#""phase":"ready""#) && output.contains("snapshotting"), "\(output)")
            let read = "set -a; . '\(path)'; '\(stage.demo.program)' cql --port $CASSANDRA_PORT '\(Stage.count)'"
            #expect(try await stage.demo.shell(read) == "3", "a shell reads it")
            let (refused, said) = try await stage.understudy(
                "run",
                "--source",
                "guestbook",
                "--service",
                "--wait",
                "--env-file",
                "/no/such/folder/file"
            )
            #expect(refused == .exited(2) && said.contains("--env-file"), "\(said)")
            #expect(try await stage.client { try await $0.runs(RunsQuery()).runs.count } == 1, "nothing was asked for")
        }
    }

    @Test("a completion script for each shell", arguments: ["bash", "zsh", "fish"])
    func completions(_ shell: String) async throws {
        let (ending, script) = try await Stage.run(Stage.program, ["--generate-completion-script", shell])
        #expect(ending == .exited(0))
        #expect(script.contains("understudy") && script.contains("env-file") && script.contains("release"))
    }
}
