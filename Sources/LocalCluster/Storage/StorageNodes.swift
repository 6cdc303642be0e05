/// The nodes and pools of a plan; they never change.
struct StorageNodes: Sendable {
    /// One node, with its agent's names.
    struct Node: Sendable {
        let id: String
        let hostname: String
        let address: String
        let pools: [Pool]
    }

    /// One pool.
    struct Pool: Sendable {
        let uuid: String
        let plan: LocalClusterPlan.Pool

        /// Portworx' "tiered snapshots": a replica on such a pool gets no snapshot (facts on Portworx, §8).
        var refusesSnapshots: Bool { plan.labels["no_snapshot"].map { $0 != "false" } ?? false }
    }

    let nodes: [Node]

    init(_ plan: LocalClusterPlan) {
        nodes = plan.agents.enumerated().compactMap { position, agent in
            guard let storage = agent.storage else { return nil }
            let pools = storage.pools.enumerated().map { index, pool in
                Pool(uuid: Self.uuid(node: position + 1, pool: index + 1), plan: pool)
            }
            return Node(id: storage.id, hostname: agent.hostname, address: agent.address, pools: pools)
        }
    }

    /// In the shape of the recorded ones; the same plan gives the same uuids.
    private static func uuid(node: Int, pool: Int) -> String {
        func padded(_ number: Int, to width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(padded(node, to: 8))-0000-4000-8000-\(padded(pool, to: 12))"
    }

    subscript(id: String) -> Node? { nodes.first { $0.id == id } }

    /// The pool of a replica.
    func pool(_ replica: StoredVolume.Replica) -> Pool? {
        self[replica.node]?.pools.first { $0.uuid == replica.poolUUID }
    }

    /// Pools for a new volume: one to a node, those of this class first, as Portworx does it silently (facts, §8).
    ///
    /// - Parameters:
    ///   - count: as many replicas at most as there are nodes.
    ///   - cos: `LOW`, `MEDIUM`, `HIGH`, or empty for any.
    ///   - only: the nodes to choose from; empty for all.
    /// - Returns: fewer than asked for when there are fewer nodes.
    func place(count: Int, cos: String, only: [String] = []) -> [StoredVolume.Replica] {
        let candidates = nodes.filter { only.isEmpty || only.contains($0.id) }
        let best = candidates.compactMap { node -> (fits: Bool, replica: StoredVolume.Replica)? in
            guard let pool = node.pools.first(where: { $0.plan.cos == cos }) ?? node.pools.first else { return nil }
            return (pool.plan.cos == cos || cos.isEmpty, .init(node: node.id, poolUUID: pool.uuid))
        }
        return (best.filter(\.fits) + best.filter { !$0.fits }).prefix(count).map(\.replica)
    }

    // MARK: answers

    /// As `nodes/inspect` and `nodes/filters` show it; `used` counts bytes by pool.
    func inspected(_ node: Node, used: [String: UInt64]) -> JSONValue {
        let pools = node.pools.enumerated().map { index, pool in
            Self.inspected(pool, index: index, used: used[pool.uuid] ?? 0)
        }
        return .message([
            "id": .string(node.id), "status": .string("STATUS_OK"), "pools": .array(pools),
            "mgmt_ip": .string(node.address), "data_ip": .string(node.address), "hostname": .string(node.hostname),
            "scheduler_node_name": .string(node.hostname), "HWType": .string("BareMetalMachine"),
            "security_status": .string("UNSECURED"), "node_labels": .map(["understudy.stand-in": "true"]),
        ])
    }

    /// The one message whose field names are capitalised (facts on Portworx, §2).
    private static func inspected(_ pool: Pool, index: Int, used: UInt64) -> JSONValue {
        let medium =
            switch pool.plan.cos {
            case "HIGH": "STORAGE_MEDIUM_NVME"
            case "MEDIUM": "STORAGE_MEDIUM_SSD"
            default: "STORAGE_MEDIUM_MAGNETIC"
            }
        let labels = pool.plan.labels.merging(["iopriority": pool.plan.cos, "medium": medium]) { own, _ in own }
        return .message([
            "ID": .integer(Int64(index)), "Cos": .string(pool.plan.cos),
            "Medium": .string(medium == "STORAGE_MEDIUM_MAGNETIC" ? "" : medium),  // number 0 vanishes
            "RaidLevel": .string("raid0"), "TotalSize": .wide(pool.plan.totalBytes), "Used": .wide(used),
            "labels": .map(labels), "uuid": .string(pool.uuid),
        ])
    }
}
