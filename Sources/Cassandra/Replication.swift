/// How a keyspace is spread over a ring, how it is to be spread over a copy's, and whether that holds all of it.
public struct Replication: Hashable, Sendable {
    /// A node of production's ring, as the copy remembers it.
    public struct Node: Hashable, Sendable {
        /// nil where it is not known.
        public var dataCenter: String?
        /// nil where it is not known.
        public var rack: String?

        /// Wraps both.
        public init(dataCenter: String?, rack: String?) {
            self.dataCenter = dataCenter
            self.rack = rack
        }
    }

    /// The strategy's class, without its package.
    public let strategy: String
    /// Replicas, by data centre or under `replication_factor`; what is no number is left out.
    public let factors: [String: Int]

    /// Reads a keyspace's options, `class` among them.
    public init(_ options: [String: String]) {
        strategy = options["class"].map { $0.split(separator: ".").last.map(String.init) ?? $0 } ?? ""
        factors = options.filter { $0.key != "class" }.compactMapValues { value in
            // 3/1 is three replicas, one of them transient.
            Int(value.split(separator: "/").first ?? "")
        }
    }

    private init(strategy: String, factors: [String: Int]) {
        self.strategy = strategy
        self.factors = factors
    }

    /// So many replicas, on whichever nodes.
    public static func simple(_ replicas: Int) -> Replication {
        Replication(strategy: "SimpleStrategy", factors: ["replication_factor": replicas])
    }

    /// True for what every node has of its own.
    public var isLocal: Bool { strategy == "LocalStrategy" || strategy == "EverywhereStrategy" }

    /// For people: `SimpleStrategy 2`, `dc1 3, dc2 2`.
    public var words: String {
        if strategy == "NetworkTopologyStrategy" {
            return factors.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        }
        return ([strategy] + factors.values.map { "\($0)" }).joined(separator: " ")
    }

    /// As CQL writes it.
    public var map: String {
        let factors = factors.sorted { $0.key < $1.key }.map { "\(SealStatements.quoted($0.key)): \($0.value)" }
        return "{" + (["'class': \(SealStatements.quoted(strategy))"] + factors).joined(separator: ", ") + "}"
    }

    /// What a ring of copies can honour of it.
    ///
    /// A ring of one has one replica of everything; a larger one keeps production's strategy, with no more replicas than nodes,
    /// and with those of its own data centre alone. Fitted again it stays what it is.
    ///
    /// - Parameters:
    ///   - nodes: of the ring, all in one data centre.
    ///   - dataCenter: that one.
    /// - Returns: itself for what every node has of its own.
    public func fitted(to nodes: Int, in dataCenter: String) -> Replication {
        func bounded(_ factor: Int?) -> Int { max(1, min(factor ?? 1, nodes)) }
        if isLocal { return self }
        guard nodes > 1 else { return .simple(1) }
        switch strategy {
        case "SimpleStrategy": return .simple(bounded(factors["replication_factor"]))
        case "NetworkTopologyStrategy":
            return Replication(strategy: strategy, factors: [dataCenter: bounded(factors[dataCenter])])
        default: return .simple(1)
        }
    }

    /// Whether the copies of some nodes hold every row.
    ///
    /// A row has its replicas on as many different nodes: where fewer nodes were not copied than that, one that has it was. One
    /// copy is whole too when its rack is a whole replica of its data centre and it is alone in it: the network topology strategy
    /// puts a replica on every rack before it puts a second one on any. Of more copies that would take each one's rack: where
    /// there is but one, racks do not help; otherwise nobody can tell. With as many nodes not copied as replicas, a part counts
    /// as missing: nodes have many tokens, and some row's replicas are just those.
    ///
    /// - Parameters:
    ///   - own: a node that was copied.
    ///   - peers: the others of its ring.
    ///   - copies: nodes that were copied, all of one data centre.
    /// - Returns: nil for a strategy that is not known, or where a place that counts is not.
    public func isComplete(on own: Node, among peers: [Node], copies: Int = 1) -> Bool? {
        func missing(of nodes: Int) -> Int { max(0, nodes - copies) }
        switch strategy {
        case "LocalStrategy", "EverywhereStrategy": return true
        case "SimpleStrategy": return factors["replication_factor"].map { $0 > missing(of: peers.count + 1) }
        case "NetworkTopologyStrategy":
            guard let dataCenter = own.dataCenter, peers.allSatisfy({ $0.dataCenter != nil }) else { return nil }
            let neighbours = peers.filter { $0.dataCenter == dataCenter }
            guard let factor = factors[dataCenter], factor > 0 else { return false }
            if factor > missing(of: neighbours.count + 1) { return true }
            guard let rack = own.rack, neighbours.allSatisfy({ $0.rack != nil }) else { return nil }
            let racks = Set(neighbours.compactMap(\.rack) + [rack])
            if copies > 1 { return racks.count == 1 ? false : nil }
            return factor >= racks.count && racks.count > 1 && !neighbours.contains { $0.rack == rack }
        default: return nil
        }
    }
}
