public import Model

/// What a waiting run has met.
public struct Wait: Hashable, Sendable {
    /// Offers that were refused for one reason.
    public struct Tally: Hashable, Sendable {
        /// How many.
        public internal(set) var count = 0
        /// The host of the latest.
        public internal(set) var example = ""
    }

    /// The offer that came nearest to fitting.
    public struct NearMiss: Hashable, Sendable {
        /// The agent's.
        public let hostname: String
        /// What it lacked.
        public let shortage: Shortage
    }

    /// What came in within a few seconds.
    private struct Bucket: Hashable, Sendable {
        var number: Int64
        var offers = 0
        var refusals: [Refusal: Tally] = [:]
        var nearest: NearMiss?
    }

    private static let bucketMilliseconds: Int64 = 10_000
    private static let bucketsKept: Int64 = 6

    /// Since when it waits for an offer.
    public internal(set) var since: Instant
    /// When an offer last fitted.
    public internal(set) var fitAt: Instant?
    /// Offers looked at since then.
    public private(set) var offers = 0
    /// Those that were refused.
    public private(set) var refusals: [Refusal: Tally] = [:]
    /// Oldest first; those of the last minute.
    private var buckets: [Bucket] = []

    init(since: Instant) { self.since = since }

    /// Begins to wait anew, and keeps the counts.
    init(since: Instant, after earlier: Wait?) {
        self = earlier ?? Wait(since: since)
        self.since = since
    }

    /// Most frequent first, then by name.
    public var counts: [Run.RefusalCount] { Self.counts(refusals) }

    static func counts(_ refusals: [Refusal: Tally]) -> [Run.RefusalCount] {
        refusals.map { Run.RefusalCount(reason: $0.key, count: $0.value.count, example: $0.value.example) }
            .sorted { ($1.count, $0.reason.rawValue) < ($0.count, $1.reason.rawValue) }
    }

    /// What came in during the last minute.
    ///
    /// - Parameter now: the end of that minute, give or take ten seconds.
    /// - Returns: how many offers, why they were refused, most frequent first, and the nearest miss.
    public func lastMinute(at now: Instant) -> (offers: Int, refusals: [Run.RefusalCount], nearest: NearMiss?) {
        let oldest = Self.number(now) - Self.bucketsKept + 1
        var offers = 0
        var tallies: [Refusal: Tally] = [:]
        var nearest: NearMiss?
        for bucket in buckets where bucket.number >= oldest {
            offers += bucket.offers
            for (reason, tally) in bucket.refusals {
                tallies[reason, default: Tally()].count += tally.count
                tallies[reason]?.example = tally.example
            }
            nearest = Self.nearer(nearest, bucket.nearest)
        }
        return (offers, Self.counts(tallies), nearest)
    }

    private static func number(_ now: Instant) -> Int64 { now.milliseconds / bucketMilliseconds }

    private static func nearer(_ one: NearMiss?, _ other: NearMiss?) -> NearMiss? {
        guard let one, let other else { return one ?? other }
        return other.shortage.ratio < one.shortage.ratio ? other : one
    }

    /// Counts offers that are looked at together, and why they were not taken.
    mutating func note(offers count: Int, refused: [Refusal: Tally], nearest: NearMiss?, at now: Instant) {
        offers += count
        let number = Self.number(now)
        if buckets.last?.number != number {
            buckets.removeAll { $0.number <= number - Self.bucketsKept || $0.number > number }
            buckets.append(Bucket(number: number))
        }
        let last = buckets.count - 1
        buckets[last].offers += count
        buckets[last].nearest = Self.nearer(buckets[last].nearest, nearest)
        for (reason, tally) in refused {
            refusals[reason, default: Tally()].count += tally.count
            refusals[reason]?.example = tally.example
            buckets[last].refusals[reason, default: Tally()].count += tally.count
            buckets[last].refusals[reason]?.example = tally.example
        }
    }
}
