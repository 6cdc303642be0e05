public import Model

/// Something to be done outside, once the state that asks for it is durable.
///
/// Each is idempotent, or is followed by a look.
public enum Effect: Hashable, Sendable {
    /// Opens the flow of offers and clears all refusals.
    case revive
    /// Stops the flow of offers.
    case suppress
    /// Asks what became of these tasks; of none, for all that the master knows.
    case reconcile([TaskQuestion])
    /// Launches an attempt of a run from these offers.
    case launch(RunID, attempt: Int, offers: [OfferID])
    /// Launches the flush before a run's snapshot from these offers.
    case flush(RunID, number: Int, offers: [OfferID])
    /// Gives offers back.
    case decline([OfferID], refuse: Span)
    /// Ends a task and its pod.
    case kill(TaskID, AgentID?, grace: Span)
    /// Reads nodes and pools.
    case readNodes
    /// Looks up a source's volumes by name.
    case readSource(SourceName, volumes: [String])
    /// Makes a snapshot or a clone under this name; looks first.
    case create(CopyName, Copy.Kind, of: VolumeID, labels: [String: String])
    /// Looks for a snapshot or a clone that may have been asked for before, and finishes it when it is there.
    case adopt(CopyName, of: VolumeID, labels: [String: String])
    /// Looks a copy up by name.
    case find(CopyName)
    /// Inspects a copy by id.
    case inspect(CopyName, VolumeID)
    /// Deletes a copy.
    case delete(CopyName, CopyVolumeID)
    /// Lists all volumes with our install label.
    case list(install: String)
    /// Reads the end of what a failed suite said.
    case readOutput(RunID, attempt: Int)
    /// Reads what the helper has written of an attempt's sealing.
    case readSeal(RunID, attempt: Int)
    /// Has the master end all of our tasks and forget our framework, for good.
    case teardown

    /// A task to ask the master about.
    public struct TaskQuestion: Hashable, Sendable {
        /// Which.
        public let task: TaskID
        /// Where.
        public let agent: AgentID
    }

    /// What can be under way only once at a time.
    public enum Key: Hashable, Sendable {
        /// REVIVE and SUPPRESS: their order matters.
        case offerFlow
        /// RECONCILE.
        case reconcile
        /// ACCEPT.
        case launch(RunID, attempt: Int)
        /// ACCEPT, for a flush.
        case flush(RunID, number: Int)
        /// DECLINE of these.
        case decline([OfferID])
        /// KILL.
        case kill(TaskID)
        /// The nodes.
        case nodes
        /// One source.
        case source(SourceName)
        /// Whatever is done with one copy.
        case copy(CopyName)
        /// The list of copies.
        case list
        /// What a run's suite said.
        case output(RunID)
        /// What a run's helper wrote.
        case seal(RunID)
        /// TEARDOWN.
        case teardown
    }

    /// What it takes up.
    public var key: Key {
        switch self {
        case .revive, .suppress: .offerFlow
        case .reconcile: .reconcile
        case .launch(let run, let attempt, _): .launch(run, attempt: attempt)
        case .flush(let run, let number, _): .flush(run, number: number)
        case .decline(let offers, _): .decline(offers)
        case .kill(let task, _, _): .kill(task)
        case .readNodes: .nodes
        case .readSource(let name, _): .source(name)
        case .create(let name, _, _, _), .adopt(let name, _, _), .find(let name), .inspect(let name, _),
            .delete(let name, _):
            .copy(name)
        case .list: .list
        case .readOutput(let run, _): .output(run)
        case .readSeal(let run, _): .seal(run)
        case .teardown: .teardown
        }
    }
}
