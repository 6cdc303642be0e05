import Model
import Testing

@testable import Lifecycle
@testable import Simulation

@Suite("A copy that Portworx names otherwise than asked")
struct NamedOtherwiseTests {
    @Test("is used when it is a snapshot: known by its id, and deleted by it")
    func answered() {
        var world = World()
        world.renames = 1
        world.trace.isOn = true
        world.script["r1"] = [PodScript(suite: .hangs)]
        world.submit("r1")
        world.play(until: "r1", .testing)
        let snapshot = world.copy("r1-s1")
        #expect(snapshot?.state == .present && snapshot?.namedInstead == "app-production.auto1")
        #expect(world.planned("r1-s1")?.why.hasSuffix("Portworx named it app-production.auto1") == true)
        #expect(world.trace.lines.count { $0.contains("Portworx named a copy otherwise") } == 1)
        world.play(for: .minutes(15), every: .seconds(10))
        #expect(world.copy("r1-s1")?.state == .present && world.state.orphansSeen.isEmpty)
        world.release("r1")
        world.play(until: { $0.standingCopies.isEmpty })
    }

    @Test("is found by a list when its call had no answer, and used")
    func silent() {
        var world = World()
        world.renames = 1
        world.order(.silent) { $0.isA("create") }
        world.submit("r1")
        world.play(until: "r1", .ended)
        #expect(world.run("r1")?.result == .passed && world.run("r1")?.snapshotAttempts == 1)
        #expect(world.volumeCount == 2, "nothing was made twice")
        world.play(until: { $0.standingCopies.isEmpty })
    }

    @Test("goes at once when it comes after it was given up on, and is no orphan")
    func late() {
        var world = World()
        world.order(.late(.seconds(150))) { $0.isA("create") }
        world.script["r1"] = [PodScript(suite: .hangs)]
        world.submit("r1")
        // The second snapshot and the clone come before the first.
        world.play(until: "r1", .testing)
        world.renames = 1
        world.play(until: { $0.volume(named: "app-production.auto3") != nil })
        world.play(for: .seconds(45))
        #expect(world.volume(named: "app-production.auto3") == nil)
        #expect(world.copy("r1-s1")?.state == .gone && world.copy("r1-s1")?.namedInstead != nil)
        #expect(world.state.orphansSeen.isEmpty && world.phase("r1") == .testing)
    }

    @Test("is not launched on when it is a clone: agents mount by name")
    func clone() {
        var world = World()
        world.submit("r1")
        world.order(.silent) { $0.isA("create") }
        world.play(until: { $0.copy("r1-s1")?.state == .wanted && $0.volumeCount == 1 })
        world.renames = 1
        world.play(until: "r1", .ended)
        #expect(world.run("r1")?.result == .passed && world.run("r1")?.clones.count == 2)
        #expect(world.copy("r1-0-c1")?.condemnedFor == "Portworx named it otherwise, and agents mount by name")
        world.play(until: { $0.standingCopies.isEmpty })
    }

    @Test("is proven by all of our labels and its real parent, and never a source")
    func proof() {
        let labels = [CopyLabel.install: "i", CopyLabel.parent: "1", CopyLabel.run: "r"]
        let parent = VolumeID("1")
        let volume = Volume(id: VolumeID("2"), name: "x.auto", parent: parent, labels: labels)
        func proves(_ volume: Volume, _ labels: [String: String], _ sources: Set<VolumeID> = []) -> Bool {
            CopyVolumeID(volume, labelled: labels, from: parent, sources: sources) != nil
        }
        #expect(proves(volume, labels))
        #expect(!proves(volume, labels, [VolumeID("2")]))
        for name in labels.keys {
            var other = volume
            other.labels[name] = "another"
            #expect(!proves(other, labels), "\(name)")
            #expect(!proves(other, other.labels) || name == CopyLabel.run || name == CopyLabel.install, "\(name)")
        }
        var restored = volume
        restored.parent = nil
        #expect(!proves(restored, labels))
        restored.parent = VolumeID("3")
        #expect(!proves(restored, labels))
        #expect(!proves(volume, [:]) && !proves(volume, [CopyLabel.parent: "1"]))
    }
}
