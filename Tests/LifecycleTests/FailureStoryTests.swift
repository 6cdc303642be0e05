import Model
import Testing

@testable import Lifecycle
@testable import Simulation

@Suite("Stories of pods that fail")
struct FailureStoryTests {
    private static let good = PodScript()

    /// A run whose pods do this, one after the other, played to its end.
    private func ended(
        _ scripts: [PodScript],
        _ spec: RunSpec = Fixture.spec(),
        _ prepare: (inout World) -> Void = { _ in }
    ) -> World {
        var world = World()
        world.script["r1"] = scripts
        prepare(&world)
        world.submit("r1", spec)
        world.play(until: { $0.phase("r1") == .ended }, within: .hours(1))
        return world
    }

    @Test("a failing suite is an answer: no retry, and its snapshot is kept for the lease")
    func suiteFails() {
        var world = ended([PodScript(suite: .exits(1))])
        #expect(world.run("r1")?.result == .failed)
        #expect(world.run("r1")?.reason?.hasPrefix("the suite failed") == true)
        #expect(world.pods(of: "r1").count == 1)
        #expect(world.standingCopies.map(\.name) == ["understudy-r1-s1"])
        world.play(for: .minutes(55), every: .seconds(30))
        #expect(world.standingCopies.count == 1)
        world.play(for: .minutes(10), every: .seconds(30))
        #expect(world.standingCopies.isEmpty)
    }

    @Test("its clone is kept as well when that was asked for, and both go in the order child, parent")
    func keepsClone() {
        var world = ended([PodScript(suite: .exits(1))], Fixture.spec(keepOnFailure: .hours(2)))
        #expect(world.standingCopies.map(\.name) == ["understudy-r1-s1", "understudy-r1-0-c1"])
        world.play(for: .minutes(115), every: .minutes(1))
        #expect(world.standingCopies.count == 2, "the snapshot is kept for as long as the clone")
        world.play(for: .minutes(10), every: .minutes(1))
        #expect(world.standingCopies.isEmpty)
    }

    @Test("a fix is tested on the very snapshot of the failed run, which stays while it is in use")
    func sameData() {
        var world = ended([PodScript(suite: .exits(1))])
        world.script["r2"] = [PodScript(suiteTakes: .minutes(90))]
        world.submit("r2", Fixture.spec(lease: .hours(3), sameDataAs: "r1"))
        world.play(until: "r2", .testing)
        #expect(world.copy("r2-0-c1")?.parentCopy == CopyName("understudy-r1-s1"))
        world.play(until: { $0.phase("r2") == .ended }, within: .hours(2), every: .seconds(10))
        #expect(world.run("r2")?.result == .passed)
        #expect(world.run("r2")?.snapshotAttempts == 0)
        world.play(for: .minutes(2))
        #expect(world.standingCopies.isEmpty, "the lease of the snapshot ended long ago")
    }

    @Test("Cassandra failing first is retried on a fresh clone of the same snapshot, on another agent")
    func cassandraFails() {
        let world = ended([PodScript(suiteTakes: .minutes(5), cassandraDiesAfter: .seconds(8)), Self.good])
        let attempts = world.run("r1")?.attempts ?? []
        #expect(world.run("r1")?.result == .passed)
        #expect(attempts.map(\.clone.value) == ["understudy-r1-0-c1", "understudy-r1-0-c2"])
        #expect(attempts.map(\.agent.value) == ["a1", "a2"])
        #expect(world.run("r1")?.avoided == [AgentID("a1")])
        #expect(world.run("r1")?.snapshotAttempts == 1)
    }

    @Test("a copy that cannot be sealed for a reason that another would share ends its run, in the helper's words")
    func sealFault() {
        let world = ended([PodScript(sealFault: .wrongSettings), Self.good])
        #expect(world.run("r1")?.result == .error)
        #expect(world.run("r1")?.reason == "sealing failed (wrongSettings): because")
        #expect(world.pods(of: "r1").count == 1)
        #expect(world.standingCopies.isEmpty)
    }

