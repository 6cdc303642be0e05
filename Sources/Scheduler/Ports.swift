public import Lifecycle
public import Model

/// What the scheduler needs of Mesos.
///
/// No call is made but for an effect that is durable.
public protocol ClusterPort: Sendable {
    /// Launches an attempt's pod from these offers, all of one agent.
    func launch(_ order: LaunchOrder) async -> Outcome<Void>
    /// Launches the flush before a run's snapshot from these offers, all of one agent.
    func flush(_ order: FlushOrder) async -> Outcome<Void>
    /// Gives offers back. Unknown ids are no error.
    func decline(_ offers: [OfferID], refuse: Span) async -> Outcome<Void>
    /// Opens the flow of offers and clears all refusals.
    func revive() async -> Outcome<Void>
    /// Stops the flow of offers.
    func suppress() async -> Outcome<Void>
    /// Ends a task, and with it its pod. Safe to repeat.
    func kill(_ task: TaskID, on agent: AgentID?, grace: Span) async -> Outcome<Void>
    /// Asks for the latest state of these tasks; the answers come as updates.
    func reconcile(_ questions: [Effect.TaskQuestion]) async -> Outcome<Void>
    /// Ends the framework and all its tasks for good; one that is gone already cannot be called for.
    func teardown() async -> Outcome<Void>
    /// Takes note of an update that is durable; one that is lost comes again.
    func acknowledge(_ update: TaskUpdate) async
}

/// All that a pod is made from.
public struct LaunchOrder: Hashable, Sendable {
    /// As committed.
    public let run: Run
    /// Which of its attempts.
    public let attempt: Attempt
    /// All of one agent.
    public let offers: [OfferID]
    /// For the delays and the volume driver.
    public let settings: Settings
    /// Of a source that was given over the API, the operator's CQL; nil for none, and where the configuration has it.
    public let mask: String?
    /// The installation's id.
    public let install: String

    /// Wraps all of it.
    public init(
        run: Run,
        attempt: Attempt,
        offers: [OfferID],
        settings: Settings,
        mask: String? = nil,
        install: String
    ) {
        self.install = install
        self.run = run
        self.attempt = attempt
        self.offers = offers
        self.settings = settings
        self.mask = mask
    }
}

/// All that a flush is made from.
public struct FlushOrder: Hashable, Sendable {
    /// As committed.
    public let run: Run
    /// Which of its flushes.
    public let flush: Flush
    /// All of one agent.
    public let offers: [OfferID]
    /// For the delays.
    public let settings: Settings

    /// Wraps the four.
    public init(run: Run, flush: Flush, offers: [OfferID], settings: Settings) {
        self.run = run
        self.flush = flush
        self.offers = offers
        self.settings = settings
    }
}

/// What the scheduler needs of Portworx.
///
/// Nothing here can name a source in a call that changes something.
public protocol VolumePort: Sendable {
    /// All nodes with their pools.
    func nodes() async -> Result<[StorageNode], ReadFault>
    /// The volume of exactly this name; nil when there is none.
    func volume(named name: String) async -> Result<Volume?, ReadFault>
    /// The volume of this id; nil when there is none.
    func inspect(_ id: VolumeID) async -> Result<Volume?, ReadFault>
    /// All volumes that carry our install label.
    func volumes(install: String) async -> Result<[Volume], ReadFault>
    /// Makes a snapshot or a clone; looks for the name first, so that it is safe to repeat.
    func create(
        _ name: CopyName,
        _ kind: Copy.Kind,
        of parent: VolumeID,
        labels: [String: String]
    ) async -> Outcome<Volume>
    /// Looks for a copy that may have been asked for before, and finishes it when it is there; nil when it is not.
    func adopt(
        _ name: CopyName,
        of parent: VolumeID,
        labels: [String: String]
    ) async -> Result<Volume?, ReadFault>
    /// Deletes a copy; one that is not there is deleted already.
    func delete(_ copy: CopyVolumeID) async -> Outcome<Void>
}
