import Model

/// The latest offer of each agent that has storage, as far as they are remembered.
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

    mutating func note(_ piles: [AgentOffer], _ nodes: [StorageNode?], at now: Instant) {
        at = now
        for (pile, node) in zip(piles, nodes) where node != nil {
            let agent = pile.first.agentID
            if entries[agent] == nil, entries.count >= Self.agentsMax { continue }
            entries[agent] = Entry(offer: pile, at: now)
        }
    }
}
