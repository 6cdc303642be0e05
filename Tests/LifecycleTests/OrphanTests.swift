import Model
import Testing

@testable import Lifecycle
@testable import Simulation

@Suite("Volumes in no ledger")
struct OrphanTests {
    private func isDeleted(_ prepare: (inout World) -> VolumeID?) -> Bool? {
        var world = World()
        world.play(for: .seconds(1))
        guard let id = prepare(&world) else { return nil }
        world.play(for: .minutes(15), every: .seconds(10))
        let isKept = world.volumes[id] != nil
        world.play(for: .minutes(30), every: .seconds(10))
        #expect((world.volumes[id] == nil) != isKept || isKept, "what outlives two sweeps outlives all")
        return world.volumes[id] == nil
    }

    @Test("one of ours is deleted, once its grace is over")
    func ours() {
        var world = World()
        let id = world.forgottenCopy("understudy-old-s1")
        world.play(for: .minutes(9), every: .seconds(10))
        #expect(world.volumes[id] != nil)
        #expect(world.state.orphansSeen[id] != nil)
        // While its grace runs, lists are seconds apart, although nothing of ours stands.
        world.play(for: .seconds(80), every: .seconds(10))
        #expect(world.volumes[id] == nil)
    }

    @Test("labels alone prove nothing: parent, install and the name of production are looked at")
    func proofs() {
        #expect(isDeleted { $0.forgottenCopy("a", labelledParent: "200") } == false, "inherited labels")
        #expect(
            isDeleted { world in
                let id = world.forgottenCopy("b")
                world.volumes[id]?.parent = nil
                return id
            } == false,
            "a restored baseline has no parent"
        )
        #expect(
            isDeleted { world in
                let id = world.forgottenCopy("c")
                world.volumes[id]?.labels[CopyLabel.install] = "install-2"
                return id
            } == false,
            "another installation's"
        )
        #expect(
            isDeleted { world in
                let id = world.forgottenCopy("d")
                world.volumes[id]?.attachedOn = "n1"
                return id
            } == false,
            "somebody is using it"
        )
    }

    @Test("a stranger's snapshot of our clone is the stranger's")
    func strangers() {
        var world = World()
        world.script["r1"] = [PodScript(suite: .hangs)]
        world.submit("r1")
        world.play(until: "r1", .testing)
        let copies = world.standingCopies.compactMap { world.strangerCopies($0.id, as: "mine-of-\($0.name)") }
        world.release("r1")
        world.play(for: .minutes(45), every: .seconds(10))
        #expect(copies.count == 2 && copies.allSatisfy { world.volumes[$0] != nil })
        #expect(world.standingCopies.isEmpty)
    }

    @Test("a source is never an orphan, whatever its labels say")
    func source() {
        let parent = VolumeID("1")
        let labels = [CopyLabel.install: "i", CopyLabel.parent: "1"]
        let volume = Volume(id: VolumeID("100"), name: "app", parent: parent, labels: labels)
        #expect(CopyVolumeID(orphan: volume, install: "i", sources: []) != nil)
        #expect(CopyVolumeID(orphan: volume, install: "i", sources: [VolumeID("100")]) == nil)
        #expect(CopyVolumeID(orphan: volume, install: "", sources: []) == nil)
        #expect(CopyVolumeID(orphan: volume, install: "j", sources: []) == nil)
        let name = CopyName("app")
        #expect(CopyVolumeID(volume, createdAs: name, from: parent, sources: []) != nil)
        #expect(CopyVolumeID(volume, createdAs: name, from: parent, sources: [volume.id]) == nil)
        #expect(CopyVolumeID(volume, createdAs: CopyName("x"), from: parent, sources: []) == nil)
        #expect(CopyVolumeID(volume, createdAs: name, from: VolumeID("2"), sources: []) == nil)
    }
}
