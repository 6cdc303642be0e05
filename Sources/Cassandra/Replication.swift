/// How a keyspace is spread over a ring, and whether one node's copy holds all of it.
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

    /// True for what every node has of its own.
    public var isLocal: Bool { strategy == "LocalStrategy" || strategy == "EverywhereStrategy" }

    /// For people: `SimpleStrategy 2`, `dc1 3, dc2 2`.
    public var words: String {
        if strategy == "NetworkTopologyStrategy" {
            return factors.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        }
        return ([strategy] + factors.values.map { "\($0)" }).joined(separator: " ")
    }

    /// Whether this one node holds every row.
    ///
    /// It does when there are no more nodes than replicas, or when its rack is a whole replica of its data centre and it is
    /// alone in it: the network topology strategy puts a replica on every rack before it puts a second one on any.
    ///
    /// - Parameters:
    ///   - own: the node that was copied.
    ///   - peers: the others of its ring.
    /// - Returns: nil for a strategy that is not known, or where a peer's place is not.
    public func isComplete(on own: Node, among peers: [Node]) -> Bool? {
        switch strategy {
        case "LocalStrategy", "EverywhereStrategy": return true
        case "SimpleStrategy": return factors["replication_factor"].map { $0 >= peers.count + 1 }
        case "NetworkTopologyStrategy":
            guard let dataCenter = own.dataCenter, peers.allSatisfy({ $0.dataCenter != nil }) else { return nil }
            let neighbours = peers.filter { $0.dataCenter == dataCenter }
            guard let factor = factors[dataCenter], factor > 0 else { return false }
            if factor >= neighbours.count + 1 { return true }
            guard let rack = own.rack, neighbours.allSatisfy({ $0.rack != nil }) else { return nil }
            let racks = Set(neighbours.compactMap(\.rack) + [rack])
            return factor >= racks.count && racks.count > 1 && !neighbours.contains { $0.rack == rack }
        default: return nil
        }
    }
}
