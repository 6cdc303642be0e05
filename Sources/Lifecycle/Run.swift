public import Model

/// What somebody asked for.
public struct RunSpec: Hashable, Codable, Sendable {
    /// The tests that run beside Cassandra.
    public struct Suite: Hashable, Codable, Sendable {
        /// The Docker image.
        public var image: String
        /// For `/bin/sh -c`.
        public var command: String
        /// In order of the key.
        public var environment: [Label]
        /// In thousandths of a CPU.
        public var milliCPUs: Int64
        /// In MiB.
        public var memoryMB: Int64

        /// Wraps all of it.
        public init(
            image: String,
            command: String,
            environment: [Label] = [],
            milliCPUs: Int64 = 500,
            memoryMB: Int64 = 512
        ) {
            self.image = image
            self.command = command
            self.environment = environment
            self.milliCPUs = milliCPUs
            self.memoryMB = memoryMB
        }
    }

    /// The asker's own name for the run, nil for none.
    ///
    /// The same key gives the same run.
    public var key: String?
    /// Which data.
    public var source: SourceName
    /// nil for a service run.
    public var suite: Suite?
    /// nil for the source's default.
    public var lease: Span?
    /// How long a failed run's clone is kept; nil for not at all.
    public var keepOnFailure: Span?
    /// The run whose snapshot to use again; nil for a fresh one.
    public var sameDataAs: RunID?
    /// The ended run whose kept clone to boot again; nil for a clone of its own.
    public var opens: RunID?
    /// True for one that only reads what a copy says of itself; nil, as in older records, for every other.
    public var inspects: Bool?
    /// The higher is placed first; then the older.
    public var priority: Int
    /// The name of the token that asked, `[a-z0-9-]`; nil when nobody was asked for one.
    public var owner: String?
    /// How many runs its owner may have under way; nil for no limit of its own.
    public var ownerRuns: Int?

    /// Wraps all of it.
    public init(
        key: String? = nil,
        source: SourceName,
        suite: Suite? = nil,
        lease: Span? = nil,
        keepOnFailure: Span? = nil,
        sameDataAs: RunID? = nil,
        opens: RunID? = nil,
        inspects: Bool? = nil,
        priority: Int = 0,
        owner: String? = nil,
        ownerRuns: Int? = nil
    ) {
        self.key = key
        self.source = source
        self.suite = suite
        self.lease = lease
        self.keepOnFailure = keepOnFailure
        self.sameDataAs = sameDataAs
        self.opens = opens
        self.inspects = inspects
        self.priority = priority
        self.owner = owner
        self.ownerRuns = ownerRuns
    }
}

/// One request to test against a source, and all that has become of it.
public struct Run: Hashable, Codable, Sendable {
    /// One phase that it has been in.
    public struct PhaseEntry: Hashable, Codable, Sendable {
        /// Which.
        public var phase: Phase
        /// Since when.
        public var at: Instant
    }

    /// Offers that were refused for one reason while the run waited.
    public struct RefusalCount: Hashable, Codable, Sendable {
        /// Why.
        public var reason: Refusal
        /// How many.
        public var count: Int
        /// The host of one of them.
        public var example: String
    }

    /// Where a run was before it was reset.
    public struct Preference: Hashable, Codable, Sendable {
        /// The agent.
        public var agent: AgentID
        /// The port that clients know.
        public var port: UInt16
        /// After that, anywhere will do.
        public var until: Instant
    }

