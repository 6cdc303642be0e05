import Model
import Testing

@testable import Lifecycle
@testable import Simulation

@Suite("The sweep's plan")
struct SweepPlanTests {
    @Test("says who holds what, until when, and what has to come before")
    func held() throws {
        var world = World()
        world.script["r1"] = [PodScript(suite: .hangs)]
        world.submit("r1")
        world.play(until: "r1", .testing)
        let snapshot = try #require(world.planned("r1-s1"))
        let clone = try #require(world.planned("r1-0-c1"))
        #expect(snapshot.action == .keep && snapshot.kind == .snapshot && snapshot.state == "present")
        #expect(clone.volume == world.volume(named: "understudy-r1-0-c1")?.id && clone.run == RunID("r1"))
        let ends = try #require(world.run("r1")?.leaseEnds)
        #expect(clone.why == "held by run r1 until \(ends.rfc3339)")
        #expect(clone.stuck == nil && world.state.sweepPlan(at: world.now).entries.count == 2)

        // The task's end comes before its clone's, and the clone's before the snapshot's.
        world.order(.lost, times: 100) { $0.isA("kill") }
        world.release("r1")
        world.play(for: .seconds(3))
        let waits = try #require(world.planned("r1-0-c1"))
        #expect(waits.action == .wait)
        #expect(waits.why.hasPrefix("condemned: its run needs it no more; waits for its task's end on host"))
        #expect(world.planned("r1-s1")?.why.hasSuffix("waits for understudy-r1-0-c1, made of it") == true)
    }

    @Test("says of a kept copy until when, and that it is deleted once that is over")
    func kept() throws {
        var world = World()
        world.script["r1"] = [PodScript(suite: .exits(1))]
        world.submit("r1", Fixture.spec(keepOnFailure: .hours(2)))
        world.play(until: "r1", .ended)
        let until = try #require(world.copy("r1-0-c1")?.heldUntil)
        #expect(world.planned("r1-0-c1")?.why == "kept until \(until.rfc3339)")
        #expect(world.planned("r1-0-c1")?.action == .keep)
        let later = world.state.sweepPlan(at: until).entries.first { $0.kind == .clone }
        #expect(later?.action == .delete && later?.why == "nothing holds it: its lease has ended")
    }

    @Test("says of an orphan how long it was seen, and of a stranger's copy why it is none of ours")
    func orphans() {
        var world = World()
        let ours = world.forgottenCopy("understudy-old-s1")
        _ = world.forgottenCopy("theirs", labelledParent: "200")
        let used = world.forgottenCopy("used")
        world.volumes[used]?.attachedOn = "n2"
        world.volumes[used]?.attachPath = "/mnt/used"
        world.play(for: .minutes(3), every: .seconds(10))
        #expect(world.entry("understudy-old-s1")?.action == .wait)
        #expect(world.entry("understudy-old-s1")?.why.contains(" of 10m") == true)
        #expect(world.entry("understudy-old-s1")?.state == "unknown")
        #expect(world.entry("theirs")?.action == .nothing)
        #expect(
            world.entry("theirs")?.why
                == "not ours: its parent label names volume 200, its parent is 100: somebody else's copy"
        )
        #expect(world.entry("used")?.action == .wait)
        #expect(world.entry("used")?.why.hasSuffix("left alone while it is attached on n2 at /mnt/used") == true)
        let over = world.state.sweepPlan(at: world.now + .minutes(10)).entries.first { $0.volume == ours }
        #expect(over?.action == .delete && over?.why == "orphan: its grace of 10m is over")
    }

    @Test("says that a name that was given up on is looked for until its absence is certain")
    func tombstone() {
        var world = World()
        world.order(.lost) { $0.isA("create") }
        world.submit("r1")
        world.play(until: { $0.copy("r1-s1")?.isTombstone == true })
        #expect([.wait, .look].contains(world.planned("r1-s1")?.action))
        #expect(world.planned("r1-s1")?.why.contains("its creation had no answer") == true)
        #expect(world.planned("r1-s1")?.volume == nil)
    }

    @Test("says of a task that no run knows that its end is asked for")
    func strays() {
        var world = World()
        world.play(for: .seconds(2))
        let update = TaskUpdate(taskID: TaskID("understudy.x.0.1"), state: .running, agentID: AgentID("a1"))
        var state = world.state
        _ = state.step(.update(update), at: world.now)
        let entry = state.sweepPlan(at: world.now).entries.first
        #expect(entry?.kind == .task && entry?.action == .end && entry?.name == "understudy.x.0.1")
    }
}

@Suite("A sweep that somebody asks for")
struct AskedSweepTests {
    private func lists(_ world: World) -> Int { world.trace.lines.count { $0.contains("> list") } }

    @Test("lists at once, one list at a time, and whatever failed before")
    func asked() throws {
        var world = World()
        world.trace.isOn = true
        world.play(for: .seconds(5))
        let before = lists(world)
        world.play(for: .seconds(60))
        #expect(lists(world) == before, "with nothing there, lists are ten minutes apart")
        world.frame([.sweep])
        world.frame([.sweep])
        let asked = world.now
        #expect(lists(world) == before + 1)
        world.play(for: .seconds(1))
        #expect(lists(world) == before + 1)
        let listed = try #require(world.state.sweepPlan(at: world.now).listed)
        #expect(listed >= asked)

        world.order(.refused(Fixture.no)) { $0.isA("list") }
        world.frame([.sweep])
        world.play(for: .milliseconds(500))
        #expect(world.state.sweepPlan(at: world.now).fault == Fixture.no)
        world.frame([.sweep])
        world.play(for: .milliseconds(100))
        #expect(world.state.sweepPlan(at: world.now).fault == nil && lists(world) == before + 3)
    }
}
