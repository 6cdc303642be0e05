public import Model

/// One volume that we made, and that is not gone.
public struct CopyView: Hashable, Codable, Sendable {
    /// The volume's name.
    public var name: CopyName
    /// `snapshot`, `clone` or `orphan`.
    public var kind: String
    /// `wanted`, `present` or `condemned`.
    public var state: String
    /// Of which data.
    public var source: SourceName
    /// Whose it is.
    public var run: RunID
    /// What holds it, for people: a run, a lease, or nothing any more.
    public var holder: String
    /// Portworx' id; null before it was read back.
    @OrNull public var volume: VolumeID?
    /// The volume that it was copied from.
    public var parent: VolumeID
    /// As large as the source may grow; what it really takes up is less, since copies share blocks.
    public var bytes: UInt64
    /// The most expensive class that it lies on; null when not known.
    @OrNull public var tier: Tier?
    /// When it was asked for.
    public var createdAt: Timestamp
    /// Kept until then whatever its run does; null for not beyond its run.
    @OrNull public var keptUntil: Timestamp?
    /// The node that holds it attached; null for none.
    @OrNull public var attachedOn: String?
    /// Why it cannot be made or deleted; null when nothing is wrong.
    @OrNull public var fault: String?

    /// Wraps all of it.
    public init(
        name: CopyName,
        kind: String,
        state: String,
        source: SourceName,
        run: RunID,
        holder: String,
        volume: VolumeID? = nil,
        parent: VolumeID,
        bytes: UInt64 = 0,
        tier: Tier? = nil,
        createdAt: Timestamp,
        keptUntil: Timestamp? = nil,
        attachedOn: String? = nil,
        fault: String? = nil
    ) {
        self.name = name
        self.kind = kind
        self.state = state
        self.source = source
        self.run = run
        self.holder = holder
        self.volume = volume
        self.parent = parent
        self.bytes = bytes
        self.tier = tier
        self.createdAt = createdAt
        self.keptUntil = keptUntil
        self.attachedOn = attachedOn
        self.fault = fault
    }
}

/// The answer of `GET /v1/snapshots`: every copy that is not gone.
public struct CopyList: Hashable, Codable, Sendable {
    /// By name.
    public var snapshots: [CopyView]

    /// Wraps them.
    public init(snapshots: [CopyView]) { self.snapshots = snapshots }
}
