import Lifecycle
import Model
import StateStore
import Testing

@testable import Scheduler

@Suite("What beside runs is kept with the state", .timeLimit(.minutes(6)))
struct KeptStateTests {
    @Test("a source that was given over the API is there after a restart, with its mask, until it is taken away")
    func sources() async throws {
        let bench = Bench()
        var source = try #require(await bench.scheduler.state.sources.values.first)
        source.name = SourceName("other")
        let given = GivenSource(source: source, mask: "UPDATE …")
        try await bench.play {
            guard case .success = await bench.scheduler.give(given) else {
                Issue.record("the source was refused")
                return
            }
        }
        let loaded = try Records.load(try await bench.store.open().records)
        #expect(loaded.sources == [given])
        let again = Bench(store: bench.store, loaded: loaded)
        try await again.play {
            #expect(await again.scheduler.state.sources[SourceName("other")] == source)
            guard case .success = await again.scheduler.takeSource(SourceName("other")) else {
                Issue.record("the source stays")
                return
            }
        }
        #expect(try Records.load(try await bench.store.open().records).sources.isEmpty)
    }

    @Test("a state that a newer version wrote is refused with that word, an older one is read")
    func format() async throws {
        let newer = StateRecord(key: "format", value: Array("99".utf8))
        let error = #expect(throws: SchedulerError.self) { try Records.load([newer]) }
        #expect(error?.message.contains("newer version") == true, "\(error?.message ?? "")")
        #expect(try Records.load([]).format == nil)
        let change = try Records.putFormat()
        guard case .put(let key, let value) = change else {
            Issue.record("nothing is written")
            return
        }
        #expect(try Records.load([StateRecord(key: key, value: value)]).format == Records.format)
    }

    @Test("an uninstallation ends the scheduler, and takes every record back, the framework's id last")
    func forgets() async throws {
        let bench = Bench()
        try await bench.play(endsItself: true) {
            #expect(await bench.scheduler.handle(.subscribed(FrameworkID("f"))))
            guard case .success = await bench.scheduler.uninstall(keepsCopies: false, patience: .zero) else {
                Issue.record("the uninstallation was refused")
                return
            }
        }
        #expect(bench.ports.calls.contains("teardown"))
        let before = await bench.store.commits.count
        try await bench.scheduler.forgetState(keepsMark: false)
        #expect(try await bench.store.open().records.isEmpty)
        let batches = await bench.store.commits.dropFirst(before)
        #expect(batches.last == [.delete(key: "framework"), .delete(key: "uninstall")])
        #expect(await bench.scheduler.hasForgotten)
    }
}
