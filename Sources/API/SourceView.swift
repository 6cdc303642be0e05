public import Model

/// One data set that runs can be asked of.
public struct SourceView: Hashable, Codable, Sendable {
    /// As requests name it.
    public var name: SourceName
    /// The production volumes.
    public var volumes: [String]
    /// The database's image.
    public var image: String
    /// On which class of storage copies should be.
    public var tier: Tier
    /// How they get there: `in-place` or `tiered-snapshot`.
    public var copy: String
    /// True: a copy that lands elsewhere is not used.
    public var requiresTier: Bool
    /// A run's lease when it asks for none.
    public var lease: Span
    /// The longest lease that may be asked for.
    public var leaseMax: Span
    /// Runs under way, and how many there may be.
    public var runs: QuotaView
    /// Snapshots that exist, and how many there may be.
    public var snapshots: QuotaView

    /// How much of a quota is used.
    public struct QuotaView: Hashable, Codable, Sendable {
        /// Now.
        public var used: Int
        /// At most.
        public var limit: Int

        /// Wraps both.
        public init(used: Int, limit: Int) {
            self.used = used
            self.limit = limit
        }
    }

    /// Wraps all of it.
    public init(
        name: SourceName,
        volumes: [String],
        image: String,
        tier: Tier,
        copy: String,
        requiresTier: Bool,
        lease: Span,
        leaseMax: Span,
        runs: QuotaView,
        snapshots: QuotaView
    ) {
        self.name = name
        self.volumes = volumes
        self.image = image
        self.tier = tier
        self.copy = copy
        self.requiresTier = requiresTier
        self.lease = lease
        self.leaseMax = leaseMax
        self.runs = runs
        self.snapshots = snapshots
    }
}

/// The answer of `GET /v1/sources`.
public struct SourceList: Hashable, Codable, Sendable {
    /// By name.
    public var sources: [SourceView]

    /// Wraps them.
    public init(sources: [SourceView]) { self.sources = sources }
}
