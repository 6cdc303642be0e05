import Model
import Testing

@testable import Lifecycle
@testable import Simulation

@Suite("A restart at any moment")
struct RestartTests {
    /// Plays one run to its end, and starts the scheduler anew after so many steps; nil for never.
    private func play(_ script: [PodScript], restartAfter steps: Int?) -> (World, steps: Int) {
        var world = World()
        world.script["r1"] = script
        world.submit("r1", Fixture.spec(key: "k", keepOnFailure: .minutes(5)))
        var count = 0
        while world.phase("r1") != .ended, count < 3_000 {
            if count == steps { world.restart() }
            world.advance(to: world.now + .seconds(1))
            count += 1
        }
        for violation in world.checks.violations { Issue.record("\(violation)") }
        return (world, count)
    }

    @Test(
        "ends as it would have without, with nothing done twice and nothing left",
        arguments: [
            [PodScript()],
            [PodScript(suite: .exits(1))],
            [PodScript(cassandraDiesAfter: .seconds(9)), PodScript()],
        ]
    )
    func restarts(script: [PodScript]) {
        let (plain, steps) = play(script, restartAfter: nil)
        for step in 0...steps {
            let (world, _) = play(script, restartAfter: step)
            #expect(world.run("r1")?.result == plain.run("r1")?.result, "after step \(step)")
            #expect(world.pods.count == plain.pods.count, "after step \(step)")
            #expect(world.standingCopies.count == plain.standingCopies.count, "after step \(step)")
            // A launch that the restart cut off is only believed to be gone: that costs a clone, and nothing else.
            #expect(world.volumeCount - plain.volumeCount <= 1, "after step \(step)")
            #expect(world.state.run(withKey: "k") == RunID("r1"))
        }
    }

    @Test("what was written is all that is needed: quotas, keys and holds are the same after a load")
    func loads() {
        var world = World(source: Fixture.source(limits: Source.Limits(runs: 2)))
        world.script["r1"] = [PodScript(suite: .exits(1))]
        world.script["r2"] = [PodScript(suite: .hangs)]
        for id in ["r1", "r2", "r3"] { world.submit(id, Fixture.spec(key: "key-\(id)", keepOnFailure: .hours(1))) }
        world.play(until: "r1", .ended)
        let loaded = world.durable.load(world.settings, world.source)
        #expect(loaded.runs == world.state.runs)
        #expect(loaded.copies == world.state.copies)
        #expect(loaded.frameworkID == FrameworkID("f-1"))
        #expect(loaded.usage.filter { $0.value != SystemState.Usage() } == world.state.usage)
        #expect(loaded.unfinished == world.state.unfinished)
        #expect(loaded.withLiveTasks == world.state.withLiveTasks)
        #expect(loaded.standing == world.state.standing)
        #expect(loaded.admit(Fixture.spec(key: "key-r2")) == .existing(RunID("r2")))
        var taken = loaded
        #expect(taken.takeChanges().isEmpty)
    }

    @Test("a launch that was written and never sent is found missing, and made anew on a fresh clone")
    func unsentLaunch() {
        var world = World()
        world.order(.silent) { $0.isA("revive") }
        world.submit("r1")
        while world.run("r1")?.attempt == nil {
            if world.phase("r1") == .waiting {
                // The process dies in the very frame that launches.
                world.order(.lost) { $0.isA("launch") }
            }
            world.play(for: .seconds(1))
        }
        world.restart()
        world.play(until: "r1", .ended)
        #expect(world.run("r1")?.result == .passed)
        #expect(world.pods(of: "r1").map(\.attempt) == [2])
        #expect(world.standingCopies.isEmpty)
    }

    @Test("a name that only the ledger knows is not asked for again")
    func namesOnce() {
        var world = World()
        world.order(.silent) { $0.isClone }
        world.submit("r1")
        world.play(until: "r1", .snapshotting)
        let before = world.durable.runs
        world.play(until: "r1", .cloning)
        // A frame of several commits was cut short between them.
        var written = world.durable
        written.runs = before
        var state = written.load(world.settings, world.source)
        _ = state.step(.tick, at: world.now)
        #expect(state.runs[RunID("r1")]?.clone?.head == CopyName("understudy-r1-0-c2"))
        #expect(state.copies[CopyName("understudy-r1-0-c1")]?.state == .condemned)
    }

    @Test("a process whose clock is behind its predecessor's looks at a clone once, and believes what it sees")
    func clockBehind() {
        var world = World()
        world.script["r1"] = [PodScript(suite: .hangs)]
        world.submit("r1")
        world.play(until: "r1", .launching)
        // The launch arrives; the pod has yet to begin.
        world.advance(to: world.now)
        world.skew = Span(milliseconds: -600_000)
        world.restart()
        world.play(until: "r1", .testing)
    }

    @Test("ten detached minutes are counted by the process that sees them, whatever its clock says")
    func clockAhead() {
        var world = World()
        world.script["r1"] = [PodScript(neverStarts: true)]
        world.submit("r1")
        world.play(until: "r1", .launching)
        let agent = world.run("r1")?.attempt?.agent ?? AgentID("")
        world.play(for: .seconds(10))
        world.lose(agent, for: nil)
        world.release("r1")
        world.play(for: .minutes(1))
        world.skew = .hours(9)
        world.restart()
        world.play(for: .minutes(9))
        #expect(world.state.copies[CopyName("understudy-r1-0-c1")]?.state == .condemned)
        #expect(!world.deleted.contains(world.copy("r1-0-c1")?.volumeID?.id ?? VolumeID("")))
    }

    @Test("history is bounded, and what still holds something is not forgotten")
    func forgets() {
        var settings = Settings()
        settings.historyMax = 1
        var world = World(settings: settings)
        world.script["r2"] = [PodScript(suite: .exits(1))]
        for id in ["r1", "r2", "r3", "r4"] {
            world.submit(id, Fixture.spec(key: id))
            world.play(until: { $0.phase(id) == .ended || $0.phase(id) == nil })
            world.play(for: .seconds(5))
        }
        #expect(world.state.runs.keys.map(\.value).sorted() == ["r2", "r4"], "r2 keeps its snapshot")
        #expect(world.state.admit(Fixture.spec(key: "r1")) == .new)
        #expect(world.durable.runs == world.state.runs && world.durable.copies == world.state.copies)
        world.play(for: .hours(2), every: .minutes(1))
        #expect(world.state.runs.keys.map(\.value) == ["r4"])
    }
}
