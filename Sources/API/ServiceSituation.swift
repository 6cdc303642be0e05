public import Model

/// How a scheduler that leads stands, as far as the cluster's own tools want to know.
public struct ServiceSituation: Hashable, Sendable {
    /// A run that cannot go on for want of something that others have.
    public struct Starving: Hashable, Sendable {
        /// Which.
        public var run: RunID
        /// For people: what is missing.
        public var why: String

        /// Wraps both.
        public init(run: RunID, why: String) {
            self.run = run
            self.why = why
        }
    }

    /// How far the end of an installation is.
    public enum Uninstall: Hashable, Sendable {
        /// Something of it is left.
        case underWay
        /// Nothing is left to do.
        case over
    }

    /// What it can do.
    public var health: HealthView
    /// nil while nobody has asked for the end.
    public var uninstall: Uninstall?
    /// Why it acts on nothing, for people; nil when nothing keeps it.
    public var pause: String?
    /// What Portworx failed to do last, for people; nil when it answered, and before it was asked.
    public var storageFault: String?
    /// Runs whose snapshot is being taken, by id.
    public var snapshotting: [RunID]
    /// Runs whose clone is being made, by id.
    public var cloning: [RunID]
    /// Runs that offers have lacked room for, for longer than is usual, by id.
    public var starving: [Starving]

    /// Wraps all of it.
    public init(
        health: HealthView,
        uninstall: Uninstall? = nil,
        pause: String? = nil,
        storageFault: String? = nil,
        snapshotting: [RunID] = [],
        cloning: [RunID] = [],
        starving: [Starving] = []
    ) {
        self.health = health
        self.uninstall = uninstall
        self.pause = pause
        self.storageFault = storageFault
        self.snapshotting = snapshotting
        self.cloning = cloning
        self.starving = starving
    }

    /// True when Portworx was not asked yet, or has not answered for the first time.
    var awaitsStorage: Bool { !health.portworx && storageFault == nil }
}
