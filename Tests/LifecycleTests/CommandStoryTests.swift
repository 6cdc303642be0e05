import Model
import Testing

@testable import Lifecycle
@testable import Simulation

@Suite("Stories of service runs, and of what is wanted of runs")
struct CommandStoryTests {
    private func service(lease: Span? = nil) -> World {
        var world = World()
        world.submit("s", Fixture.service(lease: lease))
        world.play(until: "s", .ready)
        return world
    }

    /// A run whose suite failed, with its clone kept.
    private func failed() -> World {
        var world = World()
        world.script["r1"] = [PodScript(suite: .exits(1))]
        world.submit("r1", Fixture.spec(keepOnFailure: .hours(2)))
        world.play(until: "r1", .ended)
        return world
    }

    @Test("a service run is ready for as long as its lease says, and longer than any phase may last")
    func leases() {
        var world = service(lease: .hours(2))
        world.play(for: .hours(1))
        #expect(world.phase("s") == .ready)
        world.play(until: { $0.phase("s") == .ended }, within: .hours(2))
        #expect(world.run("s")?.result == .expired)
        #expect(world.standingCopies.isEmpty)
    }

    @Test("an extension never reaches beyond the longest lease, counted from the first launch")
    func extends() throws {
        var world = service(lease: .minutes(10))
        for _ in 0..<6 {
            world.frame([.command(.extend(.hours(8)), RunID("s"))])
            world.play(for: .minutes(5))
        }
        let run = try #require(world.run("s"))
        #expect(run.leaseEnds == run.attempts[0].at + .hours(8))
        let refusal = #expect(throws: AdmissionRefusal.self) {
            try world.state.admit(.extend(.hours(9)), for: RunID("s"))
        }
        #expect(refusal?.code == "run.lease_too_long")
    }

    @Test("a lease goes on while a reset is under way, and ends it")
    func leaseInReset() {
        var world = service(lease: .minutes(3))
        world.play(for: .minutes(2))
        for agent in world.agents.keys { world.agents[agent]?.refusedUntil = world.now + .hours(1) }
        world.frame([.command(.reset, RunID("s"))])
        world.flowing = false
        world.order(.lost, times: 1_000) { $0.isA("revive") }
        world.play(until: "s", .ending)
        #expect(world.run("s")?.result == .expired)
    }

    @Test("a reset run comes back on the agent and port that it had, on a fresh clone of the same snapshot")
    func resets() throws {
        var world = World()
        world.portsStay = true
        world.submit("s", Fixture.service())
        world.play(until: "s", .ready)
        let before = try #require(world.run("s")?.attempt)
        world.frame([.command(.reset, RunID("s"))])
        #expect(world.phase("s") == .cloning)
        world.play(until: "s", .ready)
        let run = try #require(world.run("s"))
        #expect(run.attempt?.agent == before.agent && run.attempt?.ports.first == before.ports.first)
        #expect(run.attempt?.clone != before.clone && run.snapshotAttempts == 1)
        world.play(for: .minutes(2))
        #expect(world.standingCopies.count == 2, "the clone that was spoiled is gone")
    }

    @Test("when its agent is not offered within a minute, a reset run goes elsewhere")
    func resetsElsewhere() throws {
        var world = service()
        let before = try #require(world.run("s")?.attempt)
        world.agents[before.agent]?.refusedUntil = world.now + .hours(1)
        world.frame([.command(.reset, RunID("s"))])
        world.play(for: .seconds(40))
        #expect(world.phase("s") == .waiting)
        #expect(world.state.waits[RunID("s")]?.refusals[.otherAgent] != nil)
        world.agents[before.agent]?.refusedUntil = world.now + .hours(1)
        world.play(until: "s", .ready)
        #expect(world.run("s")?.attempt?.agent != before.agent)
    }

    @Test("only a service run that is ready can be reset")
    func resetRefused() {
        let world = failed()
        let refusal = #expect(throws: AdmissionRefusal.self) { try world.state.admit(.reset, for: RunID("r1")) }
        #expect(refusal?.code == "run.not_ready" && refusal?.kind == .conflict)
        let unknown = #expect(throws: AdmissionRefusal.self) { try world.state.admit(.reset, for: RunID("no")) }
        #expect(unknown?.kind == .unknown)
    }

    @Test("a kept clone is opened by one run at a time, and is kept for as long as was asked for")
    func opens() throws {
        var world = failed()
        let clone = try #require(world.run("r1")?.clone?.head)
        let open = Fixture.service(lease: .minutes(10), opens: "r1")
        world.frame([.submitted(open, as: RunID("o1")), .submitted(open, as: RunID("o2"))])
        #expect(world.run("o1")?.clone?.head == clone && world.run("o2") == nil, "two that come at once are one")
        guard case .refused(let refusal) = world.state.admit(open) else {
            Issue.record("a clone in use was opened")
            return
        }
        #expect(refusal.code == "run.clone_in_use")
        world.play(until: "o1", .ready)
        #expect(world.run("o1")?.attempt?.clone == clone)
        world.play(until: { $0.phase("o1") == .ended }, within: .minutes(30))
        #expect(world.run("o1")?.result == .expired)
        #expect(world.state.copies[clone]?.state == .present)
        #expect(world.state.admit(open) == .new, "and may be opened again")
        world.play(for: .hours(3), every: .seconds(30))
        #expect(world.standingCopies.isEmpty)
    }

    @Test("an opened clone that its agent fails on is tried again itself: another would not do")
    func reopens() throws {
        var world = failed()
        world.script["o1"] = [PodScript(cassandraDiesAfter: .seconds(10)), PodScript()]
        world.submit("o1", Fixture.service(opens: "r1"))
        world.play(until: { $0.run("o1")?.attempts.count == 2 && $0.phase("o1") == .ready })
        #expect(world.run("o1")?.clones == world.run("r1")?.clones)
    }

    @Test("a run that has passed is kept when somebody says so in time, and has nothing to keep afterwards")
    func keeps() {
        var world = World()
        world.submit("r1")
        world.play(until: "r1", .testing)
        world.frame([.command(.keep(.hours(1)), RunID("r1"))])
        world.play(until: "r1", .ended)
        #expect(world.standingCopies.count == 2)
        world.play(for: .hours(2), every: .seconds(30))
        #expect(world.standingCopies.isEmpty)
        let refusal = #expect(throws: AdmissionRefusal.self) {
            try world.state.admit(.keep(.hours(1)), for: RunID("r1"))
        }
        #expect(refusal?.code == "run.copies_gone")
    }

    @Test("what a failure keeps is given back by keeping it for a moment")
    func givesBack() {
        var world = failed()
        #expect(!world.standingCopies.isEmpty)
        world.frame([.command(.keep(.seconds(1)), RunID("r1"))])
        world.play(for: .minutes(1), every: .seconds(1))
        #expect(world.standingCopies.isEmpty)
    }

    @Test("snapshots that are kept by default make room for new runs, the oldest first")
    func makesRoom() {
        var world = World(source: Fixture.source(limits: Source.Limits(snapshots: 2)))
        for name in ["r1", "r2", "r3"] {
            world.script[name] = [PodScript(suite: .exits(1))]
            world.submit(name)
            world.play(until: name, .ended)
        }
        #expect(world.copy("r1-s1")?.state == .gone)
        #expect(world.copy("r2-s1")?.state == .present)
        #expect(world.copy("r3-s1")?.state == .present)
    }
}
