import FoundationEssentials
import Logging

/// Making, changing and deleting volumes; each of these runs in its turn.
extension StorageCluster {
    /// A volume has at most that many snapshots (facts on Portworx, §9).
    static let snapshotsMax = 64

    /// Makes an empty volume; a second call with the same name and size answers with the first one's id.
    ///
    /// - Returns: the id.
    func create(name: String, labels: [String: String], spec: [String: JSONValue]?) throws(GatewayRefusal) -> String {
        guard !name.isEmpty else { throw .invalid("Must supply a unique name") }
        guard let spec else { throw .invalid("Must supply spec object") }
        let size = spec.text("size")
        let level = Int(spec.text("ha_level")) ?? 0
        if let existing = volume(named: name) {
            guard String(existing.size) == size else {
                throw .exists(
                    "Existing volume has a size of \(existing.size) which differs from requested size of \(size)"
                )
            }
            return try idempotent(existing)
        }
        guard !size.isEmpty, size != "0" else { throw .driver("Failed to create volume: Volume size cannot be zero") }
        guard level > 0 else { throw .driver("Failed to create volume: HA level cannot be zero") }
        let replicas = nodes.place(count: level, cos: spec.text("cos"), only: wantedNodes(spec))
        guard !replicas.isEmpty else { throw .driver("Failed to create volume: no node can hold it") }
        return try makeEmpty(name: name, labels: labels, spec: spec, replicas: replicas).id
    }

    /// Makes a snapshot or a clone: the parent's files as they are at one instant, its labels and its spec.
    ///
    /// - Parameters:
    ///   - parentText: an id or a name, kept as it was said.
    ///   - name: one that no volume has; for a clone, the name of the same clone is fine.
    ///   - labels: on top of the inherited ones.
    ///   - readOnly: true for a snapshot.
    /// - Returns: the id.
    /// - Throws: code 5 for a missing parent, 6 and 13 for the rest.
    func copy(
        of parentText: String,
        name: String,
        labels: [String: String],
        readOnly: Bool
    ) throws(GatewayRefusal) -> String {
        let parent = try volume(parentText)
        let failed = readOnly ? "Failed to create snapshot: " : "Failed to clone volume: "
        if let existing = volume(named: name) {
            guard !readOnly else { throw .driver(failed + "Volume with name \(name) already exists") }
            guard existing.parent == parentText else {
                throw .exists("Existing volume has conflicting parent value")
            }
            return try idempotent(existing)
        }
        let siblings = stored().filter { $0.readOnly && ($0.parent == parent.id || $0.parent == parent.name) }
        guard !readOnly || siblings.count < Self.snapshotsMax else {
            throw .driver(failed + "volume \(parent.id) has \(siblings.count) snapshots, the most that it may have")
        }
        // A replica on a labelled pool gets no snapshot, and a clone begins as one: with all labelled there is nowhere to go.
        let replicas = parent.replicas.filter { nodes.pool($0)?.refusesSnapshots != true }
        guard !replicas.isEmpty else {
            throw .driver(failed + "all replicas of volume \(parent.id) are on pools labelled no_snapshot")
        }
        let (id, directory) = freshID()
        do {
            let groups = parent.containers.values.reduce(into: Set()) { $0.formUnion($1) }
            try StoppedGroups.during(groups) {
                try VolumeFiles.copy(parent.directory, to: directory, by: copier)
            }
        } catch {
            logger.warning("copying a volume failed", metadata: ["volume.id": "\(parent.id)", "error": "\(error)"])
            throw .driver(failed + "\(error)")
        }
        // Portworx leaves these two out (facts on Portworx, §5.8).
        let inherited = parent.labels.filter { $0.key != "pvc" && $0.key != "namespace" }
        store(
            StoredVolume(
                id: id,
                name: name,
                parent: parentText,
                readOnly: readOnly,
                labels: inherited.merging(labels) { $1 },
                spec: parent.spec,
                replicas: replicas,
                directory: directory
            )
        )
        logger.info(
            "a volume was copied",
            metadata: ["volume.id": "\(id)", "volume.name": "\(name)", "volume.parent": "\(parent.name)"]
        )
        return id
    }

    /// Makes a snapshot one that failed after its id was given away.
    func spoil(_ id: String) throws(GatewayRefusal) {
        var volume = try volume(id)
        volume.error = "All nodes which store the volume data are not online or data is not yet fully replicated"
        store(volume)
    }

    /// Merges labels, of which an empty value deletes, and spec fields.
    func update(_ id: String, labels: [String: String], spec: [String: JSONValue]) throws(GatewayRefusal) {
        var volume = try volume(id)
        for (key, value) in labels { volume.labels[key] = value.isEmpty ? nil : value }
        volume.spec.merge(spec) { $1 }
        store(volume)
    }

    /// Deletes a volume and its files; a missing one is deleted already.
    func delete(_ id: String) throws(GatewayRefusal) {
        guard let volume = try? volume(id) else { return }  // the one refusal it knows is "no such volume"
        let failed = "Failed to delete volume \(volume.id): "
        guard volume.attachedOn == nil else { throw .driver(failed + "Volume is attached") }
        guard !volume.isSticky else { throw .driver(failed + "Volume is sticky") }
        forget(volume)
        do {
            try FileManager.default.removeItem(atPath: volume.directory)
        } catch {
            logger.warning("files stay behind", metadata: ["volume.id": "\(volume.id)", "error": "\(error)"])
        }
        logger.info("a volume was deleted", metadata: ["volume.id": "\(volume.id)", "volume.name": "\(volume.name)"])
    }

    /// Replaces the schedule; only an empty list can be, since this stand-in holds no policy.
    func setSnapshotSchedule(of id: String, policies: [String]) throws(GatewayRefusal) {
        var volume = try volume(id)
        if let policy = policies.first {
            let message = "Error accessing schedule policy \(policy): Key not found"
            throw GatewayRefusal(code: .aborted, message: message)
        }
        volume.spec["snapshot_schedule"] = .string("")
        store(volume)
    }

    /// Detaches what nobody has mounted; a missing volume is detached already (`sdk-rest/detach-deleted`).
    func detach(_ id: String) throws(GatewayRefusal) {
        guard let volume = try? volume(id), volume.attachedOn != nil else { return }  // as above
        // Attached means mounted here: what nobody has mounted detaches by itself.
        throw .driver("Failed to detach volume \(volume.id): Volume is mounted")
    }

    func makeEmpty(
        name: String,
        labels: [String: String],
        spec: [String: JSONValue],
        replicas: [StoredVolume.Replica]
    ) throws(GatewayRefusal) -> StoredVolume {
        let (id, directory) = freshID()
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        } catch {
            throw .driver("Failed to create volume: \(error)")
        }
        let volume = StoredVolume(
            id: id,
            name: name,
            labels: labels,
            spec: spec,
            replicas: replicas,
            directory: directory
        )
        store(volume)
        logger.info("an empty volume was made", metadata: ["volume.id": "\(id)", "volume.name": "\(name)"])
        return volume
    }

    /// The real server waits 300 s for an attached volume to become available before it says so; here nobody has to wait.
    private func idempotent(_ existing: StoredVolume) throws(GatewayRefusal) -> String {
        guard existing.attachedOn == nil else {
            throw GatewayRefusal(code: .deadlineExceeded, message: "context deadline exceeded")
        }
        return existing.id
    }

    private func wantedNodes(_ spec: [String: JSONValue]) -> [String] {
        guard case .array(let wanted)? = spec["replica_set"]?["nodes"] else { return [] }
        return wanted.compactMap(\.text)
    }
}
