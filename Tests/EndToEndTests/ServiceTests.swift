import API
import Glibc
import LocalCluster
import Model
import Testing

@testable import understudy

/// Databases that are handed out, kept, opened and reset.
@Suite("Service runs", .serialized, .timeLimit(.minutes(6)))
struct ServiceTests {
    private static let service = ["--source", "guestbook", "--service"]

    private func endpoint(_ stage: Stage, _ id: RunID) async throws -> RunView.Endpoint {
        try await stage.until("it is ready") { try await stage.view(id).endpoint != nil }
        return try #require(try await stage.view(id).endpoint)
    }

    private func start(_ stage: Stage, key: String, _ more: String...) async throws -> RunID {
        let (ending, output) = try await stage.understudy(["run", "--wait", "--key", key] + Self.service + more)
        #expect(ending == .exited(0), "\(output)")
        let run = try await stage.client {
            try await $0.submit(RunRequest(key: key, source: SourceName("guestbook"))).run
        }
        return run.id
    }

    @Test("the endpoint answers with production's rows, until it is released")
    func serves() async throws {
        try await Stage.play(firstPort: 23_000) { stage in
            let before = try await stage.checksum()
            try await stage.start()
            let id = try await start(stage, key: "service")
            let endpoint = try await endpoint(stage, id)
            #expect(try await stage.call(endpoint, Stage.count) == ["3"])
            _ = try await stage.call(endpoint, Stage.empty)
            #expect(try await stage.call(endpoint, Stage.count) == ["0"])
            #expect(try await stage.database(Stage.count) == ["3"])
            let (released, output) = try await stage.understudy(["release", id.value])
            #expect(released == .exited(0), "\(output)")
            #expect(try await stage.view(id).result == .released)
            try await stage.until("nothing is left") { await stage.isClean() }
            #expect(try await stage.checksum() == before)
        }
    }

    @Test("a lease ends by itself, later when it was extended, never later than the source allows")
    func lease() async throws {
        try await Stage.play(firstPort: 23_000) { stage in
            try await stage.start()
            // Long enough that a busy machine comes to extend it.
            let id = try await start(stage, key: "lease", "--lease", "25s")
            let first = try #require(try await stage.view(id).lease.ends)
            let (extended, output) = try await stage.understudy(["extend", id.value, "--lease", "35s"])
            #expect(extended == .exited(0), "\(output)")
            let second = try #require(try await stage.view(id).lease.ends)
            #expect(second.instant > first.instant)
            let (long, said) = try await stage.understudy(["extend", id.value, "--lease", "9h"])
            #expect(long == .exited(2))
            #expect(said.contains("run.lease_too_long"), "\(said)")
            try await stage.until("the lease ends", within: .seconds(180)) {
                try await stage.view(id).result == .expired
            }
            let ending = try #require(try await stage.view(id).phases.first { $0.phase == .ending })
            #expect(ending.at.instant >= second.instant, "the first lease would have ended it before")
            try await stage.until("nothing is left") { await stage.isClean() }
        }
    }

    @Test("a client that vanishes leaves nothing for ever: the lease ends its run", arguments: [true, false])
    func vanishes(_ isService: Bool) async throws {
        try await Stage.play(firstPort: 23_000) { stage in
            try await stage.start()
            let asked = isService ? Self.service : Stage.suiteArguments + ["--command", "sleep 600"]
            let arguments = ["run", "--wait", "--key", "vanishes", "--lease", "2s", "--url", stage.address] + asked
            let client = Task { try await stage.demo.run(arguments, cancel: SIGKILL) { _ in } }
            try await stage.until("the run is known") {
                try await stage.client { try await $0.runs(RunsQuery()).runs.isEmpty == false }
            }
            client.cancel()
            #expect(try await client.value == .signalled(SIGKILL))
            let id = try #require(try await stage.client { try await $0.runs(RunsQuery()).runs.first?.id })
            try await stage.until("its lease ends it") { try await stage.view(id).phase == .ended }
            #expect(try await stage.view(id).result == .expired)
            try await stage.until("nothing is left") { await stage.isClean() }
        }
    }

    @Test("a reset gives a fresh clone of the same snapshot, on the same agent and port")
    func resets() async throws {
        try await Stage.play(firstPort: 23_000) { stage in
            try await stage.start()
            let id = try await start(stage, key: "reset")
            let first = try await endpoint(stage, id)
            _ = try await stage.call(first, Stage.empty)
            try await stage.sign("a guest who came later")
            let (reset, output) = try await stage.understudy(["reset", id.value])
            #expect(reset == .exited(0), "\(output)")
            #expect(try await stage.view(id).endpoint == nil, "what is being taken away is not handed out")
            let second = try await endpoint(stage, id)
            #expect(second == first)
            #expect(try await stage.call(second, Stage.count) == ["3"], "the snapshot is of before")
            #expect(try await stage.view(id).clones.count == 2)
            _ = try await stage.understudy(["release", id.value])
            try await stage.until("nothing is left") { await stage.isClean() }
        }
    }

