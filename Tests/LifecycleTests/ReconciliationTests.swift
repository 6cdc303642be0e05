import Model
import Testing

@testable import Lifecycle
@testable import Simulation

@Suite("What became of our tasks")
struct ReconciliationTests {
    private static let cassandra = TaskID("understudy.r1.0.1")
    private static let suite = TaskID("understudy.r1.0.1.suite")
    private static let agent = AgentID("a1")

    /// A run in `testing` on a master that was lost and found again, and says nothing by itself.
    private func resubscribed() -> (World, SystemState) {
        var world = World()
        world.script["r1"] = [PodScript(suite: .hangs)]
        world.submit("r1")
        world.play(until: "r1", .testing)
        world.play(for: .seconds(10))
        var state = world.state
        _ = state.step(.disconnected, at: world.now)
        _ = state.step(.subscribed(FrameworkID("f-1")), at: world.now)
        return (world, state)
    }

    private func questions(_ state: inout SystemState, _ now: Instant) -> [TaskID]? {
        let effects = state.begin(at: now)
        for effect in effects {
            guard case .reconcile(let questions) = effect else { continue }
            _ = state.step(.called(effect.key, .done(())), at: now)
            return questions.map(\.task).sorted()
        }
        return nil
    }

    private func hear(_ state: inout SystemState, _ task: TaskID, _ word: TaskState, _ now: Instant) -> Transition {
        let update = TaskUpdate(taskID: task, state: word, reason: "REASON_RECONCILIATION", agentID: Self.agent)
        return state.step(.update(update), at: now)
    }

