import API
import Glibc
import LocalCluster
import Model
import Testing

@testable import understudy

/// The built program as its users see it: processes, exit codes, and what is left.
@Suite("One run, end to end", .serialized, .timeLimit(.minutes(6)))
struct RunTests {
    @Test("a suite that passes exits 0, has seen production's rows, and leaves nothing")
    func passes() async throws {
        try await Stage.play(firstPort: 22_000) { stage in
            let before = try await stage.checksum()
            try await stage.start()
            let (ending, output) = try await stage.run("guestbook-suite", key: "passes")
            #expect(ending == .exited(0), "\(output)")
            #expect(output.contains("the copy landed on tier low, wanted low"))
            #expect(output.contains("no_portworx"), "why offers were refused is said")
            try await stage.until("nothing is left") { await stage.isClean() }
            #expect(try await stage.checksum() == before)
            #expect(try await stage.database(Stage.count) == ["3"])
        }
    }

    @Test("a suite that fails exits 1 and keeps its snapshot, and its clone when asked to")
    func fails() async throws {
        try await Stage.play(firstPort: 22_000) { stage in
            try await stage.start()
            let (ending, output) = try await stage.run("exit 3", key: "fails")
            #expect(ending == .exited(1), "\(output)")
            #expect(output.contains("status 3"), "the suite's exit code is said: \(output)")
            try await stage.until("the clone is gone, the snapshot is kept") {
                stage.demo.cluster.volumeNames.count == 2
            }
            #expect(stage.demo.cluster.volumeNames.last?.hasSuffix("-s1") == true)

            let (again, said) = try await stage.run("exit 1", key: "fails, kept", "--keep-on-failure", "30m")
            #expect(again == .exited(1), "\(said)")
            let run = try await stage.client {
                try await $0.submit(RunRequest(key: "fails, kept", source: SourceName("guestbook"))).run
            }
            try await stage.until("it ends") { try await stage.view(run.id).phase == .ended }
            #expect(stage.demo.cluster.volumeNames.contains(run.clones[0]))
        }
    }

    @Test("a fix is tested on the very same data")
    func sameData() async throws {
        try await Stage.play(firstPort: 22_000) { stage in
            try await stage.start()
            let (red, _) = try await stage.run("exit 1", key: "red")
            #expect(red == .exited(1))
            try await stage.sign("a guest who came later")
            let first = try await stage.client {
                try await $0.submit(RunRequest(key: "red", source: SourceName("guestbook"))).run
            }
            let (green, output) = try await stage.run("guestbook-suite", key: "green", "--same-data-as", first.id.value)
            #expect(green == .exited(0), "it still sees three guests: \(output)")
        }
    }

    @Test(
        "Ctrl-C, or a closed terminal, while waiting ends the run, and the exit code is 4",
        arguments: [SIGINT, SIGHUP]
    )
    func interrupted(_ signal: Int32) async throws {
        try await Stage.play(firstPort: 22_000) { stage in
            try await stage.start()
            let waiting = Task { try await stage.run("sleep 600", key: "interrupted", cancel: signal) }
            try await stage.until("the suite runs") {
                try await stage.client { try await $0.runs(RunsQuery()).runs.first?.phase == .testing }
            }
            waiting.cancel()
            let (ending, output) = try await waiting.value
            #expect(ending == .exited(4), "\(output)")
            try await stage.until("nothing is left") { await stage.isClean() }
        }
    }

    @Test("requests that make no sense are refused with 2, and change nothing")
    func refusals() async throws {
        try await Stage.play(firstPort: 22_000) { stage in
            try await stage.start()
            let (unknown, output) = try await stage.understudy(
                "run",
                "--source",
                "nope",
                "--suite-image",
                "x",
                "--command",
                "true"
            )
            #expect(unknown == .exited(2))
            #expect(output.contains("run.unknown_source") && output.contains("guestbook"), "\(output)")
            let (long, said) = try await stage.understudy(
                "run",
                "--source",
                "guestbook",
                "--suite-image",
                "x",
                "--command",
                "true",
                "--lease",
                "9h"
            )
            #expect(long == .exited(2))
            #expect(said.contains("run.lease_too_long"), "\(said)")
            #expect(try await stage.client { try await $0.runs(RunsQuery()).runs.isEmpty })
            #expect(await stage.isClean())
        }
    }
}
