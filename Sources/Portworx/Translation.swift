import Model

extension Volume {
    /// nil without an id: nothing could be done with it.
    ///
    /// - Parameters:
    ///   - wire: as it came.
    ///   - addresses: node ids by each of their addresses, since Portworx may name a replica's node by its IP.
    init?(_ wire: WireVolume, addresses: [String: NodeID]) {
        guard let id = wire.id, !id.isEmpty else { return nil }
        let spec = wire.spec
        self.init(
            id: VolumeID(id),
            name: wire.locator?.name ?? "",
            parent: wire.source?.parent.flatMap { $0.isEmpty ? nil : VolumeID($0) },
            labels: wire.locator?.volume_labels ?? [:],
            up: wire.status == "VOLUME_STATUS_UP",
            status: wire.status ?? "VOLUME_STATUS_NONE",
            state: wire.state ?? "VOLUME_STATE_NONE",
            error: wire.error.flatMap { $0.isEmpty ? nil : String($0.prefix(Self.errorMax)) },
            attachedOn: Self.attachment(wire),
            attachPath: wire.attach_path?.first.map { String($0.prefix(Self.pathMax)) },
            readOnly: wire.readonly ?? false,
            sizeBytes: spec?.size?.value ?? 0,
            tier: spec?.cos.flatMap(Tier.init(cos:)),
            replicas: Self.replicas(wire, addresses),
            sticky: spec?.sticky ?? false,
            snapshotSchedule: spec?.snapshot_schedule ?? "",
            snapshotIntervalMinutes: UInt32(clamping: spec?.snapshot_interval?.value ?? 0)
        )
    }

    private static var errorMax: Int { 4_096 }
    /// Far longer than any that docker or Mesos mount at.
    private static var pathMax: Int { 512 }

    /// Any sign of an attachment counts as one: the recorded driver shows no more than a path.
    private static func attachment(_ wire: WireVolume) -> String? {
        if let node = wire.attached_on, !node.isEmpty { return node }
        let isAttached = wire.attach_path?.isEmpty == false || wire.state.map(attachedStates.contains) ?? false
        return isAttached ? "unknown node" : nil
    }

    /// One that is being detached is not detached yet; the spelling is the proto file's.
    private static var attachedStates: Set<String> {
        ["VOLUME_STATE_ATTACHED", "VOLUME_STATE_DETATCHING", "VOLUME_STATE_TRY_DETACHING"]
    }

    private static func replicas(_ wire: WireVolume, _ addresses: [String: NodeID]) -> [Replica] {
        (wire.replica_sets ?? []).flatMap { set in
            (set.nodes ?? []).enumerated().map { index, node in
                let pools = set.pool_uuids ?? []
                let pool = pools.indices.contains(index) && !pools[index].isEmpty ? PoolID(pools[index]) : nil
                return Replica(node: addresses[node] ?? NodeID(node), pool: pool)
            }
        }
    }
}

extension Tier {
    init?(cos: String) {
        switch cos {
        case "LOW": self = .low
        case "MEDIUM": self = .medium
        case "HIGH": self = .high
        default: return nil
        }
    }
}

extension StorageNode {
    init?(_ wire: WireNode) {
        guard let id = wire.id, !id.isEmpty else { return nil }
        self.init(
            id: NodeID(id),
            status: wire.status ?? "STATUS_NONE",
            managementAddress: wire.mgmt_ip ?? "",
            dataAddress: wire.data_ip ?? "",
            hostname: wire.hostname ?? "",
            schedulerName: wire.scheduler_node_name ?? "",
            pools: (wire.pools ?? []).map { pool in
                StoragePool(
                    id: PoolID(pool.uuid ?? ""),
                    index: pool.ID.map { Int(clamping: $0.value) } ?? 0,
                    tier: pool.Cos.flatMap(Tier.init(cos:)),
                    totalBytes: pool.TotalSize?.value ?? 0,
                    usedBytes: pool.Used?.value ?? 0,
                    labels: pool.labels ?? [:]
                )
            }
        )
    }
}
