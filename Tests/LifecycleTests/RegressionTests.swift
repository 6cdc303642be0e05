import Model
import Testing

@testable import Lifecycle
@testable import Simulation

@Suite("Faults that were found, and stay mended")
struct RegressionTests {
    private let start = Fixture.start

    /// A world in which r1 has its clone, and no agent to be launched on.
    private static func waiting() -> World {
        var world = World()
        world.order(.silent) { $0.isClone }
        world.submit("r1")
        world.play(until: "r1", .cloning)
        for id in world.agents.keys { world.agents[id]?.reachable = false }
        world.play(until: "r1", .waiting)
        return world
    }

    /// What the next process knows of this one's state.
    private static func restarted(_ state: SystemState, in world: World) -> SystemState {
        SystemState(
            settings: world.settings,
            install: Fixture.install,
            sources: [world.source],
            frameworkID: state.frameworkID,
            runs: Array(state.runs.values),
            copies: Array(state.copies.values)
        )
    }

    @Test("offers whose answer may not have arrived are given back again, not in a rush, and only on their stream")
    func heldOffers() {
        var state = Fixture.state()
        _ = state.step(.subscribed(FrameworkID("f")), at: start)
        let effects = state.step(.offers([Fixture.offer("o1"), Fixture.offer("o2", agent: 2)]), at: start).effects
        let again = Effect.decline([OfferID("o1"), OfferID("o2")], refuse: .seconds(5))
        _ = state.step(.called(effects[0].key, .unknown(Fixture.silence)), at: start)
        #expect(!state.begin(at: start).contains { $0.isA("decline") })
        var restarted = state
        #expect(state.begin(at: start + .seconds(1)).contains(again))
        #expect(!state.begin(at: start + .seconds(9)).contains { $0.isA("decline") }, "it is under way")
        _ = state.step(.called(again.key, .done(())), at: start)
        #expect(!state.begin(at: start + .seconds(9)).contains { $0.isA("decline") })
        _ = restarted.step(.subscribed(FrameworkID("f")), at: start)
        #expect(!restarted.begin(at: start + .seconds(9)).contains { $0.isA("decline") }, "they are void")
    }

    @Test("a kill does not overtake its launch: it would be answered TASK_GONE of a task that is about to start")
    func killAfterLaunch() {
        var world = World()
        world.script["r1"] = [PodScript(suite: .hangs)]
        world.submit("r1")
        world.play(until: "r1", .launching)
        let launched = world.run("r1")?.attempt?.at ?? world.now
        var state = world.state
        _ = state.step(.release(RunID("r1")), at: launched)
        #expect(!state.due(at: launched + .seconds(60)).contains { $0.isA("kill") }, "it is still under way")
        _ = state.step(.called(.launch(RunID("r1"), attempt: 1), .unknown(Fixture.silence)), at: launched)
        #expect(!state.due(at: launched + .milliseconds(4_999)).contains { $0.isA("kill") })
        #expect(state.due(at: launched + .seconds(5)).contains { $0.isA("kill") })
        // A commit that took its time has held the launch back.
        var late = world.state
        let answered = launched + .seconds(9)
        _ = late.step(.called(.launch(RunID("r1"), attempt: 1), .unknown(Fixture.silence)), at: answered)
        #expect(!late.due(at: answered + .milliseconds(4_999)).contains { $0.isA("reconcile") || $0.isA("kill") })
        #expect(late.due(at: answered + .seconds(5)).contains { $0.isA("reconcile") })
        world.release("r1")
        world.play(until: "r1", .ended)
        #expect(world.standingCopies.isEmpty && world.pods.values.allSatisfy { !$0.isLive })
    }

