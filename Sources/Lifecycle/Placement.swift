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
    /// The run was reset, and the agent that it was on may yet offer its port.
    case otherAgent = "other_agent"
    /// What is free there is kept for a run that has waited longer, and needs more.
    case keptForElder = "kept_for_elder"
    /// It would do for a node of a ring, and another node of it found no agent of its own.
    case ringIncomplete = "ring_incomplete"
    /// The agents that would do for a ring's nodes have too few port numbers in common.
    case ringPorts = "ring_ports"
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
        case .otherAgent: "from other agents than the one that the run was on before it was reset"
        case .keptForElder: "from agents kept free for a run that has waited longer"
        case .ringIncomplete: "that would do, while another node of the ring found no agent"
        case .ringPorts: "from agents with too few port numbers in common"
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
    /// Where it has to be; nil for anywhere.
    var preference: Run.Preference?

    init(_ run: Run, place: Int, replicas: [Volume.Replica], on nodes: NodeIndex, anyNode: Bool, at now: Instant) {
        self.replicas = replicas
        self.cheapestReplica = replicas.compactMap { nodes.tier(of: $0) }.min()
        self.policy = run.source.tier
        self.avoided = run.avoided
        self.anyNode = anyNode
        self.cassandra = run.source.cassandra
        // It is beside the first node.
        self.suite = place == 0 ? run.spec.suite : nil
        self.ports = run.source.portCount
        self.preference = run.preference.flatMap { $0.until > now ? $0 : nil }
    }
}

extension Source {
    /// Ports of the agent that one pod needs: in host mode everything that Cassandra binds, else CQL alone is led in.
    var portCount: Int {
        switch network {
        // CQL twice, storage, storage with TLS, JMX: production's own Cassandra may hold the usual ones.
        case .host: 5
        case .named: commonPortCount
        }
    }

    /// Those of them whose numbers are the same on every node: CQL, and storage in a ring.
    ///
    /// Before 4.0 neither Cassandra nor a driver knows that another node has other ports.
    public var commonPortCount: Int { isRing ? 2 : 1 }
}

/// All offers of one agent.
struct AgentOffer: Sendable {
    private(set) var offers: [Offer]
    /// Counted once: every run that waits is held against it.
    private(set) var amounts: ResourceAmounts

    init(_ offer: Offer, role: String) {
        offers = [offer]
        amounts = ResourceAmounts(offer.resources, role: role)
    }

    var first: Offer { offers[0] }
    var resources: [Resource] { offers.flatMap(\.resources) }

    mutating func add(_ offer: Offer, role: String) {
        offers.append(offer)
        amounts = ResourceAmounts(resources, role: role)
    }

    /// Leaves nothing to be declined.
    mutating func clear() { offers = [] }
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

    if let preference = demand.preference, preference.agent != offer.first.agentID {
        return .failure(RefusedOffer(.otherAgent))
    }

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
        tier = node.cheapestTier
    }
    // A replica's own node is never refused for its tier alone unless the source says so: there the copy is, at what cost ever.
    if replica == nil || demand.policy.require {
        guard let tier, tier <= demand.policy.want else { return .failure(RefusedOffer(.tier)) }
    }
    return cut(demand, offer, settings).map { resources, ports in
        Fit(node: node.id, ports: ports, resources: resources, tier: tier, onReplica: replica != nil)
    }
}

extension StorageNode {
    /// Of its pools whose class is known; nil when there is none.
    fileprivate var cheapestTier: Tier? {
        var cheapest: Tier?
        for pool in pools {
            guard let tier = pool.tier else { continue }
            cheapest = min(cheapest ?? tier, tier)
        }
        return cheapest
    }
}

/// A refusal as an error, so that `Result` can carry it.
struct RefusedOffer: Error {
    let reason: Refusal
    /// How near it was, for those that are a matter of amount.
    let shortage: Shortage?

    init(_ reason: Refusal, _ shortage: Shortage? = nil) {
        self.reason = reason
        self.shortage = shortage
    }
}

/// How much of one resource an agent's offer lacks.
public struct Shortage: Hashable, Sendable {
    /// One of ``Refusal/cpus``, ``Refusal/memory``, ``Refusal/disk`` and ``Refusal/ports``.
    public let reason: Refusal
    /// In thousandths of a CPU, thousandths of a MiB, or ports.
    public let missing: Int64
    /// As ``missing``.
    public let needed: Int64

