public import Lifecycle
public import Model
public import StateStore

/// One frame after another: events are applied, and what follows waits for the commit.
///
/// Synchronous and without clock, network or disk: ``Scheduler`` is the shell around it, a simulation is another.
public struct FrameLoop: Sendable {
    /// What one frame came to.
    public struct Frame: Sendable {
        /// To be committed, each batch atomically, in this order, before anything else.
        public var batches: [[StateChange]]
        /// To be done once all of that is durable, in this order.
        public var effects: [Effect]
        /// For the log.
        public var notes: [Note]
        /// Runs that are new or different.
        public var changedRuns: Set<RunID> = []
    }

    /// All that is known.
    public private(set) var state: SystemState

    /// Begins with what was loaded.
    public init(_ state: SystemState) { self.state = state }

    /// Applies events that arrived together.
    ///
    /// - Throws: `scheduler.state_format` when a record cannot be written; nothing may follow then.
    public mutating func frame(_ events: [Event], at now: Instant) throws(SchedulerError) -> Frame {
        let transition = state.step(events, at: now)
        var frame = Frame(batches: [], effects: transition.effects, notes: transition.notes)
        frame.effects += state.begin(at: now)
        let changes = state.takeChanges()
        frame.batches = try Records.batches(for: changes, in: state)
        frame.changedRuns = changes.runs
        return frame
    }
}
