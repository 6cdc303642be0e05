import Model
import Testing

@testable import Lifecycle
@testable import Simulation

@Suite("The uninstallation")
struct UninstallationTests {
    private static let begin = Event.uninstall(keepsCopies: false, patience: .minutes(15))

    private func testing(_ script: PodScript = PodScript(suite: .hangs), _ spec: RunSpec = Fixture.spec()) -> World {
        var world = World()
        world.script["r1"] = [script]
        world.submit("r1", spec)
        world.play(until: "r1", .testing)
        return world
    }

    private func stage(_ world: World) -> Uninstallation.Stage? { world.state.uninstallation?.stage }

    @Test("runs are cancelled, tasks killed, copies deleted, and only then is the framework taken down")
    func story() {
        var world = testing()
        world.frame([Self.begin])
        #expect(world.run("r1")?.result == .cancelled)
        #expect(world.run("r1")?.reason == "Understudy is being uninstalled")
        #expect(world.durable.uninstallation?.stage == .clearing, "it is durable from the start")
        world.play(until: { stage($0) == .tearingDown || !$0.tornDown.isEmpty })
        #expect(world.standingCopies.isEmpty)
        #expect(world.pods.values.allSatisfy { !$0.isLive })
        world.play(until: { stage($0) == .tornDown })
        #expect(world.tornDown == [FrameworkID("f-1")])
        #expect(world.state.uninstallation?.left == [])
    }

    @Test("nothing new is begun: no run, no command, no source")
    func refuses() {
        var world = testing()
        world.frame([Self.begin])
        guard case .refused(let refusal) = world.state.admit(Fixture.spec()) else {
            Issue.record("a run was let in")
            return
        }
        #expect(refusal.code == "run.uninstalling")
        for command in [RunCommand.keep(.minutes(5)), .extend(.minutes(5)), .reset] {
            #expect(throws: AdmissionRefusal.self) { try world.state.admit(command, for: RunID("r1")) }
        }
        var other = Fixture.source()
        other.name = SourceName("other")
        #expect(throws: AdmissionRefusal.self) { try world.state.admit(GivenSource(source: other)) }
    }

    @Test(
        "a copy that is kept for somebody goes too, unless the operator keeps it; then it is listed",
        arguments: [true, false]
    )
    func kept(keepsCopies: Bool) {
        var spec = Fixture.spec()
        spec.keepOnFailure = .hours(2)
        var world = testing(PodScript(suite: .exits(1)), spec)
        world.play(until: "r1", .ended)
        #expect(!world.standingCopies.isEmpty)
        world.frame([.uninstall(keepsCopies: keepsCopies, patience: .minutes(15))])
        world.play(until: { stage($0) == .tornDown })
        #expect(world.standingCopies.isEmpty != keepsCopies)
        let left = world.state.uninstallation?.left ?? []
        #expect(left.isEmpty != keepsCopies)
        #expect(left.allSatisfy { $0.hasPrefix("copy understudy-r1-") && $0.hasSuffix(", kept") }, "\(left)")
    }

    @Test("an agent that is lost holds it up for the patience, not for ever, and what is left is listed")
    func lostAgent() {
        var world = testing()
        guard let agent = world.run("r1")?.attempt?.agent else {
            Issue.record("r1 has no agent")
            return
        }
        world.lose(agent, for: .hours(10))
        world.play(until: { $0.run("r1")?.attempt?.cassandra.state == .unreachable })
        world.frame([Self.begin])
        world.play(for: .minutes(14), every: .seconds(5))
        #expect(stage(world) == .clearing)
        world.play(until: { stage($0) == .tornDown }, within: .minutes(3))
        let left = world.state.uninstallation?.left ?? []
        #expect(left.contains("task understudy.r1.0.1"), "\(left)")
        #expect(left.contains { $0.hasPrefix("copy understudy-r1-0-c1 (volume ") }, "\(left)")
        #expect(!world.standingCopies.isEmpty, "rule 3: its task may yet be running")
    }

    @Test("a restart goes on with it, and asks no master for a framework that it never had")
    func restarts() {
        var world = testing()
        world.frame([Self.begin])
        world.restart()
        world.play(until: { stage($0) == .tornDown })
        #expect(world.standingCopies.isEmpty)
        world.restart()
        world.play(for: .minutes(2))
        #expect(world.stream == nil, "it does not come back")
        #expect(world.state.due(at: world.now).isEmpty)
    }

    @Test("a teardown without an answer is settled by the master's refusal to know us")
    func unanswered() {
        var world = testing()
        world.order(.silent) { $0 == .teardown }
        world.frame([Self.begin])
        world.play(until: { stage($0) == .tornDown })
        #expect(world.tornDown == [FrameworkID("f-1")])
    }

    @Test("a teardown that is refused is asked for again, later each time")
    func refused() {
        var world = testing()
        world.order(.refused(Fixture.no), times: 3) { $0 == .teardown }
        world.frame([Self.begin])
        world.play(until: { stage($0) == .tornDown })
        #expect(world.tornDown == [FrameworkID("f-1")])
    }

    @Test("what no ledger knows is deleted after its grace, before the framework goes")
    func orphan() {
        var world = testing()
        _ = world.forgottenCopy("understudy-old-1")
        world.frame([Self.begin])
        world.play(until: { stage($0) == .tornDown }, within: .minutes(20))
        #expect(world.standingCopies.isEmpty)
        #expect(world.state.uninstallation?.left == [])
    }
}

@Suite("Sources over the API")
struct GivenSourceTests {
    private func given(_ name: String) -> GivenSource {
        var source = Fixture.source()
        source.name = SourceName(name)
        return GivenSource(source: source, mask: "UPDATE …")
    }

    private func code(_ body: () throws(AdmissionRefusal) -> Void) -> String? {
        do throws(AdmissionRefusal) { try body() } catch { return error.code }
        return nil
    }

    @Test("one is taken in, changed and taken away; those of the configuration stay as they are")
    func life() {
        var world = World()
        let other = given("other")
        #expect(code { () throws(AdmissionRefusal) in try world.state.admit(other) } == nil)
        world.frame([.sourceGiven(other)])
        #expect(world.state.sources[SourceName("other")] == other.source)
        var spec = Fixture.spec()
        spec.source = SourceName("other")
        #expect(world.state.admit(spec) == .new)
        let guestbook = given("guestbook")
        #expect(code { () throws(AdmissionRefusal) in try world.state.admit(guestbook) } == "source.configured")
        #expect(
            code { () throws(AdmissionRefusal) in try world.state.admitTaking(SourceName("guestbook")) }
                == "source.configured"
        )
        #expect(
            code { () throws(AdmissionRefusal) in try world.state.admitTaking(SourceName("nobody")) }
                == "source.unknown"
        )
        world.frame([.sourceTaken(SourceName("other"))])
        #expect(world.state.sources[SourceName("other")] == nil)
    }

    @Test("one that a run uses is not taken away before the run has ended")
    func inUse() {
        var world = World()
        world.frame([.sourceGiven(given("other"))])
        var spec = Fixture.spec()
        spec.source = SourceName("other")
        world.submit("r1", spec)
        #expect(
            code { () throws(AdmissionRefusal) in try world.state.admitTaking(SourceName("other")) } == "source.in_use"
        )
        world.frame([.sourceTaken(SourceName("other"))])
        #expect(world.state.sources[SourceName("other")] != nil, "an event that nobody let in changes nothing")
        world.release("r1")
        world.play(until: "r1", .ended)
        #expect(code { () throws(AdmissionRefusal) in try world.state.admitTaking(SourceName("other")) } == nil)
    }
}
