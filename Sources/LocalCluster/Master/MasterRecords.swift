import Model

/// An offer that waits for its answer.
struct OutstandingOffer: Sendable {
    var id: String
    var framework: String
    var agent: String
    var resources: ResourceAmount
    var role: String
}

/// A framework as the master knows it.
struct FrameworkRecord: Sendable {
    /// What an agent's refused offers were, and until when they stay away.
    struct Refusal: Sendable {
        var resources: ResourceAmount
        var until: Double
    }

    let id: String
    var info: FrameworkDescription
    /// nil while nobody is subscribed.
    var stream: EventStream?
    var streamID = ""
    var suppressed = false
    var refusals: [String: Refusal] = [:]
    /// False after the master's restart until it subscribes again: only the agents know of it.
    var isKnown = true
    /// Since when nobody is subscribed.
    var disconnectedAt: Double?
    var lastHeartbeat = 0.0
    var tasks: [String: TaskRecord] = [:]
    /// The latest first, at most 100.
    var completedTasks: [TaskRecord] = []
    /// True for a framework of our own, which has no scheduler.
    var isBuiltIn = false

    var role: String { info.roles.first ?? "*" }
}

/// A task as the master knows it.
struct TaskRecord: Sendable {
    var description: TaskDescription
    var executor: String
    var agent: String
    var latest: StatusUpdate {
        didSet { told = Array((told + [latest]).suffix(Self.toldMax)) }
    }
    /// The last of its updates, the oldest first.
    var told: [StatusUpdate] = []
    /// Not acknowledged yet; the first of them is on its way.
    var queue: [StatusUpdate] = []
    var sentAt = 0.0
    var retryDelay = 0.0

    /// Far more than a task's life has; a check that flaps must not fill the state.
    private static let toldMax = 32
}

/// The subscription's end that the master writes to.
struct EventStream: Sendable {
    /// More than any reader that still reads leaves lying; who does not read is cut off.
    private static let waitingMax = 10_000

    /// What the reader's side does next.
    enum Item: Sendable {
        /// Sends it, past the faults.
        case record(MasterEvent.Record)
        /// Sends it, whatever the faults say: they have spoken.
        case late(MasterEvent.Record)
        /// Closes the connection without a word, as a master that dies.
        case cut
    }

    private let feed: AsyncStream<Item>.Continuation

    /// Makes both ends.
    static func make() -> (EventStream, AsyncStream<Item>) {
        let (items, feed) = AsyncStream.makeStream(of: Item.self, bufferingPolicy: .bufferingOldest(waitingMax))
        return (EventStream(feed: feed), items)
    }

    func yield(_ record: MasterEvent.Record) { yield(.record(record)) }

    func yieldLate(_ record: MasterEvent.Record) { yield(.late(record)) }

    private func yield(_ item: Item) {
        if case .dropped = feed.yield(item) { feed.finish() }
    }

    func finish() { feed.finish() }

    func cut() {
        feed.yield(.cut)
        feed.finish()
    }
}

/// How a local cluster behaves in time; the defaults are Mesos' own.
public struct LocalClusterSettings: Sendable {
    /// Seconds between heartbeats.
    public var heartbeat: Double
    /// Seconds between two allocations; a REVIVE does not wait for it.
    public var allocation: Double
    /// Seconds until an update that nobody acknowledged is sent again; doubles each time.
    public var updateRetry: Double
    /// The master's; 0 picks one.
    public var masterPort: Int
    /// Of the control calls; 0 picks one.
    public var controlPort = 0
    /// Seconds between a task's STARTING and its start, as an image has to be fetched on a real agent.
    public var imagePull = 0.0
    /// What fetches a task's files: a program and its first arguments, which path, `--` and URL follow.
    public var fetcher = ["/usr/bin/curl", "--fail", "--silent", "--show-error", "--max-time", "60", "--output"]
    /// What copies a volume's directory: a program and its first arguments, which source and target follow; `cp` keeps
    /// owners, modes, times and links, and shares blocks where the file system can.
    public var copier = ["cp", "-aT", "--reflink=auto", "--"]
    /// Seconds that a storage call takes which makes or deletes a volume.
    public var storageCall = 0.0
    /// Whose tokens schedulers and readers of sandboxes need; nil for nobody's.
    public var identity: IdentityService?

    /// Wraps the first four; the delays are none, and the control calls' port is picked.
    public init(heartbeat: Double = 15, allocation: Double = 1, updateRetry: Double = 10, masterPort: Int = 0) {
        self.heartbeat = heartbeat
        self.allocation = allocation
        self.updateRetry = updateRetry
        self.masterPort = masterPort
    }

    /// Seconds between two looks at the clock: so fine that nothing is much later than it should be.
    var tick: Double { max(0.005, min(allocation, heartbeat / 10, updateRetry / 10)) }
}
