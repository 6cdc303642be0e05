public import Model

/// The answer of `/v1/sweep`: what the sweep would do now about everything that is ours or looks like it, and why.
public struct SweepView: Hashable, Codable, Sendable {
    /// How many entries are what; an entry is one of them.
    public struct Counts: Hashable, Codable, Sendable {
        /// Copies that a run or a lease holds.
        public var held: Int
        /// Copies that are to be deleted, after something else.
        public var waiting: Int
        /// Copies that are deleted now.
        public var deleting: Int
        /// Copies that cannot be deleted, for so long that a person should look.
        public var stuck: Int
        /// Volumes that are ours, and in no ledger.
        public var orphans: Int
        /// Volumes with our label that are not ours, and left alone.
        public var foreign: Int
        /// Tasks of ours that no run knows.
        public var tasks: Int

        /// Wraps all of it.
        public init(
            held: Int = 0,
            waiting: Int = 0,
            deleting: Int = 0,
            stuck: Int = 0,
            orphans: Int = 0,
            foreign: Int = 0,
            tasks: Int = 0
        ) {
            self.held = held
            self.waiting = waiting
            self.deleting = deleting
            self.stuck = stuck
            self.orphans = orphans
            self.foreign = foreign
            self.tasks = tasks
        }
    }

    /// Now, by the scheduler's clock.
    public var at: Timestamp
    /// As of when the latest list of volumes is; null before the first.
    @OrNull public var listed: Timestamp?
    /// Why the latest list could not be had; null when it could, or is on its way.
    @OrNull public var fault: String?
    /// How many are what.
    public var counts: Counts
    /// Copies by name, then volumes of no ledger and tasks of no run, by id.
    public var entries: [SweepEntryView]

    /// Wraps all of it.
    public init(
        at: Timestamp,
        listed: Timestamp? = nil,
        fault: String? = nil,
        counts: Counts = Counts(),
        entries: [SweepEntryView] = []
    ) {
        self.at = at
        self.listed = listed
        self.fault = fault
        self.counts = counts
        self.entries = entries
    }
}

/// What the sweep would do now about one copy, volume or task.
public struct SweepEntryView: Hashable, Codable, Sendable {
    /// The copy's name, the volume's, or the task's id.
    public var name: String
    /// `snapshot`, `clone`, `orphan` or `task`.
    public var kind: String
    /// Portworx' id; null for a task, and before it was read back.
    @OrNull public var volume: VolumeID?
    /// Whose it is; null when nothing says so.
    @OrNull public var run: RunID?
    /// `wanted`, `present`, `condemned`; `unknown` for what is in no ledger; a task's as Mesos says it.
    public var state: String
    /// `keep`, `make`, `look`, `wait`, `delete`, `end` or `nothing`.
    public var action: String
    /// For people: why that.
    public var why: String
    /// What holds a copy that cannot be deleted; null for what is not stuck.
    @OrNull public var stuck: StuckView?

    /// Wraps all of it.
    public init(
        name: String,
        kind: String,
        volume: VolumeID? = nil,
        run: RunID? = nil,
        state: String,
        action: String,
        why: String,
        stuck: StuckView? = nil
    ) {
        self.name = name
        self.kind = kind
        self.volume = volume
        self.run = run
        self.state = state
        self.action = action
        self.why = why
        self.stuck = stuck
    }
}

/// What holds a copy that is to be deleted and cannot be.
public struct StuckView: Hashable, Codable, Sendable {
    /// Since when.
    public var since: Timestamp
    /// Tries in a row that failed.
    public var failures: Int
    /// What Portworx last said.
    public var cause: String
    /// The node that has it attached, as Portworx names it; null when it is attached nowhere.
    @OrNull public var node: String?
    /// That node's host; null when not known.
    @OrNull public var host: String?
    /// Where it is mounted there; null when Portworx does not say.
    @OrNull public var path: String?
    /// What a person can do.
    public var advice: String

    /// Wraps all of it.
    public init(
        since: Timestamp,
        failures: Int,
        cause: String,
        node: String? = nil,
        host: String? = nil,
        path: String? = nil,
        advice: String
    ) {
        self.since = since
        self.failures = failures
        self.cause = cause
        self.node = node
        self.host = host
        self.path = path
        self.advice = advice
    }
}
