public import Model

/// All that the scheduler knows: the part that is durable, and the part that is read again after a start.
///
/// Changed by ``step(_:at:)`` and ``begin(at:)`` alone; what they changed of the durable part is in ``takeChanges()``.
public struct SystemState: Sendable {
    /// What has to be written before anything may follow from it.
    public struct Changes: Hashable, Sendable {
        /// Runs that are new or different.
        public internal(set) var runs: Set<RunID> = []
        /// Runs that are forgotten.
        public internal(set) var forgottenRuns: Set<RunID> = []
        /// Copies that are new or different.
        public internal(set) var copies: Set<CopyName> = []
        /// Copies that are forgotten.
        public internal(set) var forgottenCopies: Set<CopyName> = []
        /// Numbers of the archive's chunks that are forgotten.
        public internal(set) var forgottenChunks: Set<Int> = []
        /// True when the framework id is new, different or forgotten.
        public internal(set) var framework = false
        /// True when the uninstallation has begun or gone on.
        public internal(set) var uninstallation = false
        /// Sources given over the API that are new, different or taken away.
        public internal(set) var sources: Set<SourceName> = []

        /// True when there is nothing to write.
        public var isEmpty: Bool {
            runs.isEmpty && forgottenRuns.isEmpty && copies.isEmpty && forgottenCopies.isEmpty
                && forgottenChunks.isEmpty && !framework && !uninstallation && sources.isEmpty
        }
    }

    /// What a source's volumes were last seen to be.
    public struct SourceReading: Hashable, Sendable {
        /// In the order of the source's; nil where there is none of that name.
        public var volumes: [Volume?]
        /// When.
        public var at: Instant
    }

    /// Whether the master sends us offers.
    public enum OfferFlow: Hashable, Sendable {
        /// It does.
        case flowing
        /// It does not, since we asked it not to.
        case suppressed
    }

    /// As configured.
    public let settings: Settings
    /// Made once for this installation; on every copy's label.
    public let install: String
    /// By name: those of the configuration, and those given over the API.
    public private(set) var sources: [SourceName: Source]
    /// Names of those that the configuration gives, which the API may not change.
    public let configuredSources: Set<SourceName>

    /// Durable: ours to the master; nil before the first subscription.
    public internal(set) var frameworkID: FrameworkID?
    /// Durable: every run that is not ended, and those of the ended ones that are not in the archive.
    public private(set) var runs: [RunID: Run] = [:]
    /// Durable: the ledger.
    public private(set) var copies: [CopyName: Copy] = [:]

    /// Durable: how to find every other run that is remembered.
    public internal(set) var archive = Archive()
    /// Durable: those of the sources that were given over the API.
    public private(set) var givenSources: [SourceName: GivenSource] = [:]
    /// Durable: the end of this installation; nil while nobody has asked for it.
    public private(set) var uninstallation: Uninstallation?

