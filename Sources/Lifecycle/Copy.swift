public import Model

/// One volume that we made or asked for: an entry of the ledger.
///
/// Keyed by the name we asked for, which is never used again: an entry outlives its volume as a tombstone.
public struct Copy: Hashable, Codable, Sendable {
    /// What it is.
    public enum Kind: String, Hashable, Codable, Sendable {
        /// Read-only, of a source.
        case snapshot
        /// Writable, of a snapshot.
        case clone
        /// Found by our labels, and in no ledger.
        case orphan
    }

    /// Its life (design, §3).
    public enum State: String, Hashable, Codable, Sendable {
        /// To be made, or being made.
        case wanted
        /// Made, read back and good.
        case present
        /// To be deleted: irreversible.
        case condemned
        /// Seen to be no more.
        case gone
    }

    /// The volume's name.
    public let name: CopyName
    /// What it is.
    public let kind: Kind
    /// Whose it is: the run it was made for, or the one that has opened it since.
    public internal(set) var run: RunID
    /// Of which data.
    public let source: SourceName
    /// The volume it was copied from.
    public let parent: VolumeID
    /// The ledger's name for the parent; nil when that is the source.
    public let parentCopy: CopyName?
    /// When it was decided.
    public let createdAt: Instant
    /// Where it is in its life.
    public internal(set) var state: State
    /// When Portworx was asked for it; nil when it never was.
    public internal(set) var askedAt: Instant?
    /// The proof that it is ours; nil before it was read back.
    public internal(set) var volumeID: CopyVolumeID?
    /// When it became present.
    public internal(set) var presentAt: Instant?
    /// In bytes, as last read.
    public internal(set) var sizeBytes: UInt64 = 0
    /// Where it landed, as last read.
    public internal(set) var replicas: [Volume.Replica] = []
    /// Kept until then, whatever its run does; nil for not beyond its run.
    public internal(set) var heldUntil: Instant?
    /// True when somebody asked for it to be kept; false when it is kept by default, as long as there is room.
    public internal(set) var heldOnRequest = false
    /// When it was seen to be no more; nil while it is.
    public internal(set) var goneAt: Instant?
    /// Why it was condemned, for people.
    public internal(set) var condemnedFor: String?
    /// Failures in a row of whatever is tried now.
    public internal(set) var failures = 0
    /// Nothing is tried before.
    public internal(set) var nextTryAt: Instant?
    /// The last failure.
    public internal(set) var lastFault: Fault?
    /// How often it was looked for and not there, after an uncertain create.
    public internal(set) var absences = 0
    /// Since when Portworx reports it detached; nil while attached or not known.
    public internal(set) var detachedSince: Instant?
    /// The node that holds it, as last read.
    public internal(set) var attachedOn: String?
    /// Where it is mounted there, as last read; nil when Portworx does not say.
    public internal(set) var attachPath: String?
    /// Since when whatever is tried now fails; means nothing without ``failures``.
    public internal(set) var failingSince: Instant?
    /// What Portworx named it instead; nil when it has our name.
    public internal(set) var namedInstead: String?

    init(
        name: CopyName,
        kind: Kind,
        run: RunID,
        source: SourceName,
        parent: VolumeID,
        parentCopy: CopyName?,
        createdAt: Instant,
        state: State = .wanted
    ) {
        self.name = name
        self.kind = kind
        self.run = run
        self.source = source
        self.parent = parent
        self.parentCopy = parentCopy
        self.createdAt = createdAt
        self.state = state
    }

    /// True for a name that we gave up on, with nothing to see under it: it is looked for until its absence is certain.
    public var isTombstone: Bool { state == .condemned && volumeID == nil && absences > 0 }
}