    @Test("where the helper's words cannot be read, its exit code says what it can")
    func sealUnread() {
        let world = ended([PodScript(sealFault: .notSealed)]) { world in
            world.order(.refused(Fixture.no), times: 20) { $0.isA("readSeal") }
        }
        let run = world.run("r1")
        #expect(run?.reason == "sealing failed (notSealed): what was read back is not what was written")
        #expect(run?.attempt?.seal?.report == nil && run?.attempt?.seal?.unread != nil)
    }

    @Test("a copy that another agent may seal is sealed there, on a fresh clone")
    func sealRetried() {
        let world = ended([PodScript(sealFault: .notOurCassandra), Self.good])
        #expect(world.run("r1")?.result == .passed)
        #expect(world.run("r1")?.attempts.map(\.agent.value) == ["a1", "a2"])
        #expect(world.run("r1")?.attempt?.seal?.report?.release == "3.11.11")
    }

    @Test("retries end: the third infrastructure failure is the run's, and nothing is kept")
    func retriesEnd() {
        let world = ended([PodScript(cassandraDiesAfter: .seconds(8))]) { world in
            world.nodes[2] = Fixture.node(3, [.low])
        }
        #expect(world.run("r1")?.result == .error)
        #expect(world.run("r1")?.reason?.hasPrefix("Cassandra ended before the suite") == true)
        #expect(world.pods(of: "r1").count == 3)
        #expect(world.standingCopies.isEmpty)
    }

    @Test("a launch that the master dropped uses the same clone again, and counts as no failure")
    func dropped() {
        let world = ended([Self.good]) { world in
            world.order(.refused(Fixture.no), times: 3) { $0.isA("launch") }
        }
        let attempts = world.run("r1")?.attempts ?? []
        #expect(world.run("r1")?.result == .passed)
        #expect(attempts.count == 4 && Set(attempts.map(\.clone)).count == 1)
        #expect(attempts.prefix(3).allSatisfy { $0.neverStarted && $0.settled })
        #expect(world.run("r1")?.failures == 0 && world.run("r1")?.avoided.isEmpty == true)
    }

    @Test("dropped launches end as well")
    func droppedForEver() {
        let world = ended([Self.good]) { world in
            world.order(.refused(Fixture.no), times: 1_000) { $0.isA("launch") }
        }
        #expect(world.run("r1")?.result == .error)
        #expect((world.run("r1")?.attempts.count ?? 0) <= 23)
    }

    @Test("a launch that is gone is only believed to be: its clone is not used again")
    func gone() {
        let world = ended([Self.good]) { world in world.order(.lost) { $0.isA("launch") } }
        let attempts = world.run("r1")?.attempts ?? []
        #expect(world.run("r1")?.result == .passed)
        #expect(attempts.first?.cassandra.state == .gone)
        #expect(attempts.map(\.clone.value) == ["understudy-r1-0-c1", "understudy-r1-0-c2"])
        #expect(world.run("r1")?.avoided.isEmpty == true, "the agent has done nothing wrong")
    }

    @Test("a launch without an answer that has come about is found, and goes on")
    func silentLaunch() {
        let world = ended([Self.good]) { world in world.order(.silent) { $0.isA("launch") } }
        #expect(world.run("r1")?.result == .passed)
        #expect(world.pods(of: "r1").count == 1)
    }

    @Test("a pod that was believed gone and runs after all is ended, on a clone that nobody else uses")
    func resurrected() {
        var world = World()
        world.launchesMayBeLate = true
        world.script["r1"] = [PodScript(suite: .hangs)]
        world.order(.late(.seconds(9))) { $0.isA("launch") }
        world.submit("r1", Fixture.spec(lease: .minutes(2)))
        world.play(until: "r1", .launching)
        // Else the offer is given back before the launch arrives.
        world.order(.lost, times: 12) { $0.isA("decline") }
        world.play(until: { $0.pods(of: "r1").count == 2 })
        world.play(until: "r1", .ended)
        #expect(world.pods(of: "r1").allSatisfy { !$0.isLive })
        #expect(world.standingCopies.isEmpty)
    }
}
