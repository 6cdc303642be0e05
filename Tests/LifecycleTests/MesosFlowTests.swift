import Model
import Testing

@testable import Lifecycle
@testable import Simulation

@Suite("The flow of offers and the subscription")
struct MesosFlowTests {
    private let start = Fixture.start

    /// A subscribed state that has read its nodes and its source, and the last effects.
    private func ready(_ source: Source = Fixture.source()) -> SystemState {
        var world = World(source: source)
        world.play(for: .seconds(1))
        return world.state
    }

    @Test("with nothing to place no offers are wanted; with a run they are; each is asked for once")
    func flow() {
        var state = Fixture.state()
        _ = state.step(.subscribed(FrameworkID("f")), at: start)
        #expect(state.begin(at: start).contains(.suppress))
        #expect(!state.begin(at: start).contains(.suppress))
        _ = state.step(.called(.offerFlow, .done(())), at: start)
        #expect(!state.begin(at: start).contains(.suppress))
        _ = state.step(.submitted(Fixture.spec(), as: RunID("r1")), at: start)
        #expect(state.begin(at: start).contains(.revive))
        _ = state.step(.called(.offerFlow, .unknown(Fixture.silence)), at: start)
        #expect(state.begin(at: start).contains(.revive), "it may not have arrived")
        _ = state.step(.called(.offerFlow, .done(())), at: start)
        #expect(!state.begin(at: start).contains(.revive))
        _ = state.step(.release(RunID("r1")), at: start)
        #expect(state.begin(at: start).contains(.suppress))
    }

    @Test("offers that nobody wants are given back for half a minute, those that did not fit for seconds")
    func declines() {
        var state = ready()
        let idle = state.step(.offers([Fixture.offer("o1"), Fixture.offer("o2", agent: 2)]), at: start)
        #expect(idle.effects == [.decline([OfferID("o1"), OfferID("o2")], refuse: .seconds(30))])
        _ = state.step(.submitted(Fixture.spec(), as: RunID("r1")), at: start)
        let busy = state.step(.offers([Fixture.offer("o3"), Fixture.offer("o4", agent: 9)]), at: start)
        #expect(
            busy.effects == [.decline([OfferID("o3"), OfferID("o4")], refuse: .seconds(5))],
            "it holds nothing yet"
        )
        #expect(state.waits[RunID("r1")]?.counts.map(\.reason) == [.noPortworx])
        #expect(state.waits[RunID("r1")]?.fitAt == start)
        #expect(state.step(.offers([]), at: start).effects.isEmpty)
    }

    @Test("the replica's node with the cheapest pool is taken, with all offers of its agent; the others go back")
    func cheapest() {
        var world = World(nodes: [Fixture.node(1, [.medium]), Fixture.node(2, [.low]), Fixture.node(3)])
        world.submit("r1")
        world.play(until: "r1", .testing)
        #expect(world.run("r1")?.attempt?.agent == AgentID("a2"))
        let reasons = world.run("r1")?.refusals.map(\.reason) ?? []
        #expect(Set(reasons) == [.tier, .notReplicaNode], "\(reasons)")
    }

    @Test("without an offer of the replicas' nodes any healthy cheap node will do, after a minute")
    func patience() {
        var world = World(nodes: [Fixture.node(1), Fixture.node(2), Fixture.node(3, [.high]), Fixture.node(4)])
        for agent in ["a1", "a2"] { world.agents[AgentID(agent)]?.reachable = false }
        world.submit("r1")
        world.play(for: .seconds(58))
        #expect(world.phase("r1") == .requested)
        world.play(until: "r1", .waiting)
        let since = world.now
        world.play(until: "r1", .testing)
        #expect((60...75).contains((world.now - since).seconds), "the pod's own offer is waited for anew")
        #expect(world.run("r1")?.attempt?.agent == AgentID("a4"))
    }

    @Test("after each subscription the master is asked about every task that may run, and offers flow anew")
    func reconciliation() {
        var world = World()
        world.script["r1"] = [PodScript(suite: .hangs)]
        world.submit("r1")
        world.play(until: "r1", .testing)
        world.play(for: .seconds(10))
        var state = world.state
        #expect(!state.due(at: world.now).contains { $0.isA("reconcile") })
        _ = state.step(.disconnected, at: world.now)
        #expect(state.due(at: world.now).allSatisfy { $0.key.isStorage }, "nothing is sent without a stream")
        _ = state.step(.subscribed(FrameworkID("f-1")), at: world.now)
        let effects = state.begin(at: world.now)
        let asked = effects.flatMap { effect -> [TaskID] in
            if case .reconcile(let questions) = effect { questions.map(\.task) } else { [] }
        }
        #expect(asked.sorted() == [TaskID("understudy.r1.0.1"), TaskID("understudy.r1.0.1.suite")])
        #expect(effects.contains(.suppress))
    }

    @Test("a launch is not asked about before it had time to arrive")
    func settles() {
        var world = World()
        world.script["r1"] = [PodScript(neverStarts: true)]
        world.submit("r1")
        world.play(until: "r1", .launching)
        world.play(for: .milliseconds(100), every: .milliseconds(50))
        let launched = world.run("r1")?.attempt?.at ?? world.now
        #expect(!world.state.due(at: launched + .milliseconds(4_999)).contains { $0.isA("reconcile") })
        #expect(world.state.due(at: launched + .seconds(5)).contains { $0.isA("reconcile") })
    }

    @Test("an answer about a duplicate id does not end the task that runs, nor does anything follow its end")
    func updates() {
        var task = Attempt.Task(id: TaskID("t"), at: start)
        func hear(_ state: TaskState, _ uuid: [UInt8]? = [1]) -> TaskState {
            task.apply(TaskUpdate(taskID: TaskID("t"), state: state, uuid: uuid), start)
            return task.state
        }
        #expect(hear(.running) == .running)
        #expect(hear(.error, nil) == .running, "a duplicate id is answered under the running task's")
        #expect(hear(.gone, nil) == .gone)
        #expect(hear(.running, nil) == .gone, "the master's own word brings nothing back")
        #expect(hear(.running) == .running, "the executor's does")
        #expect(hear(.finished) == .finished)
        for state in TaskState.allCases { #expect(hear(state) == .finished) }
    }
}
