import Model
import Testing

@testable import Lifecycle
@testable import Simulation

@Suite("The framework has been removed")
struct FrameworkRemovalTests {
    /// The master removes us, ends every pod, and takes no call.
    private func remove(_ world: inout World) {
        world.cutStream()
        world.frame([.disconnected])
        world.frame([.frameworkRemoved])
        for pod in world.pods.values where pod.isLive { world.later(.seconds(1), .pod(pod.executor, .end)) }
    }

    private func testing(_ script: PodScript = PodScript(suite: .hangs)) -> World {
        var world = World()
        world.script["r1"] = [script]
        world.submit("r1")
        world.play(until: "r1", .testing)
        return world
    }

    private func refusal(_ state: SystemState) -> AdmissionRefusal? {
        do throws(AdmissionRefusal) { try state.admitFrameworkReset() } catch { return error }
        return nil
    }

    @Test("runs with tasks end, their copies go by rule 3, and only then the framework may be reset")
    func story() {
        var world = testing()
        remove(&world)
        #expect(world.run("r1")?.result == .error)
        #expect(world.run("r1")?.reason?.contains("has removed our framework") == true)
        #expect(refusal(world.state)?.code == "framework.in_use")
        #expect(refusal(world.state)?.message.contains("task understudy.r1.0.1, task understudy.r1.0.1.suite") == true)
        #expect(refusal(world.state)?.message.contains("copy understudy-r1-0-c1, copy understudy-r1-s1") == true)
        world.play(until: "r1", .ended)
        world.play(for: .hours(8), every: .seconds(30))
        #expect(world.standingCopies.map(\.name).contains("understudy-r1-0-c1"), "its task may yet be running")
        world.play(until: { $0.standingCopies.isEmpty }, within: .hours(1), every: .seconds(10))
        world.play(for: .minutes(1), every: .seconds(10))
        #expect(refusal(world.state) == nil)
        world.frame([.frameworkReset])
        #expect(world.state.frameworkID == nil && world.durable.frameworkID == nil)
        #expect(!world.state.isFrameworkRemoved)
        world.later(.zero, .subscription)
        world.submit("r2")
        world.play(until: { $0.run("r2")?.result == .passed })
    }

    @Test("a run without tasks goes no further, says why, and ends at its deadline with nothing left")
    func waits() {
        var world = World()
        world.order(.refused(Fixture.no), times: .max) { $0.isClone }
        world.submit("r1")
        world.play(until: "r1", .cloning)
        remove(&world)
        world.play(for: .minutes(5))
        #expect(world.phase("r1") == .cloning)
        #expect(world.run("r1")?.obstacle == "the Mesos master has removed our framework")
        #expect(world.state.explain(RunID("r1"), at: world.now)?.sentence.contains("removed our framework") == true)
        world.submit("r2")
        world.play(for: .seconds(5))
        #expect(world.state.explain(RunID("r2"), at: world.now)?.flow == .frameworkRemoved)
        world.play(until: { $0.phase("r1") == .ended && $0.phase("r2") == .ended }, within: .hours(1))
        #expect(world.run("r1")?.result == .error && world.run("r2")?.result == .error)
        #expect(world.standingCopies.isEmpty && refusal(world.state) == nil)
    }

    @Test("a suite that had answered keeps its answer, although nobody says how Cassandra ended")
    func answered() {
        var world = testing(PodScript(suiteTakes: .seconds(30), killsIgnored: 100))
        world.play(until: { $0.run("r1")?.attempt?.suite?.state == .finished })
        #expect(world.phase("r1") == .testing)
        remove(&world)
        #expect(world.phase("r1") == .testing)
        world.play(until: { $0.run("r1")?.result != nil }, within: .minutes(5))
        #expect(world.run("r1")?.result == .passed)
    }

    @Test("nothing is made, launched or sent to the master meanwhile", arguments: [Phase.requested, .cloning])
    func still(phase: Phase) {
        var world = World()
        world.play(for: .seconds(1))
        if phase == .requested {
            for id in world.agents.keys { world.agents[id]?.reachable = false }
        } else {
            world.order(.refused(Fixture.no), times: 2) { $0.isClone }
        }
        world.submit("r1")
        world.play(until: "r1", phase)
        remove(&world)
        let made = world.made
        world.play(for: .minutes(2))
        #expect(world.made == made && world.pods.isEmpty)
        #expect(world.state.due(at: world.now).allSatisfy { $0.key.isStorage })
    }

    @Test("a framework that is not removed cannot be reset, and a reset that comes too late changes nothing")
    func refused() {
        var state = Fixture.state()
        _ = state.step(.subscribed(FrameworkID("f")), at: Fixture.start)
        #expect(refusal(state)?.code == "framework.not_removed")
        _ = state.step(.frameworkReset, at: Fixture.start)
        #expect(state.frameworkID == FrameworkID("f"))
    }

    @Test("a restarted master that takes the old id ends the state, and nothing that ended comes back")
    func takenAgain() {
        var world = testing()
        remove(&world)
        world.play(for: .seconds(5))
        world.subscribe()
        #expect(!world.state.isFrameworkRemoved && world.state.subscribed)
        world.play(until: "r1", .ended)
        #expect(world.run("r1")?.result == .error)
        #expect(world.standingCopies.isEmpty, "this master says how the tasks ended")
    }
}
