/// Where a run stands, as the API says it; in the order a run goes through them.
public enum RunPhase: String, Hashable, Codable, Sendable, CaseIterable {
    /// Taken down; waits for its turn.
    case requested
    /// Production's memtables are being flushed.
    case quiescing
    /// The snapshot is being taken.
    case snapshotting
    /// The clone is being made.
    case cloning
    /// The copy is there; no fitting offer yet.
    case waiting
    /// Its tasks are on their way to an agent.
    case launching
    /// Its tasks start.
    case starting
    /// The copy loses production's identity.
    case sealing
    /// The copy may be used.
    case ready
    /// The suite runs.
    case testing
    /// The result is set; the copies are being removed.
    case ending
    /// Nothing of it is left but what is kept on purpose.
    case ended
}

/// How a run came out.
public enum RunResult: String, Hashable, Codable, Sendable, CaseIterable {
    /// The suite exited with 0.
    case passed
    /// The suite exited with anything else.
    case failed
    /// A service run that its user gave back.
    case released
    /// Ended by its user before it had a result.
    case cancelled
    /// A deadline ran out.
    case expired
    /// The infrastructure or the scheduler failed.
    case error
}