    @Test("a look that finds the clone in use takes back what an earlier look has seen")
    func verificationWithdrawn() {
        var world = Self.waiting()
        world.play(for: .seconds(5))
        let clone = world.copy("r1-0-c1")?.volumeID?.id ?? VolumeID("")
        world.volumes[clone]?.attachedOn = "somebody"
        world.play(for: .seconds(35))
        for id in world.agents.keys { world.agents[id]?.reachable = true }
        world.play(for: .seconds(20))
        #expect(world.phase("r1") == .waiting)
        world.volumes[clone]?.attachedOn = nil
        world.play(until: "r1", .ended)
        #expect(world.run("r1")?.result == .passed)
    }

    @Test("a run whose copies can never be launched on ends: it does not take fresh ones for ever")
    func refreshesEnd() {
        var world = World()
        world.submit("r1")
        let end = start + .hours(4)
        world.isSticky = true
        while world.phase("r1") != .ended, world.now < end { world.advance(to: world.now + .seconds(1)) }
        #expect(world.run("r1")?.result == .error)
        #expect(world.run("r1")?.reason?.contains("inherited settings") == true, "\(world.run("r1")?.reason ?? "")")
    }

    @Test("offers refused for an hour are asked for again when a run wants them in that very frame")
    func idleRefusal() {
        var world = World(source: Fixture.source(limits: Source.Limits(snapshots: 1)))
        world.submit("r1")
        world.play(until: "r1", .ending)
        var state = world.state
        #expect(state.runs[RunID("r1")]?.phase == .ending)
        let now = world.now
        _ = state.step(.submitted(Fixture.spec(), as: RunID("r2")), at: now)
        state.offerFlow = .flowing
        state.inFlight.remove(.offerFlow)
        var events: [Event] = [.offers([Fixture.offer("late")])]
        for copy in state.copies.values.sorted(by: { $0.name < $1.name }) {
            events.append(.deleted(copy.name, .done(())))
        }
        _ = state.step(events, at: now)
        #expect(state.begin(at: now).contains(.revive))
    }

    @Test("after a restart a required tier is judged once the nodes are read, not before")
    func requireAfterRestart() {
        var world = World(source: Fixture.source(tier: Source.TierPolicy(require: true)))
        world.order(.silent) { $0.isA("create") }
        world.submit("r1")
        world.play(until: "r1", .snapshotting)
        world.order(.refused(Fixture.no), times: 2) { $0.isA("readNodes") }
        world.restart()
        world.play(until: "r1", .ended)
        #expect(world.run("r1")?.result == .passed, "\(world.run("r1")?.reason ?? "")")
        #expect(world.run("r1")?.tierGot == .low)
    }

    @Test("a launch that a release overtakes within its frame is not sent, and its offer is given back")
    func launchWithdrawn() {
        var world = Self.waiting()
        world.play(for: .seconds(2))
        var state = world.state
        let offer = Fixture.offer("o-last")
        var launching = state
        #expect(launching.step(.offers([offer]), at: world.now).effects.contains { $0.isA("launch") })
        let effects = state.step([.offers([offer]), .release(RunID("r1"))], at: world.now).effects
        #expect(effects == [.decline([offer.id], refuse: .seconds(5))])
        #expect(state.runs[RunID("r1")]?.attempt?.isTerminal == true)
        #expect(state.copies[CopyName("understudy-r1-0-c1")]?.state == .condemned)
    }

    @Test("a condemned copy whose name leads elsewhere is still deleted by its id")
    func foundElsewhere() {
        var world = Self.waiting()
        let copy = world.copy("r1-0-c1")
        world.release("r1")
        let alien = Volume(id: VolumeID("alien"), name: copy?.name.value ?? "", parent: VolumeID("other"))
        world.frame([.found(alien.name == "" ? CopyName("x") : CopyName(alien.name), .success(alien))])
        world.play(until: "r1", .ended)
        #expect(world.deleted.contains(copy?.volumeID?.id ?? VolumeID("none")))
        #expect(world.standingCopies.isEmpty)
    }

