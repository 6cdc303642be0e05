import Model
import Testing

@testable import Lifecycle
@testable import Simulation

@Suite("Stories of copies")
struct CopyStoryTests {
    @Test("a create without an answer is looked for, and what is there is used")
    func silentCreate() {
        var world = World()
        world.order(.silent, times: 2) { $0.isA("create") }
        world.submit("r1")
        world.play(until: "r1", .ended)
        #expect(world.run("r1")?.result == .passed)
        #expect(world.volumeCount == 2, "nothing was made twice")
    }

    @Test("what is not there may yet come: another name is asked for, and the old one stays a tombstone")
    func tombstone() {
        var world = World()
        world.script["r1"] = [PodScript(suite: .hangs)]
        world.order(.lost) { $0.isA("create") }
        world.submit("r1")
        world.play(until: "r1", .testing)
        let asked = world.copy("r1-s1")?.askedAt ?? world.now
        #expect(world.run("r1")?.snapshot?.head == CopyName("understudy-r1-s2"))
        #expect(world.copy("r1-s1")?.isTombstone == true)
        world.play(for: asked + .seconds(179) - world.now)
        #expect(world.copy("r1-s1")?.state == .condemned, "absence counts 60 s after the call's deadline of 2 m")
        #expect((world.copy("r1-s1")?.absences ?? 0) >= 2)
        world.play(for: .seconds(35))
        #expect(world.copy("r1-s1")?.state == .gone)
    }

    @Test(
        "a volume that comes late under a name that was given up is deleted, however late",
        arguments: [Span.seconds(20), .seconds(150), .minutes(20)]
    )
    func lateVolume(delay: Span) {
        var world = World()
        world.order(.late(delay)) { $0.isA("create") }
        world.submit("r1")
        world.play(until: "r1", .ended)
        #expect(world.run("r1")?.result == .passed)
        world.play(for: .minutes(35), every: .seconds(10))
        #expect(world.volumeCount == 3)
        #expect(world.standingCopies.isEmpty)
    }

    @Test("snapshots that fail are asked for three times, and what failed is deleted")
    func failedSnapshots() {
        var world = World()
        world.chance = Chance(seed: 0)
        world.chance?.isQuiet = true
        world.submit("r1")
        for _ in 0..<120 where world.phase("r1") != .ended {
            for (id, volume) in world.volumes where volume.parent != nil { world.volumes[id]?.error = "no space" }
            world.order(.silent) { $0.isA("create") }
            world.advance(to: world.now + .seconds(1))
        }
        #expect(world.run("r1")?.result == .error)
        #expect(world.run("r1")?.reason?.contains("no space") == true)
        #expect(world.run("r1")?.snapshotAttempts == 3)
        world.play(until: { $0.standingCopies.isEmpty })
    }

    @Test("a create that can never succeed ends the run at once")
    func neverCreated() {
        var world = World()
        world.order(.refused(Fixture.never)) { $0.isA("create") }
        world.submit("r1")
        world.play(until: "r1", .ended)
        #expect(world.run("r1")?.reason == "no snapshot could be taken: test.never: never")
        #expect(world.run("r1")?.snapshotAttempts == 1 && world.volumeCount == 0)
    }

    @Test("a volume that is not up yet is waited for")
    func notUp() {
        var world = World()
        world.order(.silent) { $0.isA("create") }
        world.submit("r1")
        world.play(until: { !$0.standingCopies.isEmpty })
        for id in world.made { world.volumes[id]?.up = false }
        world.play(for: .minutes(2))
        #expect(world.phase("r1") == .snapshotting)
        for id in world.made { world.volumes[id]?.up = true }
        world.play(until: "r1", .ended)
        #expect(world.run("r1")?.result == .passed)
        #expect(world.run("r1")?.snapshotAttempts == 1)
    }

    @Test("a volume of our name that is no copy of ours is neither used nor deleted")
    func notOurs() {
        var world = World()
        let alien = Volume(id: VolumeID("alien"), name: "understudy-r1-s1", parent: VolumeID("other"))
        world.volumes[alien.id] = alien
        world.submit("r1")
        world.play(until: "r1", .ended)
        world.play(for: .minutes(30), every: .seconds(10))
        #expect(world.run("r1")?.result == .error)
        #expect(world.volumes[alien.id] == alien)
    }

    @Test("a delete that is refused while the clone is attached is tried again until it is not")
    func attached() {
        var world = World()
        world.script["r1"] = [PodScript(suite: .hangs)]
        world.submit("r1")
        world.play(until: "r1", .testing)
        let clone = world.copy("r1-0-c1")?.volumeID?.id ?? VolumeID("")
        world.release("r1")
        for _ in 0..<120 {
            world.play(for: .seconds(1))
            world.volumes[clone]?.attachedOn = "somebody"
        }
        #expect(world.phase("r1") == .ending)
        #expect(world.run("r1")?.obstacle?.contains("attached on node somebody") == true)
        world.volumes[clone]?.attachedOn = nil
        world.play(until: "r1", .ended)
        #expect(world.standingCopies.isEmpty)
    }

    @Test("a copy that grew old without an offer is replaced by a fresh one")
    func refreshed() {
        var world = World()
        world.order(.silent) { $0.isClone }
        world.submit("r1")
        world.play(until: "r1", .cloning)
        for id in world.agents.keys { world.agents[id]?.reachable = false }
        world.play(until: { $0.phases("r1").count { $0 == .requested } == 2 })
        #expect(world.copy("r1-s1")?.state == .condemned)
        for id in world.agents.keys { world.agents[id]?.reachable = true }
        world.play(until: "r1", .ended)
        #expect(world.run("r1")?.result == .passed)
        #expect(world.run("r1")?.attempt?.clone == CopyName("understudy-r1-0-c2"))
        #expect(world.standingCopies.isEmpty)
    }

    @Test("quotas of runs and of snapshots are waited for in `requested`, holding nothing")
    func quotas() {
        for limits in [Source.Limits(runs: 1), Source.Limits(snapshots: 1)] {
            var world = World(source: Fixture.source(limits: limits))
            world.submit("r1")
            world.submit("r2")
            world.play(until: "r1", .testing)
            #expect(world.phases("r2") == [.requested])
            #expect(world.run("r2")?.obstacle?.hasPrefix("quota: 1 of 1") == true)
            #expect(world.standingCopies.count == 2)
            world.play(until: "r2", .ended)
            #expect(world.run("r2")?.result == .passed)
        }
    }

    @Test("the higher priority is placed first, then the older")
    func priority() {
        var world = World(source: Fixture.source(limits: Source.Limits(runs: 1)))
        for (id, priority) in [("r1", 0), ("r2", 0), ("r3", 5)] { world.submit(id, Fixture.spec(priority: priority)) }
        world.play(until: { $0.state.runs.values.allSatisfy { $0.phase == .ended } })
        let order = world.state.runs.values.sorted { ($0.attempt?.at ?? world.now) < ($1.attempt?.at ?? world.now) }
        #expect(order.map(\.id.value) == ["r3", "r1", "r2"])
    }
}