    /// True while calls can be sent to the master.
    public internal(set) var subscribed = false
    /// Since when calls can be sent; nil while they cannot.
    var subscribedAt: Instant?
    /// Since when they cannot; nil while they can, and before the first event.
    var awaySince: Instant?
    /// True from when the master has removed our framework until that is reset, or a master takes its id after all.
    public internal(set) var isFrameworkRemoved = false
    /// nil when not known, as after each subscription.
    public internal(set) var offerFlow: OfferFlow?
    /// Portworx' nodes as last read.
    public internal(set) var nodes = NodeIndex([])
    /// When they were last read.
    public internal(set) var nodesAt: Instant?
    /// The sources' volumes as last read.
    public internal(set) var readings: [SourceName: SourceReading] = [:]
    /// What Portworx last failed to do for us as a whole; nil when it answered.
    public internal(set) var storageFault: Fault?
    /// Offers and refusals of runs that wait.
    public internal(set) var waits: [RunID: Wait] = [:]
    /// What agents with storage offered last, for whoever asks where a run would fit.
    var lastOffers = OfferMemory()
    /// Offers and readings are wanted until then for somebody who asks about a source.
    var looking: [SourceName: Instant] = [:]
    /// When a clone's name was last seen to lead to its id, with the volume ready for use.
    var verifiedAt: [CopyName: Instant] = [:]
    /// When the latest look for a copy by its name was sent, since it was launched on.
    var lookedAt: [CopyName: Instant] = [:]
    /// When the latest list of copies was asked for.
    var listAskedAt: Instant?
    /// When a copy that is to be deleted was last seen detached.
    var inspectedAt: [CopyName: Instant] = [:]
    /// Since when this very process sees a condemned copy detached: a record's times are those of another clock.
    var detachedHere: [CopyName: Instant] = [:]
    /// Since when this very process finds nothing under the name of a condemned copy, for the same reason.
    var absentHere: [CopyName: Instant] = [:]
    /// Tasks of ours that no run knows, and when their end was last asked for.
    public internal(set) var strays: [TaskID: Stray] = [:]
    /// How many there were since the scheduler began.
    public internal(set) var straysCount = 0
    /// Volumes with our labels that no ledger knows, and since when.
    public internal(set) var orphansSeen: [VolumeID: OrphanSeen] = [:]
    /// Copies whose being stuck is in the log.
    var stuckTold: Set<CopyName> = []
    /// When copies were last listed.
    var listedAt: Instant?
    /// When the list was asked for that came last: what it shows is not older.
    var listShows: Instant?
    /// Since when an uninstallation has nothing more to clear away than what a list may yet show; nil while it has.
    var clearedAt: Instant?
    /// How many lists were asked for since then, and have come.
    var listsSinceCleared = 0
    /// When somebody last asked for a list; nil for nobody.
    var sweepAskedAt: Instant?
    /// Copies that were there when the latest list was asked for.
    var presentAtList: Set<CopyName> = []
    /// How many volumes the latest list has.
    var volumesListed = 0
    /// True while the latest list has an orphan of ours whose grace is not over.
    var hasOrphanInGrace = false
    /// Copies that a list lacked, and how they are looked for since.
    var missing: [CopyName: Search] = [:]
    /// Copies that were asked for and are not under their names, and since when the next list is to show their labels.
    var sought: [CopyName: Instant] = [:]
    /// Why the latest list could not be had; nil when it could, or is on its way.
    var listFault: Fault?
    /// What the master is being asked about our tasks; nil while nothing is open.
    var reconciliation: Reconciliation?
    /// How often that was begun.
    var reconciliations = 0
    /// When it begins the next time; nil before the first.
    var nextReconciliationAt: Instant?
    /// When the master is asked for all that it knows; nil for not now.
    var implicitReconciliationAt: Instant?
    /// When history was last looked through.
    var tidiedAt: Instant?
    /// True while that question is under way.
    var asksImplicitly = false
    /// When runs were last asked about for being silent after a launch.
    var askedAbout: [TaskID: Instant] = [:]
    /// Offers of this stream whose answer may not have arrived: the master would hold them for us for ever.
    var heldOffers: Set<OfferID> = []
    /// They are given back then, not in a rush.
    var heldOffersDueAt: Instant?
    /// What a launch that is under way takes.
    var launchOffers: [Effect.Key: [OfferID]] = [:]
    /// When launches of late were answered: a commit may have held one back for longer than a launch takes to settle.
    var launchesAnswered: [Effect.Key: Instant] = [:]
    /// What is under way.
    var inFlight: Set<Effect.Key> = []
    /// Failures in a row of things that have no record of their own.
    var failures: [Effect.Key: (count: Int, nextTryAt: Instant)] = [:]

    private var changes = Changes()
    /// Keys of requests to runs.
    private var keys: [String: RunID] = [:]
    /// Runs that are not ended, so that a frame does not walk all history.
    private(set) var unfinished: Set<RunID> = []
    /// Runs with a task that may be running; some of them may have ended long ago.
    private(set) var withLiveTasks: Set<RunID> = []
    /// Runs whose suite's last words are not kept yet; some of them may have ended.
    private(set) var wantingOutput: Set<RunID> = []
    /// Runs whose helper's report is to be read.
    private(set) var wantingSeal: Set<RunID> = []
    /// Copies that are not gone.
    private(set) var standing: Set<CopyName> = []
    /// Per source: runs between `requested` and `ending`, and snapshots that are not gone; what quotas are held against.
    private(set) var usage: [SourceName: Usage] = [:]

