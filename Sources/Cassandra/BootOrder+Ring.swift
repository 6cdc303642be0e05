import Model

extension BootOrder {
    /// The copies that boot as one ring, and which of them this one is.
    public struct Ring: Hashable, Sendable {
        /// How many nodes one may have.
        public static let sizes = 2...16

        /// From 0: they join in this order, and the first is everybody's seed.
        public var place: Int
        /// Where agents lead to them, by place: ``sizes`` different IPv4 addresses; the ports are the same on all.
        public var addresses: [String]

        /// Wraps both.
        public init(place: Int, addresses: [String]) {
            self.place = place
            self.addresses = addresses
        }

        /// This node's.
        public var own: String { addresses[place] }
        /// Of the first node.
        public var seed: String { addresses[0] }
        /// Of the node that has to answer before this one joins; nil for the first.
        public var previous: String? { place > 0 ? addresses[place - 1] : nil }
        /// Of all other nodes, by place.
        public var others: [String] { addresses.filter { $0 != own } }
    }

    /// Nodes of the ring that this copy is to be of.
    public var nodes: Int { ring?.addresses.count ?? 1 }

    /// How a keyspace of the copy is to be replicated.
    ///
    /// - Parameters:
    ///   - keyspace: its name.
    ///   - now: how it is replicated.
    /// - Returns: the same once it is so.
    public func replication(of keyspace: String, now: Replication) -> Replication {
        // Each node writes the run's role into its own copy, alone: each has to be a replica of it.
        keyspace == "system_auth" ? .simple(nodes) : now.fitted(to: nodes, in: identity.dataCenter)
    }
}
