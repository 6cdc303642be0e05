public import Model

/// Something that happened, or that somebody wants.
public enum Event: Sendable {
    /// Nothing but time.
    case tick
    /// A run that ``SystemState/admit(_:at:)`` has let in.
    case submitted(RunSpec, as: RunID)
    /// Release of a ready run, cancellation of any other; of an ended one: nothing.
    case release(RunID)
    /// A command that ``SystemState/admit(_:for:)`` has let in; of a run that has moved on since: nothing.
    case command(RunCommand, RunID)

    /// Somebody asks where a run of this source would fit: what is needed to tell is wanted for some seconds.
    case look(SourceName)

    /// Somebody wants copies to be listed and compared now.
    case sweep

    /// The master took our subscription; all offers of an earlier one are void.
    case subscribed(FrameworkID)
    /// The stream is gone.
    case disconnected
    /// The master has removed our framework, and refuses its id.
    case frameworkRemoved
    /// The removed framework is to be forgotten, as ``SystemState/admitFrameworkReset()`` has let in.
    case frameworkReset
    /// The installation is to end; one that is ending already goes on as it began.
    case uninstall(keepsCopies: Bool, patience: Span)
    /// A source was given over the API, or changed; runs that were admitted keep the one that they were admitted under.
    case sourceGiven(GivenSource)
    /// A source that was given over the API is taken away; its runs go on.
    case sourceTaken(SourceName)
    /// Offers; each is answered in the transition.
    case offers([Offer])
    /// A task's news.
    case update(TaskUpdate)
    /// An agent is lost, or a pod ended; the updates beside it say what became of the tasks.
    case failure(agent: AgentID?, executor: ExecutorID?, status: Int32?)

    /// A call to the master has ended.
    case called(Effect.Key, Outcome<Void>)
    /// Portworx' nodes were read.
    case nodesRead(Result<[StorageNode], ReadFault>)
    /// A source's volumes were looked up by name, in its order.
    case sourceRead(SourceName, Result<[Volume?], ReadFault>)
    /// A snapshot or clone was asked for.
    case created(CopyName, Outcome<Volume>)
    /// A copy was looked up by the name that we asked for.
    case found(CopyName, Result<Volume?, ReadFault>)
    /// A copy was inspected by its id.
    case inspected(CopyName, Result<Volume?, ReadFault>)
    /// A copy was deleted.
    case deleted(CopyName, Outcome<Void>)
    /// Volumes with our install label.
    case listed(Result<[Volume], ReadFault>)
    /// The end of what a run's suite said was read, or could not be.
    case outputRead(RunID, attempt: Int, SuiteReading)
    /// What the helper wrote of an attempt's sealing was read, or could not be.
    case sealRead(RunID, attempt: Int, Result<SealReport, ReadFault>)
}

/// Why something could not be read.
public struct ReadFault: Error, Hashable, Sendable {
    /// In a form that crosses modules.
    public let fault: Fault
    /// Wraps it.
    public init(_ fault: Fault) { self.fault = fault }
}
