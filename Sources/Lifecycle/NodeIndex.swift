public import Model

/// Portworx' nodes, ready to be met by agents and by replicas.
public struct NodeIndex: Sendable {
    /// As read.
    public let nodes: [StorageNode]
    private let byID: [NodeID: Int]
    private let byAddress: [String: Int]
    private let byHostname: [String: Int]
    private let bySchedulerName: [String: Int]
    /// Host names of nodes by host names of agents.
    private let agentNodes: [String: String]

    /// Indexes them; of two with one address the first counts.
    ///
    /// - Parameters:
    ///   - nodes: as read.
    ///   - agentNodes: the operator's word for agents that nothing else matches: an agent's host name, and a node's.
    public init(_ nodes: [StorageNode], agentNodes: [String: String] = [:]) {
        self.nodes = nodes
        self.agentNodes = agentNodes
        func index(_ names: (StorageNode) -> [String]) -> [String: Int] {
            var result: [String: Int] = [:]
            for (position, node) in nodes.enumerated() {
                for name in names(node) where !name.isEmpty && result[name] == nil { result[name] = position }
            }
            return result
        }
        byID = Dictionary(nodes.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        // An address that two nodes share says nothing about either: a local cluster's agents all live on one loopback.
        var shared: Set<String> = []
        var seen: Set<String> = []
        for node in nodes {
            for address in Set([node.managementAddress, node.dataAddress]) where !seen.insert(address).inserted {
                shared.insert(address)
            }
        }
        byAddress = index { [$0.managementAddress, $0.dataAddress].filter { !shared.contains($0) } }
        byHostname = index { [$0.hostname] }
        bySchedulerName = index { [$0.schedulerName] }
    }

    /// The node on an agent's host: by address, then host name, then the scheduler's name for it, then as told.
    ///
    /// Portworx strips a host name's domain, Mesos may call an agent by its address (facts on Portworx, §11.6).
    public func node(of offer: Offer) -> StorageNode? {
        if let address = offer.address, let position = byAddress[address] { return nodes[position] }
        for name in [offer.hostname, String(offer.hostname.prefix { $0 != "." })] {
            if let position = byAddress[name] ?? byHostname[name] ?? bySchedulerName[name] { return nodes[position] }
        }
        let told = agentNodes[offer.hostname].flatMap { byHostname[$0] ?? byAddress[$0] }
        return told.map { nodes[$0] }
    }

    /// The node that Portworx says something is attached on: by its id, or by one of its addresses.
    public func node(attachment: String) -> StorageNode? {
        self[NodeID(attachment)] ?? byAddress[attachment].map { nodes[$0] }
    }

    /// The node of this id.
    public subscript(id: NodeID) -> StorageNode? { byID[id].map { nodes[$0] } }

    /// The class of the pool that a replica lies in; nil when Portworx does not say.
    public func tier(of replica: Volume.Replica) -> Tier? { pool(of: replica)?.tier }

    /// The pool that a replica lies in: the named one, or the only one of its node.
    public func pool(of replica: Volume.Replica) -> StoragePool? {
        guard let node = self[replica.node] else { return nil }
        if let id = replica.pool { return node.pools.first { $0.id == id } }
        return node.pools.count == 1 ? node.pools[0] : nil
    }

    /// The most expensive class that these replicas lie in; nil when there are none or one is not known.
    public func dearest(of replicas: [Volume.Replica]) -> Tier? {
        var dearest: Tier?
        for replica in replicas {
            guard let tier = tier(of: replica) else { return nil }
            dearest = max(dearest ?? tier, tier)
        }
        return dearest
    }
}
