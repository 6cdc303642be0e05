import Logging
import Synchronization

/// What a docker volume driver would do on the agents' hosts.
extension StorageCluster {
    /// In bytes; a name that nobody made becomes a volume of Portworx' default size.
    private static let defaultSize: UInt64 = 1 << 30

    func mount(name: String, node: String?, container: String) async throws(MountRefusal) -> String {
        guard let node, let host = nodes[node] else {
            throw MountRefusal(description: "volume driver pxd is not running on this host")
        }
        do {
            return try await inTurn { () throws(GatewayRefusal) in
                try self.attach(name, to: host, container: container)
            }
        } catch {
            logger.info("a mount was refused", metadata: ["volume.name": "\(name)", "error": "\(error.message)"])
            throw MountRefusal(description: error.message)
        }
    }

    func unmount(name: String, container: String) async {
        let volumes = Set([name] + [volume(named: name)?.id].compactMap { $0 })
        let message = FaultMessage(server: .portworx, kind: .unmount, route: "UNMOUNT", volumes: volumes)
        guard let seconds = faults.meet(message).staysAttached else { return await release(name, container) }
        // The container is gone, whatever the volume says.
        await changeMounted(name, by: container) { $0.containers[container] = [] }
        Task {
            await faults.wait(seconds)
            await release(name, container)
        }
    }

    private func release(_ name: String, _ container: String) async {
        await changeMounted(name, by: container) { volume in
            volume.containers[container] = nil
            if volume.containers.isEmpty { volume.attachedOn = nil }
        }
    }

    func processGroupStarted(_ group: Int32, volume: String, container: String) async {
        guard StoppedGroups.mayStop(group) else {
            logger.warning("not a container's process group", metadata: ["process.group": "\(group)"])
            return
        }
        await changeMounted(volume, by: container) { $0.containers[container]?.insert(group) }
    }

    private func changeMounted(
        _ name: String,
        by container: String,
        _ change: @escaping @Sendable (inout StoredVolume) -> Void
    ) async {
        do {
            try await inTurn { () throws(GatewayRefusal) in
                guard var volume = self.volume(named: name), volume.containers[container] != nil else { return }
                change(&volume)
                self.store(volume)
            }
        } catch {
            logger.error("a change without a refusal was refused", metadata: ["error": "\(error.message)"])
        }
    }

    private func attach(_ name: String, to host: StorageNodes.Node, container: String) throws(GatewayRefusal) -> String
    {
        var volume: StoredVolume
        if let existing = self.volume(named: name) {
            volume = existing
        } else {
            volume = try makeMissing(name, on: host)
        }
        guard volume.attachedOn == nil || volume.attachedOn == host.id else {
            throw .exists("volume is attached on another node")
        }
        guard !volume.readOnly else { throw .driver("volume \(name) is read-only: a snapshot is mounted as a clone") }
        witnessed.withLock { [volume] mounts in
            mounts.append(
                MountRecord(
                    volume: name,
                    volumeID: volume.id,
                    container: container,
                    isShared: !volume.containers.isEmpty
                )
            )
        }
        volume.attachedOn = host.id
        volume.containers[container, default: []].formUnion([])
        store(volume)
        return volume.directory
    }

    /// Silently empty, as Portworx' docker plugin makes it: a typing mistake is an empty database (facts on Portworx, §10).
    private func makeMissing(_ name: String, on host: StorageNodes.Node) throws(GatewayRefusal) -> StoredVolume {
        guard !name.isEmpty, name.utf8.allSatisfy(Self.isInName) else {
            throw .invalid("volume name \(name.prefix(100)) is not valid")
        }
        let spec: [String: JSONValue] = [
            "size": .wide(Self.defaultSize), "ha_level": .wide(1), "format": .string("FS_TYPE_EXT4"),
        ]
        let replicas = nodes.place(count: 1, cos: "", only: [host.id])
        return try makeEmpty(name: name, labels: [:], spec: spec, replicas: replicas)
    }

    private static func isInName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