    @Test("silence is asked again, less and less often, until the time-out is in the log; then for all tasks, and on")
    func silence() {
        let (world, begun) = resubscribed()
        var state = begun
        let began = world.now
        var asked: [Double] = []
        var implicit: [Double] = []
        var notes: [Note] = []
        var now = began
        while now - began < .minutes(4) {
            notes += state.step(.tick, at: now).notes
            if let tasks = questions(&state, now) {
                if tasks.isEmpty { implicit.append((now - began).seconds) } else { asked.append((now - began).seconds) }
                if !tasks.isEmpty { #expect(tasks == [Self.cassandra, Self.suite]) }
            }
            #expect(state.holdsLaunches == (now - began < .minutes(1)))
            now = now + .seconds(1)
        }
        #expect(asked == [0, 2, 6, 14, 30, 62, 122, 182])
        #expect(implicit == [60])
        let word = notes.filter { $0.message.hasPrefix("the master has not said what became of all tasks") }
        #expect(word.count == 1 && word[0].fields.contains { $0.value == "\(Self.cassandra) \(Self.suite)" })
        #expect(state.runs[RunID("r1")]?.phase == .testing, "silence ends nothing")
    }

    @Test("once every task was spoken of, all tasks are asked for at once, and launches go on")
    func settles() {
        let (world, begun) = resubscribed()
        var state = begun
        #expect(questions(&state, world.now) == [Self.cassandra, Self.suite])
        _ = hear(&state, Self.cassandra, .running, world.now)
        #expect(state.holdsLaunches)
        _ = hear(&state, Self.suite, .running, world.now)
        #expect(!state.holdsLaunches)
        #expect(questions(&state, world.now) == [])
        #expect(questions(&state, world.now) == nil)
    }

    @Test(
        "a master's answer settles the question or does not, and ends the attempt or does not",
        arguments: TaskState.allCases
    )
    func answers(word: TaskState) {
        let (world, begun) = resubscribed()
        var state = begun
        _ = questions(&state, world.now)
        let early = world.now + .seconds(1)
        for task in [Self.cassandra, Self.suite] { _ = hear(&state, task, word, early) }
        #expect(state.holdsLaunches == (word == .unknown), "an early TASK_UNKNOWN proves nothing")
        // Of a task that runs, a master's own ERROR or DROPPED is about a second launch of the same id.
        let ends = word.isTerminal && word != .error && word != .dropped
        let attempt = state.runs[RunID("r1")]?.attempts.first
        #expect(attempt?.isTerminal == ends)
        #expect((attempt?.outOfSightSince != nil) == word.isOutOfSight)
        // Its clone is safe until the end is certain.
        let clone = CopyName("understudy-r1-0-c1")
        if !ends { #expect(state.copies[clone]?.state == .present) }
        let late = world.now + .seconds(31)
        for task in [Self.cassandra, Self.suite] { _ = hear(&state, task, word, late) }
        #expect(!state.holdsLaunches)
    }

    @Test("no run is launched while the question is open, and it is as soon as it is answered")
    func heldLaunch() throws {
        var world = World()
        world.script["r1"] = [PodScript(suite: .hangs)]
        world.submit("r1")
        world.play(until: "r1", .testing)
        world.order(.refused(Fixture.no), times: .max) { $0.isA("find") }
        world.submit("r2")
        world.play(until: "r2", .waiting)
        let now = world.now
        let clone = try #require(world.copy("r2-0-c1")?.name)
        let volume = world.volumes.values.first { $0.name == clone.value }
        var state = world.state
        _ = state.step(.found(clone, .success(volume)), at: now)
        _ = state.step([.disconnected, .subscribed(FrameworkID("f-1"))], at: now)
        let offers = [Fixture.offer("o1", agent: 1), Fixture.offer("o2", agent: 2)]
        let held = state.step(.offers(offers), at: now)
        #expect(held.effects.map(\.word) == ["decline"])
        #expect(state.explain(RunID("r2"), at: now)?.sentence.contains("nothing is launched") == true)
        _ = state.begin(at: now)
        for effect in [Effect.revive, .reconcile([])] {
            _ = state.step(.called(effect.key, .done(())), at: now)
        }
        for task in [Self.cassandra, Self.suite] { _ = hear(&state, task, .running, now) }
        #expect(state.begin(at: now).contains(.revive), "what was declined is wanted again")
        let taken = state.step(.offers(offers), at: now)
        #expect(taken.effects.contains { $0.isA("launch") })
    }

    @Test("every hour or a sixth more it begins anew, at the same moments for the same installation, and holds nothing")
    func hourly() {
        func moments(_ install: String) -> [Double] {
            var state = SystemState(settings: Settings(), install: install, sources: [Fixture.source()])
            var now = Fixture.start
            _ = state.step(.subscribed(FrameworkID("f")), at: now)
            var moments: [Double] = []
            while moments.count < 4 {
                _ = state.step(.tick, at: now)
                if let tasks = questions(&state, now) {
                    #expect(tasks.isEmpty && !state.holdsLaunches)
                    moments.append((now - Fixture.start).seconds)
                }
                now = now + .seconds(1)
            }
            return moments
        }
        let one = moments("one")
        #expect(one == moments("one"))
        #expect(one != moments("two"))
        #expect(one.first == 0)
        let gaps = zip(one, one.dropFirst()).map { $1 - $0 }
        #expect(gaps.allSatisfy { (3_600...4_201).contains($0) } && Set(gaps).count > 1)
    }

    @Test("a question for all tasks that came to nothing is asked again")
    func implicitFails() {
        var state = Fixture.state()
        _ = state.step(.subscribed(FrameworkID("f")), at: Fixture.start)
        #expect(state.begin(at: Fixture.start).contains(.reconcile([])))
        _ = state.step(.called(.reconcile, .refused(Fixture.no)), at: Fixture.start)
        #expect(!state.begin(at: Fixture.start).contains(.reconcile([])), "not in a rush")
        #expect(state.begin(at: Fixture.start + .seconds(4)).contains(.reconcile([])))
    }

    @Test("a stray on an agent out of sight is ended when the agent is back, and one that is nowhere is given up")
    func strays() {
        var state = Fixture.state()
        let now = Fixture.start
        _ = state.step(.subscribed(FrameworkID("f")), at: now)
        let task = TaskID("understudy.old.0.1")
        let kill = Effect.kill(task, Self.agent, grace: .seconds(10))
        _ = hear(&state, task, .unknown, now)
        #expect(state.strays.isEmpty, "there is nothing to end")
        _ = hear(&state, task, .unreachable, now)
        #expect(state.begin(at: now).contains(kill))
        _ = state.step(.called(kill.key, .done(())), at: now)
        _ = hear(&state, task, .unreachable, now + .seconds(1))
        #expect(!state.begin(at: now + .seconds(1)).contains(kill))
        _ = hear(&state, task, .running, now + .seconds(2))
        #expect(state.begin(at: now + .seconds(2)).contains(kill), "its agent is back")
        #expect(state.straysCount == 1)
        _ = hear(&state, task, .unknown, now + .minutes(14))
        #expect(state.strays.count == 1)
        _ = hear(&state, task, .unknown, now + .minutes(16))
        #expect(state.strays.isEmpty)
    }

    @Test("a kill that could not reach its agent is sent again as soon as the agent is back")
    func killAfterReturn() throws {
        var world = World()
        world.script["r1"] = [PodScript(suite: .hangs)]
        world.submit("r1")
        world.play(until: "r1", .testing)
        world.lose(Self.agent, for: .seconds(100))
        world.play(for: .seconds(2))
        world.release("r1")
        world.play(for: .seconds(97))
        #expect((world.run("r1")?.attempt?.kills ?? 0) > 2)
        let kills = try #require(world.run("r1")?.attempt?.kills)
        world.play(for: .seconds(3))
        #expect(world.run("r1")?.attempt?.kills == kills + 1)
        world.play(until: "r1", .ended)
        #expect(world.standingCopies.isEmpty)
    }
}