    /// Runs between `requested` and `ending`, of all sources.
    private(set) var runsInAll = 0
    /// The same per token.
    private(set) var runsOfOwner: [String: Int] = [:]

    /// What one source's runs use up.
    public struct Usage: Hashable, Sendable {
        /// Under way.
        public internal(set) var runs = 0
        /// Not gone.
        public internal(set) var snapshots = 0
    }

    /// A task of ours that no run knows.
    public struct Stray: Hashable, Sendable {
        /// Where; nil when the master does not say.
        public var agent: AgentID?
        /// As last heard.
        public var state: TaskState
        /// When it was first heard of.
        public var since: Instant
        /// When its end was last asked for; nil for not yet.
        public var killedAt: Instant?
    }

    /// Begins with nothing.
    public init(settings: Settings, install: String, sources: [Source]) {
        self.settings = settings
        self.install = install
        self.sources = Dictionary(sources.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        configuredSources = Set(sources.map(\.name))
    }

    /// Begins with what was stored, none of which counts as changed.
    public init(
        settings: Settings,
        install: String,
        sources: [Source],
        frameworkID: FrameworkID?,
        runs: [Run],
        copies: [Copy],
        archive: Archive = Archive(),
        givenSources: [GivenSource] = [],
        uninstallation: Uninstallation? = nil
    ) {
        self.init(settings: settings, install: install, sources: sources)
        self.frameworkID = frameworkID
        self.archive = archive
        self.uninstallation = uninstallation
        // Of one that both have, the configuration's counts: whoever wrote it there meant it.
        for given in givenSources {
            self.givenSources[given.source.name] = given
            if self.sources[given.source.name] == nil { self.sources[given.source.name] = given.source }
        }
        for run in runs { put(run) }
        for copy in copies { put(copy) }
        changes = Changes()
    }

    /// The run that was asked for under this key, in the archive too; nil for none.
    public func run(withKey key: String) -> RunID? { keys[key] ?? archive.run(withKey: key) }

    /// Runs that are not ended, by priority, then age.
    var waitingLine: [Run] {
        unfinished.compactMap { runs[$0] }.sorted {
            if $0.spec.priority != $1.spec.priority { return $0.spec.priority > $1.spec.priority }
            return ($0.createdAt, $0.id) < ($1.createdAt, $1.id)
        }
    }

    /// What a source's runs use up now.
    public func usage(of source: SourceName) -> Usage { usage[source] ?? Usage() }

    /// What changed since the last call; the caller writes it before it acts.
    public mutating func takeChanges() -> Changes {
        defer { changes = Changes() }
        return changes
    }

    /// True for a run that has changed since ``takeChanges()`` was last called.
    func hasChanged(_ id: RunID) -> Bool { changes.runs.contains(id) }

    /// Stores a run when it differs.
    mutating func put(_ run: Run) {
        let before = runs[run.id]
        guard before != run else { return }
        if let before, before.usesQuota { count(before, -1) }
        if run.usesQuota { count(run, 1) }
        runs[run.id] = run
        if let key = run.spec.key { keys[key] = run.id }
        if run.phase == .ended { unfinished.remove(run.id) } else { unfinished.insert(run.id) }
        if run.attempts.allSatisfy(\.isTerminal) { withLiveTasks.remove(run.id) } else { withLiveTasks.insert(run.id) }
        if run.wantsSeal { wantingSeal.insert(run.id) } else { wantingSeal.remove(run.id) }
        if run.wantsOutput { wantingOutput.insert(run.id) } else { wantingOutput.remove(run.id) }
        changes.runs.insert(run.id)
    }

    private mutating func count(_ run: Run, _ change: Int) {
        usage[run.spec.source, default: Usage()].runs += change
        runsInAll += change
        if let owner = run.spec.owner { runsOfOwner[owner, default: 0] += change }
    }

    /// Stores a copy when it differs.
    mutating func put(_ copy: Copy) {
        let before = copies[copy.name]
        guard before != copy else { return }
        if let before, before.usesQuota { usage[before.source, default: Usage()].snapshots -= 1 }
        if copy.usesQuota { usage[copy.source, default: Usage()].snapshots += 1 }
        copies[copy.name] = copy
        if copy.state == .gone { layToRest(copy.name) } else { standing.insert(copy.name) }
        changes.copies.insert(copy.name)
    }

    /// What was seen of a copy while it was there is of no use any more.
    private mutating func layToRest(_ name: CopyName) {
        standing.remove(name)
        lookedAt[name] = nil
        verifiedAt[name] = nil
        inspectedAt[name] = nil
        detachedHere[name] = nil
        absentHere[name] = nil
        stuckTold.remove(name)
        missing[name] = nil
        sought[name] = nil
    }

    /// Drops a run that has ended, and with it its key.
    mutating func forget(_ run: Run) {
        drop(run)
        changes.forgottenRuns.insert(run.id)
    }

    /// The same, of one whose record is taken out otherwise.
    mutating func drop(_ run: Run) {
        runs[run.id] = nil
        wantingOutput.remove(run.id)
        wantingSeal.remove(run.id)
        failures[.output(run.id)] = nil
        failures[.seal(run.id)] = nil
        if let key = run.spec.key, keys[key] == run.id { keys[key] = nil }
        changes.runs.remove(run.id)
    }

    /// Drops a copy that is gone.
    mutating func forget(_ copy: Copy) {
        drop(copy)
        changes.forgottenCopies.insert(copy.name)
    }

    /// The same, of one whose record is taken out otherwise.
    mutating func drop(_ copy: Copy) {
        copies[copy.name] = nil
        standing.remove(copy.name)
        changes.copies.remove(copy.name)
    }

    /// Drops the archive's oldest chunks.
    mutating func pruneArchive(while isOver: (_ runs: Int, _ lastEnd: Instant, _ count: Int) -> Bool) {
        changes.forgottenChunks.formUnion(archive.prune(while: isOver))
    }

    /// Stores how far the uninstallation is.
    mutating func put(_ uninstallation: Uninstallation) {
        guard self.uninstallation != uninstallation else { return }
        self.uninstallation = uninstallation
        changes.uninstallation = true
    }

    /// Takes a source in, or away; one of the configuration stays as it is.
    mutating func put(_ name: SourceName, _ given: GivenSource?) {
        guard !configuredSources.contains(name), givenSources[name] != given else { return }
        givenSources[name] = given
        sources[name] = given?.source
        readings[name] = nil
        changes.sources.insert(name)
    }

    /// Keeps the framework id, or forgets it.
    mutating func put(_ id: FrameworkID?) {
        guard frameworkID != id else { return }
        frameworkID = id
        changes.framework = true
    }

    /// The ids of all volumes that are production's, as last read: never to be touched.
    public var sourceVolumes: Set<VolumeID> {
        var ids = Set(readings.values.flatMap { $0.volumes.compactMap { $0?.id } })
        // A source may be unreadable now; what its copies came from is still production's.
        for copy in copies.values where copy.kind == .snapshot { ids.insert(copy.parent) }
        return ids
    }
}

extension Run {
    fileprivate var usesQuota: Bool { phase.isActive && phase != .requested }
}

extension Copy {
    fileprivate var usesQuota: Bool { kind == .snapshot && state != .gone }
}

extension SystemState {
    /// True while something may become due by time alone, within seconds.
    public var isBusy: Bool {
        reconciliation != nil || implicitReconciliationAt != nil || !looking.isEmpty || !wantingOutput.isEmpty
            || !wantingSeal.isEmpty
            || !unfinished.isEmpty || !withLiveTasks.isEmpty
            || !strays.isEmpty
            || nodesAt == nil
            || listedAt == nil || !missing.isEmpty
            || standing.contains { copies[$0].map { $0.state == .condemned || $0.state == .wanted } ?? false }
    }
}