    @Test("looks that are not answered do not count as looks that find no clone")
    func unansweredLooks() {
        let world = Self.waiting()
        var state = world.state
        let name = world.run("r1")?.clone?.head ?? CopyName("none")
        for _ in 0..<5 { _ = state.step(.found(name, .failure(ReadFault(Fixture.no))), at: world.now) }
        _ = state.step(.found(name, .success(nil)), at: world.now)
        #expect(state.runs[RunID("r1")]?.phase == .waiting)
        for _ in 0..<3 { _ = state.step(.found(name, .success(nil)), at: world.now) }
        #expect(state.runs[RunID("r1")]?.result == .error)
    }

    @Test("that a suite has failed is no answer while only the master says so: its agent may say that it never began")
    func hearsay() {
        var world = World()
        world.script["r1"] = [PodScript(suite: .hangs)]
        world.submit("r1")
        world.play(until: "r1", .testing)
        let suite = TaskID("understudy.r1.0.1.suite")
        let heard = TaskUpdate(
            taskID: suite,
            state: .failed,
            source: "SOURCE_MASTER",
            reason: "REASON_RECONCILIATION",
            message: "Reconciliation: Latest task state"
        )
        let killed = TaskUpdate(taskID: TaskID("understudy.r1.0.1"), state: .killed)
        var own = TaskUpdate(taskID: suite, state: .failed, reason: "REASON_CONTAINER_LAUNCH_FAILED", message: "fetch")
        own.uuid = [1]
        var state = world.state
        _ = state.step([.update(heard), .update(killed)], at: world.now)
        #expect(state.runs[RunID("r1")]?.phase == .testing)
        var told = state
        _ = told.step(.update(own), at: world.now + .seconds(1))
        #expect(told.runs[RunID("r1")]?.phase == .cloning, "it is tried again: nobody's tests have failed")
        #expect(told.runs[RunID("r1")]?.avoided.isEmpty == true)
        own.reason = "REASON_COMMAND_EXECUTOR_FAILED"
        own.message = "Command exited with status 3"
        var failed = state
        _ = failed.step(.update(own), at: world.now + .seconds(1))
        #expect(failed.runs[RunID("r1")]?.reason == "the suite failed: Command exited with status 3")
        // A scheduler that was away has not heard the agent's own word yet, however long ago the master's was.
        let back = world.now + .minutes(5)
        var restarted = Self.restarted(state, in: world)
        _ = restarted.step(.tick, at: back)
        _ = restarted.step(.subscribed(FrameworkID("f-1")), at: back)
        #expect(restarted.runs[RunID("r1")]?.phase == .testing)
        var patient = restarted
        own.reason = "REASON_CONTAINER_LAUNCH_FAILED"
        _ = restarted.step(.update(own), at: back)
        #expect(restarted.runs[RunID("r1")]?.phase == .cloning)
        // The agent may never speak again.
        _ = patient.step(.tick, at: back + .seconds(31))
        #expect(patient.runs[RunID("r1")]?.result == .failed)
        _ = state.step(.tick, at: world.now + .seconds(31))
        #expect(state.runs[RunID("r1")]?.result == .failed)
    }

    @Test("after a start with a clock that is ahead, a suite's answer waits for news of Cassandra")
    func answerAfterClockChange() {
        var world = World()
        world.script["r1"] = [PodScript(suite: .hangs)]
        world.submit("r1")
        world.play(until: "r1", .testing)
        world.play(for: .seconds(10))
        var before = world.state
        let suite = TaskUpdate(taskID: TaskID("understudy.r1.0.1.suite"), state: .failed)
        _ = before.step(.update(suite), at: world.now)
        #expect(before.runs[RunID("r1")]?.attempt?.cassandra.state == .running)
        var state = Self.restarted(before, in: world)
        let later = world.now + .hours(1)
        _ = state.step(.subscribed(FrameworkID("f-1")), at: later)
        _ = state.step(.tick, at: later + .seconds(1))
        #expect(state.runs[RunID("r1")]?.phase == .testing)
        _ = state.step(.tick, at: later + .seconds(31))
        #expect(state.runs[RunID("r1")]?.result == .failed)
    }
}
