import Model
import Testing

@testable import Lifecycle
@testable import Simulation

@Suite("Stories of agents, leases and kills")
struct AgentStoryTests {
    /// A run in `testing`, whose suite takes its time.
    private func testing(_ script: PodScript = PodScript(suite: .hangs), lease: Span? = nil) -> World {
        var world = World()
        world.script["r1"] = [script, PodScript()]
        world.submit("r1", Fixture.spec(lease: lease))
        world.play(until: "r1", .testing)
        return world
    }

    @Test("an unreachable agent is waited for, and when it comes back in time nothing has happened")
    func comesBack() {
        var world = testing(PodScript(suiteTakes: .minutes(10)))
        world.lose(AgentID("a1"), for: .minutes(4))
        world.play(for: .minutes(3))
        #expect(world.phase("r1") == .testing)
        #expect(world.run("r1")?.obstacle?.contains("out of sight") == true)
        world.play(until: "r1", .ended)
        #expect(world.run("r1")?.result == .passed)
        #expect(world.pods(of: "r1").count == 1)
    }

    @Test("after five minutes the run goes on elsewhere on a fresh clone, and the old one waits for its agent")
    func goesElsewhere() {
        var world = testing()
        world.lose(AgentID("a1"), for: .minutes(30))
        world.play(for: .minutes(4) + .seconds(55))
        #expect(world.run("r1")?.attempts.count == 1)
        world.play(until: { $0.run("r1")?.result == .passed }, within: .minutes(5))
        #expect(world.pods(of: "r1").map(\.agent.value) == ["a1", "a2"])
        world.play(for: .minutes(5))
        #expect(world.standingCopies.map(\.name).contains("understudy-r1-0-c1"), "its pod may yet be running")
        world.play(for: .minutes(25))
        #expect(world.standingCopies.isEmpty)
        #expect(world.phase("r1") == .ended)
    }

    @Test("of an agent that never comes back, the clone goes once lease, grace and ten detached minutes are over")
    func neverComesBack() {
        var world = testing()
        world.lose(AgentID("a1"), for: nil)
        world.play(until: { $0.phase("r1") == .ended }, within: .minutes(30))
        world.play(for: .hours(8), every: .minutes(1))
        #expect(world.standingCopies.map(\.name).contains("understudy-r1-0-c1"))
        world.play(for: .minutes(50), every: .seconds(20))
        #expect(world.standingCopies.isEmpty)
    }

    @Test("an agent that an operator declares gone is not waited for")
    func goneForGood() {
        var world = testing()
        world.remove(AgentID("a1"))
        world.play(until: { $0.run("r1")?.result == .passed }, within: .minutes(2))
        #expect(world.pods(of: "r1").map(\.agent.value) == ["a1", "a2"])
        world.play(for: .minutes(3))
        #expect(world.standingCopies.isEmpty)
    }

    @Test("a lease that ends, ends the run and its pod")
    func leaseEnds() {
        var world = testing(lease: .minutes(2))
        world.play(for: .seconds(90))
        #expect(world.phase("r1") == .testing)
        world.play(until: "r1", .ended)
        #expect(world.run("r1")?.result == .expired)
        #expect(world.run("r1")?.reason == "its lease of 2m ended in phase testing")
        #expect(world.pods(of: "r1").allSatisfy { !$0.isLive } && world.standingCopies.isEmpty)
    }

    @Test("kills are repeated, less and less often, until the end is seen")
    func kills() throws {
        var world = testing(PodScript(suite: .hangs, killsIgnored: 4))
        world.release("r1")
        #expect(world.run("r1")?.result == .cancelled)
        var at: [Instant] = []
        while world.pods(of: "r1").contains(where: \.isLive), at.count < 20 {
            let kills = world.run("r1")?.attempt?.kills ?? 0
            world.play(for: .seconds(1))
            if let attempt = world.run("r1")?.attempt, attempt.kills > kills { at.append(world.now) }
        }
        #expect(world.run("r1")?.attempt?.kills == 5)
        let gaps = zip(at, at.dropFirst()).map { ($1 - $0).seconds }
        #expect(gaps == [20, 40, 60])
        world.play(until: "r1", .ended)
        #expect(world.standingCopies.isEmpty)
    }

    @Test("a cancelled run takes back what it has, in whatever phase", arguments: Phase.allCases)
    func cancelled(phase: Phase) {
        var world = World()
        world.script["r1"] = [PodScript(suiteTakes: .minutes(5))]
        world.submit("r1")
        world.play(for: .seconds(1), every: .seconds(1))
        let isReached = { (world: World) in world.phases("r1").contains(phase) }
        for _ in 0..<600 where !isReached(world) { world.play(for: .seconds(1)) }
        guard isReached(world) else {
            #expect([.quiescing, .sealing].contains(phase), "these two have no way in yet")
            return
        }
        let wasOver = world.run("r1")?.result
        world.release("r1")
        #expect(world.run("r1")?.result == wasOver ?? .cancelled)
        world.play(until: "r1", .ended)
        #expect(world.standingCopies.isEmpty && world.pods(of: "r1").allSatisfy { !$0.isLive })
    }

    @Test("a task of ours that no run knows is ended")
    func strays() {
        var world = World()
        world.play(for: .seconds(1))
        let task = TaskID("understudy.old.0.1")
        let update = TaskUpdate(taskID: task, state: .running, agentID: AgentID("a1"), uuid: [1])
        let kill = Effect.kill(task, AgentID("a1"), grace: .seconds(10))
        var state = world.state
        _ = state.step(.update(update), at: world.now)
        #expect(state.begin(at: world.now).contains(kill))
        _ = state.step(.called(kill.key, .done(())), at: world.now)
        #expect(!state.begin(at: world.now + .seconds(29)).contains(kill))
        #expect(state.begin(at: world.now + .seconds(30)).contains(kill))
        _ = state.step(.update(TaskUpdate(taskID: task, state: .killed)), at: world.now)
        #expect(state.strays.isEmpty)
    }
}
