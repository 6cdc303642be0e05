import API
import Foundation
import Lifecycle
import Logging
import Model
import StateStore
import Testing

@testable import ControlAPI
@testable import Scheduler

@Suite("Runs of the archive", .timeLimit(.minutes(6)))
struct HistoryTests {
    private static let begin = Instant(milliseconds: 1_700_000_000_000)
    private static let guestbook = Source(
        name: SourceName("guestbook"),
        volume: "v",
        cassandra: Source.Cassandra(image: "cassandra:3.11", clusterName: "guestbook")
    )

    /// Runs r0, r1, … that were cancelled, the first 64 or more of them long ago; and what is in the store of them.
    private static func ended(_ count: Int, recently: Int) throws -> [[StateChange]] {
        var loop = FrameLoop(SystemState(settings: Settings(), install: "i", sources: [guestbook]))
        var batches: [[StateChange]] = []
        func play(_ numbers: Range<Int>, at now: Instant) throws {
            for number in numbers {
                let id = RunID("r\(number)")
                let spec = RunSpec(key: "key \(number)", source: guestbook.name)
                let at = now + .milliseconds(Int64(number))
                batches += try loop.frame([.submitted(spec, as: id)], at: at).batches
                batches += try loop.frame([.release(id)], at: at).batches
            }
        }
        try play(0..<count, at: begin)
        batches += try loop.frame([.tick], at: begin + .minutes(5)).batches
        try play(count..<count + recently, at: begin + .minutes(6))
        return batches
    }

    private func with(
        _ batches: [[StateChange]],
        _ body: (SchedulerRuns, SystemState) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: folder) } }
        let store = try SQLiteStateStore(path: folder.appendingPathComponent("state").path)
        let epoch = try await store.open().epoch
        for batch in batches { _ = try await store.commit(batch, epoch: epoch) }
        let stored = try await store.open()
        let loaded = try Records.load(stored.records)
        let state = SystemState(
            settings: Settings(),
            install: "i",
            sources: [Self.guestbook],
            frameworkID: nil,
            runs: loaded.runs,
            copies: loaded.copies,
            archive: loaded.archive
        )
        let now = Self.begin + .minutes(10)
        let scheduler = Scheduler(
            state,
            store: store,
            epoch: stored.epoch,
            cluster: Nobody(),
            volumes: Nobody(),
            clock: { now },
            logger: .silent
        )
        try await body(
            SchedulerRuns(scheduler, logins: RunLogins(secret: Secret("secret")), clock: { now }, standsIn: { false }),
            state
        )
        await store.close()
    }

    @Test("a run is shown as it was, and lists go on into the archive, page by page")
    func shown() async throws {
        try await with(Self.ended(70, recently: 3)) { runs, state in
            #expect(state.archive.count == 70 && state.runs.count == 3)
            let view = try #require(try await runs.run(RunID("r5")))
            #expect(view.key == "key 5" && view.result == .cancelled && view.phases.count == 3)
            #expect(try await runs.run(RunID("r73")) == nil)
            var seen: [String] = []
            var query = RunsQuery(limit: 20)
            repeat {
                let page = try await runs.runs(query)
                seen += page.runs.map(\.id.value)
                query.after = page.next
            } while query.after != nil && seen.count < 100
            #expect(seen == (0..<73).reversed().map { "r\($0)" })
            #expect(try await runs.runs(RunsQuery(phase: .ready)).runs.isEmpty)
            #expect(try await runs.runs(RunsQuery(source: SourceName("other"))).runs.isEmpty)
        }
    }

    @Test("its key gives it, releasing it changes nothing, and what follows it hears how it ended, once")
    func used() async throws {
        try await with(Self.ended(70, recently: 0)) { runs, _ in
            let spec = RunSpec(key: "key 5", source: Self.guestbook.name)
            guard case .existing(let view) = await runs.submit(spec) else {
                Issue.record("a key gave a second run")
                return
            }
            #expect(view.id == RunID("r5"))
            #expect(try await runs.release(RunID("r5")).get()?.result == .cancelled)
            #expect(try await runs.explain(RunID("r5"))?.sentence.contains("cancelled") == true)
            let views = try #require(try await runs.watch(RunID("r5")))
            #expect(await views.next()?.phase == .ended)
            #expect(await views.next() == nil)
            #expect(try await runs.watch(RunID("r70")) == nil)
        }
    }

    @Test(
        "what is kept of a run and cannot be read is said to be there, and to be damaged",
        arguments: ["ended/1", nil]
    )
    func damaged(_ lost: String?) async throws {
        let damage = lost.map(StateChange.delete) ?? .put(key: "ended/1", value: Array("{}\n\u{1}\n".utf8))
        try await with(try Self.ended(70, recently: 1) + [[damage]]) { runs, _ in
            for id in ["r0", "r1", "r69"] {
                let error = await #expect(throws: APIRefusal.self) { _ = try await runs.run(RunID(id)) }
                #expect(error?.status == 500 && error?.body.code == "run.record_unreadable")
                #expect(error?.body.message.contains("ended/1") == true)
            }
            let other = try await runs.run(RunID("r70"))
            #expect(other != nil, "the others are as they were")
            await #expect(throws: APIRefusal.self) { _ = try await runs.runs(RunsQuery()) }
        }
    }
}
