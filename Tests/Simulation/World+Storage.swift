import Lifecycle
import Model

extension World {
    func volume(named name: String) -> Volume? { volumes.values.first { $0.name == name } }

    /// Portworx makes a copy; its labels are its parent's, and ours over them.
    mutating func create(
        _ name: CopyName,
        _ kind: Copy.Kind,
        _ parent: VolumeID,
        _ labels: [String: String]
    ) -> Outcome<Volume> {
        if let known = volume(named: name.value) { return .done(known) }
        guard let original = volumes[parent] else {
            return .refused(Fault(code: "test.no_parent", message: "there is no volume \(parent)", transient: false))
        }
        volumeCount += 1
        var volume = Volume(id: VolumeID("v\(volumeCount)"), name: name.value, parent: parent)
        volume.labels = original.labels.merging(labels) { $1 }
        volume.readOnly = kind == .snapshot
        if chance?.happens(.renames, oneIn: kind == .snapshot ? 3 : 8) == true || renames > 0 {
            renames = max(0, renames - 1)
            volume.name = "\(original.name).auto\(volumeCount)"
        }
        volume.sticky = isSticky
        volume.replicas = landing(of: original)
        switch chance?.flaw() {
        case .failed?: volume.error = "snapshot failed"
        case .notUp?: volume.up = false
        case .clean?, nil: break
        }
        volumes[volume.id] = volume
        made.insert(volume.id)
        return .done(volume)
    }

    /// Where a snapshot lies: on the parent's pools, but for those that refuse snapshots.
    private func landing(of volume: Volume) -> [Volume.Replica] {
        let pools = nodes.flatMap(\.pools)
        let willing = volume.replicas.filter { replica in
            pools.first { $0.id == replica.pool }?.refusesSnapshots != true
        }
        return willing.isEmpty ? volume.replicas : willing
    }

    /// Portworx deletes a volume, unless it is attached.
    mutating func delete(_ id: CopyVolumeID) -> Outcome<Void> {
        guard let volume = volumes[id.id] else { return .done(()) }
        checks.require(made.contains(id.id), "deletes \(volume.name), which it has not made")
        checks.require(!Fixture.production.contains(id.id), "deletes production")
        let user = pods.values.first { $0.isLive && $0.clone.value == volume.name }
        checks.require(user == nil, "deletes \(volume.name) under \(user?.executor.value ?? "")")
        if let node = volume.attachedOn {
            return .refused(Fault(code: "test.attached", message: "attached on \(node)", transient: true))
        }
        volumes[id.id] = nil
        deleted.insert(id.id)
        return .done(())
    }

    /// Production is what somebody restored from a copy of ours, our labels included.
    mutating func restoreProduction() {
        let parent = VolumeID("99")
        volumes[Fixture.sourceVolume]?.parent = parent
        volumes[Fixture.sourceVolume]?.labels = [CopyLabel.install: Fixture.install, CopyLabel.parent: parent.value]
    }

    /// Production is at rest for a while: nobody has it attached.
    mutating func rest(production isDetached: Bool) {
        volumes[Fixture.sourceVolume]?.attachedOn = isDetached ? nil : "10.0.0.1"
    }

    /// Somebody else copies a volume; the labels come along.
    mutating func strangerCopies(_ id: VolumeID, as name: String) -> VolumeID? {
        guard let original = volumes[id] else { return nil }
        volumeCount += 1
        let copy = Volume(id: VolumeID("x\(volumeCount)"), name: name, parent: id, labels: original.labels)
        volumes[copy.id] = copy
        return copy.id
    }

    /// A volume that an earlier installation of this id made and forgot.
    mutating func forgottenCopy(_ name: String, labelledParent: String? = nil) -> VolumeID {
        volumeCount += 1
        let parent = Fixture.sourceVolume
        let labels = [CopyLabel.install: Fixture.install, CopyLabel.parent: labelledParent ?? parent.value]
        let copy = Volume(id: VolumeID("f\(volumeCount)"), name: name, parent: parent, labels: labels)
        volumes[copy.id] = copy
        made.insert(copy.id)
        return copy.id
    }

    /// Copies of ours that still take up disk.
    var standingCopies: [Volume] { volumes.values.filter { made.contains($0.id) }.sorted { $0.id < $1.id } }
}