    @Test("what a failed suite left can be opened, looked at, given back and opened again")
    func opens() async throws {
        try await Stage.play(firstPort: 23_000) { stage in
            try await stage.start()
            let command = "guestbook-suite; exit 7"
            let (red, output) = try await stage.run(command, key: "red", "--keep-on-failure", "30m")
            #expect(red == .exited(1), "\(output)")
            let failed = try await stage.client {
                try await $0.submit(RunRequest(key: "red", source: SourceName("guestbook"))).run
            }
            try await stage.until("it has ended") { try await stage.view(failed.id).phase == .ended }
            for key in ["first look", "second look"] {
                let (opened, said) = try await stage.understudy(["open", failed.id.value, "--key", key])
                #expect(opened == .exited(0), "\(said)")
                let run = try await stage.client { try await $0.open(failed.id, OpenRequest(key: key)) }
                let endpoint = try await endpoint(stage, run.id)
                #expect(try await stage.call(endpoint, Stage.count) == ["0"], "the suite had dropped the table")
                let (twice, refusal) = try await stage.understudy(["open", failed.id.value])
                #expect(twice == .exited(2))
                #expect(refusal.contains("run.clone_in_use"), "\(refusal)")
                _ = try await stage.understudy(["release", run.id.value])
                try await stage.until("it has ended") { try await stage.view(run.id).phase == .ended }
                #expect(try await stage.view(run.id).clones == failed.clones)
            }
            #expect(
                stage.demo.cluster.volumeNames.contains(failed.clones[0]),
                "it is kept for as long as was asked for"
            )
        }
    }

    @Test("a service run survives its scheduler, and keeps its endpoint")
    func survives() async throws {
        try await Stage.play(firstPort: 23_000) { stage in
            try await stage.start()
            let id = try await start(stage, key: "survives")
            let before = try await endpoint(stage, id)
            #expect(try await stage.call(before, Stage.count) == ["3"])
            await stage.demo.stopScheduler(with: 9)
            #expect(try await stage.call(before, Stage.count) == ["3"], "nobody needs the scheduler to read")
            try await stage.start()
            #expect(try await endpoint(stage, id) == before)
            _ = try await stage.understudy(["release", id.value])
            try await stage.until("nothing is left") { await stage.isClean() }
        }
    }

    @Test("a run that has passed is kept when somebody says so while it runs")
    func keeps() async throws {
        try await Stage.play(firstPort: 23_000) { stage in
            try await stage.start()
            let id = try await start(stage, key: "keep")
            let (kept, output) = try await stage.understudy(["keep", id.value, "--for", "30m"])
            #expect(kept == .exited(0), "\(output)")
            _ = try await stage.understudy(["release", id.value])
            try await stage.until("it has ended") { try await stage.view(id).phase == .ended }
            let view = try await stage.view(id)
            #expect(view.keptUntil != nil)
            #expect(stage.demo.cluster.volumeNames.count == 3, "production, the snapshot and the clone")
            let (gone, said) = try await stage.understudy(["reset", id.value])
            #expect(gone == .exited(2))
            #expect(said.contains("run.not_ready"), "\(said)")
        }
    }

    @Test("what there is can be listed, and what would be can be asked")
    func lists() async throws {
        try await Stage.play(firstPort: 23_000) { stage in
            try await stage.start()
            let (dry, forecast) = try await stage.understudy(["run", "--dry-run"] + Self.service)
            #expect(dry == .exited(0))
            #expect(forecast.contains("it would make a snapshot and a clone of guestbook, on tier low"), "\(forecast)")
            #expect(forecast.contains("it would fit on hdd-1, tier low, where the copy lies"), "\(forecast)")
            #expect(await stage.isClean(), "nothing was made")
            #expect(try await stage.client { try await $0.runs(RunsQuery()).runs.isEmpty })
            let id = try await start(stage, key: "lists")
            let (_, sources) = try await stage.understudy(["sources"])
            #expect(sources.contains("guestbook") && sources.contains("1/4"), "\(sources)")
            let (_, copies) = try await stage.understudy(["snapshots"])
            #expect(copies.contains("run \(id)"), "\(copies)")
            let (_, why) = try await stage.understudy(["explain", id.value])
            #expect(why.contains("it is in phase ready"), "\(why)")
        }
    }

    @Test("a run that fits nowhere says how near it came")
    func explains() async throws {
        try await Stage.play(firstPort: 23_000) { stage in
            try await stage.start()
            let large = RunRequest.Suite(image: DemoCluster.suiteImage, command: "true", memoryMB: 8_000)
            let id = try await stage.client {
                try await $0.submit(RunRequest(key: "large", source: SourceName("guestbook"), suite: large)).run.id
            }
            try await stage.until("it has seen offers") {
                try await stage.client { try await $0.explain(id).nearest != nil }
            }
            let (_, why) = try await stage.understudy(["explain", id.value])
            #expect(why.contains("nearest miss hdd-1, 352 MB of memory short"), "\(why)")
            #expect(why.contains("from agents without Portworx"), "\(why)")
            _ = try await stage.understudy(["release", id.value])
        }
    }
}
