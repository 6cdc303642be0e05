import Model
import Testing

@testable import Lifecycle
@testable import Simulation

@Suite("Admission")
struct AdmissionTests {
    private func code(_ spec: RunSpec, _ state: SystemState = Fixture.state()) -> String? {
        guard case .refused(let refusal) = state.admit(spec) else { return nil }
        return refusal.code
    }

    private func changed(_ change: (inout RunSpec) -> Void) -> RunSpec {
        var spec = Fixture.spec()
        change(&spec)
        return spec
    }

    @Test("a plain request is let in")
    func plain() {
        #expect(Fixture.state().admit(Fixture.spec()) == .new)
        #expect(Fixture.state().admit(Fixture.spec(lease: .hours(8), keepOnFailure: .hours(8))) == .new)
    }

    @Test("what a request gets wrong is named by a code and a field")
    func refusals() {
        #expect(code(changed { $0.source = SourceName("other") }) == "run.unknown_source")
        #expect(code(changed { $0.suite = nil }) == nil, "a service run")
        #expect(code(changed { $0.opens = RunID("none") }) == "run.unknown_run")
        #expect(code(changed { $0.lease = .zero }) == "run.bad_lease")
        #expect(code(changed { $0.keepOnFailure = .zero }) == "run.bad_lease")
        #expect(code(changed { $0.lease = .hours(8) + .milliseconds(1) }) == "run.lease_too_long")
        #expect(code(changed { $0.keepOnFailure = .hours(9) }) == "run.lease_too_long")
        #expect(code(changed { $0.sameDataAs = RunID("none") }) == "run.unknown_run")
        guard case .refused(let refusal) = Fixture.state().admit(changed { $0.keepOnFailure = .hours(9) }) else {
            Issue.record("let in")
            return
        }
        #expect(refusal.field == "keepOnFailure" && refusal.kind == .invalid)
    }

    @Test("too many runs are an overload: the same request may be let in later")
    func tooMany() {
        var settings = Settings()
        settings.activeRunsMax = 1
        var state = Fixture.state(settings: settings)
        _ = state.step(.submitted(Fixture.spec(), as: RunID("r1")), at: Fixture.start)
        guard case .refused(let refusal) = state.admit(Fixture.spec()) else {
            Issue.record("let in")
            return
        }
        #expect(refusal.code == "run.too_many" && refusal.kind == .overload && refusal.field == nil)
        _ = state.step(.release(RunID("r1")), at: Fixture.start)
        #expect(state.admit(Fixture.spec()) == .new)
    }

    @Test("the same key gives the same run, whatever else the request says")
    func sameKey() {
        var state = Fixture.state()
        _ = state.step(.submitted(Fixture.spec(key: "k"), as: RunID("r1")), at: Fixture.start)
        #expect(state.admit(Fixture.spec(key: "k")) == .existing(RunID("r1")))
        #expect(state.admit(changed { ($0.key, $0.source) = ("k", SourceName("x")) }) == .existing(RunID("r1")))
        #expect(state.admit(Fixture.spec(key: "other")) == .new)
    }

    @Test("of two requests with one key that were admitted at once, the first is the run")
    func sameKeyAtOnce() {
        var state = Fixture.state()
        let both: [Event] = ["r1", "r2"].map { .submitted(Fixture.spec(key: "k"), as: RunID($0)) }
        _ = state.step(both, at: Fixture.start)
        #expect(Array(state.runs.keys) == [RunID("r1")])
        #expect(state.run(withKey: "k") == RunID("r1"))
    }

    @Test("the same data can be had only of a run of the same source whose snapshot still stands")
    func sameData() {
        var state = Fixture.state()
        _ = state.step(.submitted(Fixture.spec(), as: RunID("r1")), at: Fixture.start)
        let spec = Fixture.spec(sameDataAs: "r1")
        #expect(code(spec, state) == "run.snapshot_gone", "it has none yet")
        var world = World()
        world.submit("r1")
        world.script["r1"] = [PodScript(suite: .exits(1))]
        world.play(until: { $0.phase("r1") == .ended })
        #expect(world.state.admit(spec) == .new)
        world.play(for: .hours(2), every: .minutes(1))
        #expect(code(spec, world.state) == "run.snapshot_gone", "its lease is over")
    }
}
