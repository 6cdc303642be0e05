import Model

/// Why an offer was not taken: a closed list, for counting and for people.
public enum Refusal: String, Hashable, Codable, Sendable, CaseIterable {
    /// No Portworx node is known on the agent's host.
    case noPortworx = "no_portworx"
    /// Portworx does not say STATUS_OK of the node.
    case nodeUnhealthy = "node_unhealthy"
    /// The run has failed on this agent before.
    case agentAvoided = "agent_avoided"
    /// The copy lies elsewhere, and its own nodes still get their chance.
    case notReplicaNode = "not_replica_node"
    /// The node has no pool as cheap as wanted.
    case tier = "tier"
    /// Too little CPU in our role.
    case cpus = "cpus"
    /// Too little memory in our role.
    case memory = "memory"
    /// Too little disk for the sandboxes in our role.
    case disk = "disk"
    /// Too few ports in our role.
    case ports = "ports"
    /// It fitted, and another one fitted better.
    case otherBetter = "other_better"

    /// For people, after "n offers".
    public var sentence: String {
        switch self {
        case .noPortworx: "from agents without Portworx"
        case .nodeUnhealthy: "from nodes that Portworx calls unhealthy"
        case .agentAvoided: "from agents on which this run failed before"
        case .notReplicaNode: "from nodes that hold no replica of the copy"
        case .tier: "from nodes whose pools are dearer than wanted"
        case .cpus: "short of cpus"
        case .memory: "short of memory"
        case .disk: "short of disk for the sandbox"
        case .ports: "short of ports"
        case .otherBetter: "that fitted less well than another"
        }
    }
}

/// What a run needs of an agent.
struct Demand: Sendable {
    var replicas: [Volume.Replica]
    /// The class of the cheapest pool that holds a replica; nil when not known.
    var cheapestReplica: Tier?
    var policy: Source.TierPolicy
    var avoided: [AgentID]
    /// True once the replicas' own nodes have had their chance.
    var anyNode: Bool
    var cassandra: Source.Cassandra
    var suite: RunSpec.Suite?
    var ports: Int

    init(_ run: Run, replicas: [Volume.Replica], on nodes: NodeIndex, anyNode: Bool) {
        self.replicas = replicas
        self.cheapestReplica = replicas.compactMap { nodes.tier(of: $0) }.min()
        self.policy = run.source.tier
        self.avoided = run.avoided
        self.anyNode = anyNode
        self.cassandra = run.source.cassandra
        self.suite = run.spec.suite
        self.ports = run.source.portCount
    }
}

extension Source {
    /// Ports of the agent that one pod needs: in host mode everything that Cassandra binds, else CQL alone is led in.
    var portCount: Int {
        switch network {
        // CQL, storage, storage with TLS, JMX: production's own Cassandra may hold the usual four.
        case .host: 4
        case .named: 1
        }
    }
}

/// All offers of one agent.
struct AgentOffer: Sendable {
    var offers: [Offer]
    var first: Offer { offers[0] }
    var resources: [Resource] { offers.flatMap(\.resources) }
}

/// An offer that fits, and how well.
struct Fit: Sendable {
    var node: NodeID
    var ports: [UInt16]
    var resources: PodResources
    /// The class of the pool that the pod's I/O goes to; the cheapest of the node when it holds no replica.
    var tier: Tier?
    var onReplica: Bool

    /// The replica's node with the cheapest pool first.
    func isBetter(than other: Fit) -> Bool {
        if onReplica != other.onReplica { return onReplica }
        return (tier ?? .high) < (other.tier ?? .high)
    }
}

/// Decides whether one agent's offers suit a run: the first reason against it, or the fit.
func match(
    _ demand: Demand,
    _ offer: AgentOffer,
    _ node: StorageNode?,
    _ settings: Settings
) -> Result<Fit, RefusedOffer> {
    guard let node else { return .failure(RefusedOffer(.noPortworx)) }
    guard node.healthy else { return .failure(RefusedOffer(.nodeUnhealthy)) }
    guard !demand.avoided.contains(offer.first.agentID) else { return .failure(RefusedOffer(.agentAvoided)) }

    let replica = demand.replicas.first { $0.node == node.id }
    let tier: Tier?
    if let replica {
        let pool = replica.pool.flatMap { id in node.pools.first { $0.id == id } }
        tier = pool?.tier ?? (node.pools.count == 1 ? node.pools[0].tier : nil)
        if let tier, let cheapest = demand.cheapestReplica, tier > cheapest, !demand.anyNode {
            return .failure(RefusedOffer(.tier))
        }
    } else {
        guard demand.anyNode || demand.replicas.isEmpty else { return .failure(RefusedOffer(.notReplicaNode)) }
        tier = node.pools.compactMap(\.tier).min()
    }
    // A replica's own node is never refused for its tier alone unless the source says so: there the copy is, at what cost ever.
    if replica == nil || demand.policy.require {
        guard let tier, tier <= demand.policy.want else { return .failure(RefusedOffer(.tier)) }
    }
    return cut(demand, offer, settings).map { resources, ports in
        Fit(node: node.id, ports: ports, resources: resources, tier: tier, onReplica: replica != nil)
    }
}

/// A refusal as an error, so that `Result` can carry it.
struct RefusedOffer: Error {
    let reason: Refusal
    init(_ reason: Refusal) { self.reason = reason }
}

private func cut(
    _ demand: Demand,
    _ offer: AgentOffer,
    _ settings: Settings
) -> Result<(PodResources, [UInt16]), RefusedOffer> {
    var pile = ResourcePile(offer.resources, role: settings.role)
    var pod = PodResources(executor: [], cassandra: [], suite: [])
    let parts: [(WritableKeyPath<PodResources, [Resource]>, cpus: Int64, memory: Int64)?] = [
        (\.executor, settings.executorMilliCPUs, settings.executorMemoryMB),
        (\.cassandra, demand.cassandra.milliCPUs, demand.cassandra.memoryMB),
        demand.suite.map { (\.suite, $0.milliCPUs, $0.memoryMB) },
    ]
    for (path, cpus, memory) in parts.compactMap(\.self) {
        guard let cpus = pile.take(cpus, of: "cpus") else { return .failure(RefusedOffer(.cpus)) }
        guard let memory = pile.take(memory * 1_000, of: "mem") else { return .failure(RefusedOffer(.memory)) }
        guard let disk = pile.take(settings.diskMB * 1_000, of: "disk") else { return .failure(RefusedOffer(.disk)) }
        pod[keyPath: path] = cpus + memory + disk
    }
    guard let (ports, resources) = pile.takePorts(demand.ports) else { return .failure(RefusedOffer(.ports)) }
    pod.cassandra += resources
    return .success((pod, ports))
}
