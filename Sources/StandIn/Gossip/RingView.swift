import CQL

/// Whom a node knows of its ring, by what it has heard in this boot.
///
/// No socket, no disk, no clock: a message goes in, and what to do about it comes out.
struct RingView {
    /// Of nodes that it has heard from, and again of those that it has heard of.
    static let nodesMax = GossipMessage.addressesMax

    /// What a message comes to.
    enum Verdict: Hashable {
        /// It is a member's.
        case learnt(RingMember)
        /// Its sender can be no member, for the reason that is to be logged.
        case refused(String)
        case ignored
    }

    let clusterName: String
    /// What it tells of itself.
    var own: RingMember
    /// Its own addresses.
    private let places: Set<IPv4Address>
    private let seeds: Set<IPv4Address>
    /// Under its own cluster's name.
    private var heardFrom: Set<IPv4Address> = []
    /// Those of them that are not refused.
    private var members: Set<IPv4Address> = []
    /// From members.
    private var heardOf: Set<IPv4Address> = []
    private var refusals: Set<String> = []

    init(clusterName: String, own: RingMember, at addresses: NodeAddresses) {
        self.clusterName = clusterName
        self.own = own
        places = [addresses.listen, addresses.broadcast]
        seeds = Set(addresses.seeds)
    }

    // MARK: speaking

    /// What a member says.
    var message: GossipMessage {
        GossipMessage(clusterName: clusterName, content: .member(own, heardFrom: members.sorted()))
    }

    /// What is asked by one who is not to be known yet.
    var question: GossipMessage {
        GossipMessage(clusterName: clusterName, content: .question(hostID: own.hostID))
    }

    /// Whom it speaks to as a member.
    var contacts: Set<IPv4Address> { others(seeds.union(heardFrom).union(heardOf)) }

    /// These without itself.
    func others(_ addresses: Set<IPv4Address>) -> Set<IPv4Address> { addresses.subtracting(places) }

    // MARK: hearing

    /// Takes note of a message.
    mutating func hear(_ message: GossipMessage) -> Verdict {
        guard case .member(let member, let others) = message.content else { return .ignored }
        let address = member.address
        guard address.isPlace, !places.contains(address) else { return .ignored }
        guard message.clusterName == clusterName else {
            forget(address)
            return .ignored
        }
        guard heardFrom.contains(address) || heardFrom.count < Self.nodesMax else { return .ignored }
        heardFrom.insert(address)
        if let reason = objection(to: member) {
            members.remove(address)
            let isNew = refusals.count < 2 * Self.nodesMax && refusals.insert(reason).inserted
            return isNew ? .refused(reason) : .ignored
        }
        members.insert(address)
        for other in others where !places.contains(other) && heardOf.count < Self.nodesMax { heardOf.insert(other) }
        return .learnt(member)
    }

    /// It may have been a member's before it was another ring's.
    private mutating func forget(_ address: IPv4Address) {
        heardFrom.remove(address)
        members.remove(address)
        heardOf.remove(address)
    }

    /// In Cassandra's words.
    private func objection(to member: RingMember) -> String? {
        if member.hostID == own.hostID {
            return "Host ID collision for \(own.hostID) between /\(own.address) and /\(member.address)"
        }
        guard member.tokens.isDisjoint(with: own.tokens) else {
            return "Nodes /\(own.address) and /\(member.address) have the same token"
        }
        return nil
    }
}
