/// Where a run is (design, §3).
public enum Phase: String, Hashable, Codable, Sendable, CaseIterable {
    /// Waits for its quota and for a fitting offer; holds no volume.
    case requested
    /// Production's memtables are being flushed.
    case quiescing
    /// Its snapshot is being taken.
    case snapshotting
    /// Its clone is being made.
    case cloning
    /// Its clone waits for an offer.
    case waiting
    /// Its pod has been sent to an agent.
    case launching
    /// Cassandra boots.
    case starting
    /// The copy's identity is being rewritten.
    case sealing
    /// Cassandra answers.
    case ready
    /// The suite runs.
    case testing
    /// The result is set; we clean up.
    case ending
    /// Nothing of it is left but what is kept on purpose.
    case ended

    /// True while it counts against quotas and holds its copies.
    public var isActive: Bool {
        switch self {
        case .requested, .quiescing, .snapshotting, .cloning, .waiting, .launching, .starting, .sealing, .ready,
            .testing:
            true
        case .ending, .ended: false
        }
    }

    /// True from the launch until the result.
    public var hasPod: Bool {
        switch self {
        case .launching, .starting, .sealing, .ready, .testing: true
        case .requested, .quiescing, .snapshotting, .cloning, .waiting, .ending, .ended: false
        }
    }
}

/// How a run ended.
public enum RunResult: String, Hashable, Codable, Sendable, CaseIterable {
    /// The suite exited 0.
    case passed
    /// The suite did not.
    case failed
    /// A service run was given back.
    case released
    /// Somebody asked for its end before it was ready.
    case cancelled
    /// Its lease ended.
    case expired
    /// The infrastructure could not do it; no word about the code under test.
    case error
}
