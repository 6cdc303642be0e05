import Model
import Testing

@testable import Lifecycle
@testable import Simulation

@Suite("Why a run waits, and what would become of one")
struct ExplanationTests {
    private let start = Fixture.start

    /// Subscribed, with nodes and source read, and one run that waits for a place.
    private func state(_ spec: RunSpec = Fixture.spec(), limits: Source.Limits = Source.Limits()) -> SystemState {
        var state = Fixture.state(Fixture.source(limits: limits))
        _ = state.step(.subscribed(FrameworkID("f")), at: start)
        _ = state.step(.nodesRead(.success([Fixture.node(1), Fixture.node(2, [.high])])), at: start)
        let volume = Volume(
            id: Fixture.sourceVolume,
            name: "app-production",
            replicas: [Fixture.replica(1), Fixture.replica(2)]
        )
        _ = state.step(.sourceRead(Fixture.guestbook, .success([volume])), at: start)
        _ = state.step(.submitted(spec, as: RunID("r1")), at: start)
        _ = state.begin(at: start)
        return state
    }

    private func explain(_ state: SystemState, after span: Span = .zero) throws -> Explanation {
        try #require(state.explain(RunID("r1"), at: start + span))
    }

    @Test("offers of the last minute are counted by reason, with the one that came nearest")
    func counts() throws {
        var large = Fixture.spec()
        large.suite?.memoryMB = 100_000
        var state = state(large)
        let offers = [Fixture.offer("o1"), Fixture.offer("o2", agent: 2), Fixture.offer("o3", agent: 9)]
        _ = state.step(.offers(offers), at: start + .seconds(5))
        let explanation = try explain(state, after: .seconds(6))
        #expect(explanation.flow == .flowing && explanation.offers == 3)
        #expect(explanation.reasons.map(\.reason).contains(.noPortworx))
        #expect(explanation.nearest?.hostname == "host1.example.org")
        #expect(explanation.sentence.hasPrefix("3 offers in the last minute: "), "\(explanation.sentence)")
        #expect(explanation.sentence.contains("nearest miss host1.example.org, "), "\(explanation.sentence)")
        #expect(explanation.sentence.hasSuffix("MB of memory short"), "\(explanation.sentence)")
    }

    @Test("a minute later they count no more, and that nothing comes is said")
    func forgets() throws {
        var state = state()
        _ = state.step(.offers([Fixture.offer("o3", agent: 9)]), at: start)
        let explanation = try explain(state, after: .seconds(70))
        #expect(explanation.flow == .starved && explanation.offers == 0)
        #expect(explanation.sentence.contains("nothing is free for role *"), "\(explanation.sentence)")
    }

    @Test("no subscription, a quota, a phase and an end each have their words")
    func words() throws {
        var away = state()
        _ = away.step(.disconnected, at: start)
        #expect(try explain(away).flow == .unsubscribed)

        var full = state(limits: Source.Limits(snapshots: 1))
        _ = full.step(.offers([Fixture.offer()]), at: start)
        _ = full.step(.submitted(Fixture.spec(), as: RunID("r2")), at: start)
        let second = try #require(full.explain(RunID("r2"), at: start))
        #expect(second.flow == .outOfQuota)
        #expect(second.sentence.contains("1 of 1 snapshots exist"), "\(second.sentence)")

        let first = try explain(full, after: .seconds(90))
        #expect(first.flow == .notNeeded)
        #expect(first.sentence.hasPrefix("it is in phase snapshotting for 90s"), "\(first.sentence)")

        _ = full.step(.release(RunID("r1")), at: start)
        #expect(try explain(full).sentence.hasPrefix("it has its result: cancelled"))
        #expect(full.explain(RunID("none"), at: start) == nil)
    }

    @Test("a token's own quota keeps its runs back, and nobody else's")
    func owners() throws {
        var spec = Fixture.spec()
        spec.owner = "ci"
        spec.ownerRuns = 1
        var state = state(spec)
        _ = state.step(.offers([Fixture.offer()]), at: start)
        _ = state.step(.submitted(spec, as: RunID("r2")), at: start)
        _ = state.step(.submitted(Fixture.spec(), as: RunID("r3")), at: start)
        let second = try #require(state.explain(RunID("r2"), at: start))
        #expect(second.sentence.contains("1 of 1 runs of token ci"), "\(second.sentence)")
        #expect(state.explain(RunID("r3"), at: start)?.flow == .starved)
    }

    @Test("a request is judged where it would fit, and makes nothing")
    func forecast() {
        var state = state()
        _ = state.step(.look(Fixture.guestbook), at: start)
        _ = state.step(.offers([Fixture.offer(), Fixture.offer("o2", agent: 2)]), at: start)
        let before = state.takeChanges()
        let forecast = state.forecast(Fixture.spec(), at: start + .seconds(1))
        #expect(forecast.refusal == nil && forecast.obstacle == nil)
        #expect(forecast.copies == [.snapshot, .clone])
        #expect(forecast.places.map(\.hostname) == ["host1.example.org"])
        #expect(forecast.places.first?.onReplica == true && forecast.places.first?.tier == .low)
        #expect(forecast.milliCPUs == 1_600 && forecast.memoryMB == 3_616 && forecast.ports == 1)
        #expect(!before.isEmpty && state.takeChanges().isEmpty)
        var unknown = Fixture.spec()
        unknown.source = SourceName("other")
        #expect(state.forecast(unknown, at: start).refusal?.code == "run.unknown_source")
    }

    @Test("while somebody looks, offers are wanted though nothing waits, and then no more")
    func looks() {
        var state = Fixture.state()
        _ = state.step(.subscribed(FrameworkID("f")), at: start)
        #expect(state.begin(at: start).contains(.suppress))
        _ = state.step(.called(.offerFlow, .done(())), at: start)
        _ = state.step(.look(Fixture.guestbook), at: start)
        #expect(state.begin(at: start).contains(.revive))
        _ = state.step(.called(.offerFlow, .done(())), at: start)
        _ = state.step(.tick, at: start + .seconds(5))
        #expect(state.begin(at: start + .seconds(5)).contains(.suppress))
    }

    @Test("an agent is kept free of younger runs for one that has waited long and needs more")
    func elders() {
        var large = Fixture.spec()
        large.suite?.memoryMB = 100_000
        var state = state(large)
        _ = state.step(.submitted(Fixture.spec(), as: RunID("r2")), at: start + .seconds(1))
        _ = state.step(.offers([Fixture.offer()]), at: start + .seconds(2))
        #expect(state.waits[RunID("r2")]?.fitAt != nil, "the elder has not waited long yet")
        _ = state.step(.submitted(Fixture.spec(), as: RunID("r3")), at: start + .minutes(3))
        _ = state.step(.offers([Fixture.offer("o2")]), at: start + .minutes(3))
        #expect(state.waits[RunID("r3")]?.fitAt == nil)
        #expect(state.waits[RunID("r3")]?.refusals[.keptForElder]?.count == 1)
    }
}
