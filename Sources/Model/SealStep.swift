/// How far a copy's sealing is; the raw value is the exit code of the task's COMMAND check.
///
/// Such a code reaches us in a status update and is as durable as that (`recordings/mesos/19-sandbox-files`): a scheduler
/// that was away learns where a boot stands.
public enum SealStep: Int32, Hashable, Codable, Sendable, CaseIterable {
    /// Sealed, verified, and answering on the published port.
    case ready = 0
    /// The helper, the directory and the configuration are looked at.
    case preparing = 20
    /// Cassandra boots where nobody can reach it and it can reach nobody.
    case isolating = 21
    /// What the copy says of itself, its ring and its keyspaces is read.
    case reading = 22
    /// Its identity, its peers and its replication are rewritten.
    case rewriting = 23
    /// The operator's CQL runs.
    case masking = 24
    /// Who may log in is settled.
    case admitting = 25
    /// Everything is written to disk, and Cassandra stops.
    case draining = 26
    /// Cassandra boots under its new name, on the published port.
    case rebooting = 27
    /// Everything is read back over the published port.
    case verifying = 28
    /// The other nodes of its ring are waited for.
    case joining = 30
    /// Sealed, but the published port does not answer at this moment.
    case silent = 29

    /// As the API and the page show it.
    public var name: String { "\(self)" }

    /// True from the first statement on, ready included.
    public var isSealing: Bool { self != .preparing && self != .isolating }
}

/// Why a copy could not be sealed; the raw value is the exit code of its task.
public enum SealFault: Int32, Hashable, Sendable, CaseIterable, Error {
    /// The helper was not told what to do, or was told nonsense.
    case badOrder = 64
    /// The helper is not the program that the scheduler knows.
    case otherHelper = 65
    /// The image has no Cassandra, or no configuration of it.
    case noCassandra = 66
    /// The sandbox, or the clone, cannot be written.
    case cannotWrite = 67
    /// Cassandra ended before it answered, for a reason that was not recognised.
    case bootFailed = 70
    /// Cassandra did not answer in time.
    case bootTimedOut = 71
    /// Another process listens where this copy's Cassandra should.
    case notOurCassandra = 72
    /// The source's settings are not those of the data.
    case wrongSettings = 73
    /// A statement that rewrites the copy's identity was refused.
    case rewriteRefused = 74
    /// The operator's CQL was refused.
    case maskRefused = 75
    /// The login could not be written.
    case loginRefused = 76
    /// Cassandra could not be drained and stopped.
    case drainFailed = 77
    /// The directory holds no Cassandra data.
    case noData = 78
    /// What was read back is not what was written.
    case notSealed = 79
    /// The copy holds a part of the data only, and the run requires all of it.
    case incomplete = 80
    /// The source has no mask, and the run requires one.
    case noMask = 81
    /// The data's Cassandra is of another line than the source says.
    case otherVersion = 82
    /// The nodes of the ring did not come together in time.
    case notJoined = 83
    /// Two volumes of the ring are copies of one node.
    case badRing = 84

    /// What the helper beside a suite exits with when it cannot start it, as `docker run` does.
    public static let awaitFailed: Int32 = 125

    /// As runs, logs and `seal.json` name it.
    public var name: String { "\(self)" }

    /// For people, when no more is known than the code.
    public var sentence: String {
        switch self {
        case .badOrder: "the helper was not told what to do"
        case .otherHelper: "the helper that was fetched is not the one that this scheduler knows"
        case .noCassandra: "the image has no Cassandra that the helper could find"
        case .cannotWrite: "the sandbox or the clone cannot be written"
        case .bootFailed: "Cassandra ended before it answered"
        case .bootTimedOut: "Cassandra did not answer in time"
        case .notOurCassandra: "another process listens where the copy's Cassandra should"
        case .wrongSettings: "the source's settings are not those of the data"
        case .rewriteRefused: "the copy's identity could not be rewritten"
        case .maskRefused: "the mask was refused"
        case .loginRefused: "the run's login could not be written"
        case .drainFailed: "Cassandra could not be drained and stopped"
        case .noData: "the clone holds no Cassandra data"
        case .notSealed: "what was read back is not what was written"
        case .incomplete: "the copy holds a part of the data only"
        case .noMask: "a mask is required and the source has none"
        case .otherVersion: "the data's Cassandra is of another line than the source says"
        case .notJoined: "the nodes of the ring did not come together in time"
        case .badRing: "two volumes of the ring are copies of one node"
        }
    }

    /// True when another clone on another agent may fare better.
    public var isWorthRetrying: Bool {
        switch self {
        case .otherHelper, .cannotWrite, .bootFailed, .bootTimedOut, .notOurCassandra, .drainFailed, .notJoined: true
        case .badOrder, .noCassandra, .wrongSettings, .rewriteRefused, .maskRefused, .loginRefused, .noData,
            .notSealed, .incomplete, .noMask, .otherVersion, .badRing:
            false
        }
    }
}