    /// Ours.
    public let id: RunID
    /// As asked for.
    public let spec: RunSpec
    /// As it was when the run was admitted.
    public let source: Source
    /// When it was admitted.
    public let createdAt: Instant
    /// Every phase so far, oldest first; never empty; the last is the present one.
    public internal(set) var phases: [PhaseEntry]
    /// Set on entering `ending`, never changed after.
    public internal(set) var result: RunResult?
    /// For people: why that result; nil until then.
    public internal(set) var reason: String?
    /// For people: what it last met that kept it from going on; nil when nothing does.
    public internal(set) var obstacle: String?
    /// When the lease ends; nil before the first launch.
    public internal(set) var leaseEnds: Instant?
    /// As asked for later; nil for as asked for first.
    public internal(set) var leaseExtended: Span?
    /// How long to keep its copies after its end, whatever its result; nil for as its spec says.
    public internal(set) var keptFor: Span?
    /// Where a reset run was, and should be again; nil for anywhere.
    public internal(set) var preference: Preference?
    /// The snapshot in use: one copy per volume of its source.
    public internal(set) var snapshot: OneOrMore<CopyName>?
    /// Snapshots asked for so far.
    public internal(set) var snapshotAttempts = 0
    /// Snapshots in a row that could not be taken.
    public internal(set) var snapshotFailures = 0
    /// The clone in use: one copy per volume of its source.
    public internal(set) var clone: OneOrMore<CopyName>?
    /// Clones asked for so far.
    public internal(set) var cloneAttempts = 0
    /// Every clone that was asked for, oldest first.
    public internal(set) var clones: [CopyName] = []
    /// Every launch so far, oldest first; of a ring, one per node, in the order of its volumes.
    public internal(set) var attempts: [Attempt] = []
    /// Agents on which it failed for no fault of the suite's.
    public internal(set) var avoided: [AgentID] = []
    /// Infrastructure failures so far.
    public internal(set) var failures = 0
    /// Launches that came to nothing because the offer was stale.
    public internal(set) var droppedLaunches = 0
    /// Up to the last launch, most frequent first.
    public internal(set) var refusals: [RefusalCount] = []
    /// How production was flushed before the snapshot, where it had to be; nil when it had not, and in older records.
    public internal(set) var flush: OneOrMore<Flush>?
    /// No later than when production's data was as the copy has it; nil before there is a snapshot, and in older records.
    public internal(set) var dataAt: Instant?
    /// At most so far apart are the instants of a ring's volumes; nil for one volume.
    public internal(set) var dataSpread: Span?
    /// Where the copy landed; nil before it is read back, or when Portworx does not say.
    public internal(set) var tierGot: Tier?
    /// The end of what a failed suite said; nil before it is read, and for every other run.
    public internal(set) var output: SuiteOutput?

    init(id: RunID, spec: RunSpec, source: Source, createdAt: Instant) {
        self.id = id
        self.spec = spec
        self.source = source
        self.createdAt = createdAt
        self.phases = [PhaseEntry(phase: .requested, at: createdAt)]
    }

    /// The present one.
    public var phase: Phase { phases.last?.phase ?? .ended }
    /// Since when it is in it.
    public var phaseSince: Instant { phases.last?.at ?? createdAt }
    /// Since when it is looking for a place, however often its copy grew too old meanwhile.
    public var unplacedSince: Instant {
        let since = phases.lastIndex { $0.phase.hasPod }.map { phases.index(after: $0) } ?? phases.startIndex
        return phases.indices.contains(since) ? phases[since].at : phaseSince
    }
    /// The launch that counts, of a ring its first node's, which has the suite; nil before the first.
    public var attempt: Attempt? { current.first }
    /// The launches that count, one per node; empty before the first.
    public var current: ArraySlice<Attempt> { attempts.suffix(source.nodeCount) }
    /// The launches that were decided together with this one, itself among them, in the order of their nodes.
    public func ring(of attempt: Attempt) -> ArraySlice<Attempt> {
        guard let index = attempts.firstIndex(where: { $0.number == attempt.number }) else { return [] }
        let first = index - index % source.nodeCount
        return attempts[first..<min(first + source.nodeCount, attempts.endIndex)]
    }
    /// Which of its ring's nodes a launch is of, from 0; nil where it is alone, and for another run's.
    public func place(of attempt: Attempt) -> Int? {
        guard source.isRing else { return nil }
        return attempts.firstIndex { $0.number == attempt.number }.map { $0 % source.nodeCount }
    }
    /// How often a pod, or a ring of them, was launched.
    public var launches: Int { attempts.count / source.nodeCount }
    /// True for one of the copies in use.
    public func uses(_ copy: CopyName) -> Bool { snapshots.contains(copy) || clonesInUse.contains(copy) }
    /// The snapshots in use, in the order of the source's volumes; empty before they are asked for.
    var snapshots: [CopyName] { snapshot.map(Array.init) ?? [] }
    /// The clones in use, in that order; empty before they are asked for.
    var clonesInUse: [CopyName] { clone.map(Array.init) ?? [] }
    /// As asked for, or the source's.
    public var lease: Span { leaseExtended ?? spec.lease ?? source.limits.lease }
    /// True for one that hands out a database instead of running a suite.
    public var isService: Bool { spec.suite == nil }
    /// When the longest lease that may be asked for ends; nil before the first launch.
    public var leaseLimit: Instant? { attempts.first { !$0.neverStarted }.map { $0.at + source.limits.leaseMax } }
}
