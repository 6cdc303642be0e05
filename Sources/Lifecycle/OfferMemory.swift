import Model

/// The latest offer of each agent that has storage, of the times when somebody asked where a run would fit.
struct OfferMemory: Sendable {
    /// More agents with storage than this are not looked at one by one anyway.
    private static let agentsMax = 1_000

    struct Entry: Sendable {
        var offer: AgentOffer
        var at: Instant
    }

    private(set) var entries: [AgentID: Entry] = [:]
    /// When offers last came, with storage or without.
    private(set) var at: Instant?

    /// Offers were looked at.
    mutating func note(at now: Instant) { at = now }

    /// Keeps them, for somebody who asks; nobody else has to pay for it.
    mutating func keep(_ piles: [AgentOffer], _ nodes: [StorageNode?], at now: Instant) {
        for (pile, node) in zip(piles, nodes) where node != nil {
            let agent = pile.first.agentID
            if entries[agent] == nil, entries.count >= Self.agentsMax { continue }
            entries[agent] = Entry(offer: pile, at: now)
        }
    }
}
