public import Lifecycle
public import Model
public import StateStore

/// One frame after another: events are applied, and what follows waits for the commit.
///
/// Synchronous and without clock, network or disk: ``Scheduler`` is the shell around it, a simulation is another. What
/// comes before what is decided here, so that both play by it.
public struct FrameLoop: Sendable {
    /// What one frame came to, and what its shell has to do about it, one step after the other.
    public struct Frame: Sendable {
        /// To be committed, each batch atomically, in this order, before anything else.
        public let batches: [[StateChange]]
        /// To be done once all of that is durable, in this order.
        public let effects: [Effect]
        /// Updates that may be taken note of once all of that is durable.
        public let updates: [TaskUpdate]
        /// For the log.
        public let notes: [Note]
        /// Runs that are new or different.
        public let changedRuns: Set<RunID>

        private var position = 0
        private var isCommitting = false

        fileprivate init(
            _ batches: [[StateChange]],
            _ effects: [Effect],
            _ updates: [TaskUpdate],
            _ notes: [Note],
            _ changedRuns: Set<RunID>
        ) {
            self.batches = batches
            self.effects = effects
            self.updates = updates
            self.notes = notes
            self.changedRuns = changedRuns
        }

        /// What is to be done next; nil when nothing is left.
        ///
        /// A commit has to be answered by ``committed(_:)`` before the next step can be had.
        public mutating func next() -> Step? {
            precondition(!isCommitting, "a step was asked for before its frame was durable")
            defer { position += 1 }
            var index = position
            if index < batches.count {
                isCommitting = true
                return .commit(batches[index])
            }
            index -= batches.count
            if index == 0 { return .tell }
            index -= 1
            if index < effects.count { return .act(effects[index]) }
            index -= effects.count
            if index < updates.count { return .acknowledge(updates[index]) }
            return nil
        }

        /// How the commit ended that was the last step.
        ///
        /// - Throws: `scheduler.fenced` or `scheduler.store`; nothing may follow then, and the process ends: whether the
        ///   commit happened is known to whoever opens the store next.
        public mutating func committed(_ result: Result<Int64, StateStoreError>) throws(SchedulerError) {
            switch result {
            case .success: isCommitting = false
            case .failure(let error):
                let code: SchedulerError.Code = [.fenced, .lost].contains(error.code) ? .fenced : .store
                throw SchedulerError(code, "a commit failed, so nothing follows from it: \(error)")
            }
        }
    }

    /// One thing that a shell does.
    public enum Step: Sendable {
        /// Writes a batch under the shell's epoch, waits, and says how it ended.
        case commit([StateChange])
        /// The frame is durable: whoever waits for that may be told.
        case tell
        /// Starts a call, and goes on.
        case act(Effect)
        /// Starts telling Mesos that an update is durable, and goes on.
        case acknowledge(TaskUpdate)
    }

    /// All that is known.
    public private(set) var state: SystemState
    private let batchChanges: Int

    /// Begins with what was loaded.
    ///
    /// - Parameters:
    ///   - state: from ``Records/load(_:)``.
    ///   - batchChanges: of one commit, at most; a frame that changes more takes several.
    public init(_ state: SystemState, batchChanges: Int = Records.batchChanges) {
        self.state = state
        self.batchChanges = batchChanges
    }

    /// Applies events that arrived together.
    ///
    /// - Throws: `scheduler.state_format` when a record cannot be written; nothing may follow then.
    public mutating func frame(_ events: [Event], at now: Instant) throws(SchedulerError) -> Frame {
        let transition = state.step(events, at: now)
        let effects = transition.effects + state.begin(at: now)
        let chunks = try Records.archive(&state, at: now)
        let changes = state.takeChanges()
        let batches = try Records.batches(for: changes, in: state, atMost: batchChanges) + chunks
        let updates = events.compactMap { event -> TaskUpdate? in
            guard case .update(let update) = event, update.uuid != nil else { return nil }
            return update
        }
        return Frame(batches, effects, updates, transition.notes, changes.runs)
    }
}