    /// 0 for nearly there, 1 for nothing at all.
    var ratio: Double { needed > 0 ? Double(missing) / Double(needed) : 1 }

    /// For people: `512 MB short`.
    public var sentence: String {
        switch reason {
        case .cpus: "\(Self.decimal(missing)) cpus short"
        case .memory: "\((missing + 999) / 1_000) MB of memory short"
        case .disk: "\((missing + 999) / 1_000) MB of disk short"
        case .ports: "\(missing) ports short"
        case .noPortworx, .nodeUnhealthy, .agentAvoided, .notReplicaNode, .tier, .otherAgent, .keptForElder,
            .ringIncomplete, .ringPorts, .otherBetter:
            reason.sentence
        }
    }

    private static func decimal(_ thousandths: Int64) -> String {
        let hundredths = (thousandths + 9) / 10
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}

/// Cuts a pod out of an agent's offers.
///
/// - Parameters:
///   - demand: what the pod needs.
///   - offer: of one agent.
///   - settings: for the executor's share.
///   - ports: numbers that it has to have, which come first; the rest is any.
/// - Returns: its resources and its ports, or what is missing.
func cut(
    _ demand: Demand,
    _ offer: AgentOffer,
    _ settings: Settings,
    ports: [UInt16] = []
) -> Result<(PodResources, [UInt16]), RefusedOffer> {
    if let shortage = shortage(demand, offer.amounts, settings) {
        return .failure(RefusedOffer(shortage.reason, shortage))
    }
    var pile = ResourcePile(offer.resources, role: settings.role)
    var pod = PodResources(executor: [], cassandra: [], suite: [])
    for part in demand.parts(settings) {
        guard let cpus = pile.take(part.milliCPUs, of: "cpus"),
            let memory = pile.take(part.memoryMB * 1_000, of: "mem"),
            let disk = pile.take(settings.diskMB * 1_000, of: "disk")
        else { return .failure(RefusedOffer(.cpus)) }
        pod[keyPath: part.place] = cpus + memory + disk
    }
    let wanted = ports.isEmpty ? (demand.preference.map { [$0.port] } ?? []) : ports
    guard let (ports, resources) = pile.takePorts(demand.ports, among: wanted) else {
        return .failure(RefusedOffer(.ports, Shortage(reason: .ports, missing: 1, needed: Int64(demand.ports))))
    }
    pod.cassandra += resources
    return .success((pod, ports))
}

/// What is missing of the first resource of which there is too little; nil when there is enough of all.
private func shortage(_ demand: Demand, _ there: ResourceAmounts, _ settings: Settings) -> Shortage? {
    func short(_ reason: Refusal, _ needed: Int64, _ there: Int64) -> Shortage? {
        there < needed ? Shortage(reason: reason, missing: needed - there, needed: needed) : nil
    }
    let needed = demand.amounts(settings)
    return short(.cpus, needed.milliCPUs, there.milliCPUs) ?? short(.memory, needed.memory, there.memory)
        ?? short(.disk, needed.disk, there.disk) ?? short(.ports, needed.ports, there.ports)
}

/// One container's share of a pod.
private struct PodPart {
    var place: WritableKeyPath<PodResources, [Resource]>
    var milliCPUs: Int64
    var memoryMB: Int64
}

extension Demand {
    /// Of all its parts together.
    fileprivate func amounts(_ settings: Settings) -> ResourceAmounts {
        let memory = settings.executorMemoryMB + cassandra.memoryMB + (suite?.memoryMB ?? 0)
        return ResourceAmounts(
            milliCPUs: settings.executorMilliCPUs + cassandra.milliCPUs + (suite?.milliCPUs ?? 0),
            memory: memory * 1_000,
            disk: (suite == nil ? 2 : 3) * settings.diskMB * 1_000,
            ports: Int64(ports)
        )
    }

    fileprivate func parts(_ settings: Settings) -> [PodPart] {
        var parts = [
            PodPart(
                place: \.executor,
                milliCPUs: settings.executorMilliCPUs,
                memoryMB: settings.executorMemoryMB
            ),
            PodPart(place: \.cassandra, milliCPUs: cassandra.milliCPUs, memoryMB: cassandra.memoryMB),
        ]
        if let suite {
            parts.append(PodPart(place: \.suite, milliCPUs: suite.milliCPUs, memoryMB: suite.memoryMB))
        }
        return parts
    }
}
