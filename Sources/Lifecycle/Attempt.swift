public import Model

/// One launch of a run's pod: Cassandra on one clone, and the suite beside it.
public struct Attempt: Hashable, Codable, Sendable {
    /// One of its tasks.
    public struct Task: Hashable, Codable, Sendable {
        /// Never used twice.
        public let id: TaskID
        /// As last heard; STAGING before the first word.
        public internal(set) var state = TaskState.staging
        /// When that was heard.
        public internal(set) var at: Instant
        /// True once it was heard to have started.
        public internal(set) var started = false
        /// What Mesos said about the last state.
        public internal(set) var message: String?
        /// Mesos' reason for the last state, by name.
        public internal(set) var reason: String?
        /// Of its COMMAND check.
        public internal(set) var checkExitCode: Int32?
        /// True for an end that the master alone has told of; nil otherwise, and in older records.
        ///
        /// Its agent's own word, which says how it ended, is on its way until somebody has acknowledged it.
        public internal(set) var isHearsay: Bool?

        /// True for a suite that has run to its end, whatever it found.
        var hasAnswered: Bool { state == .finished || (state == .failed && started && !neverBegan) }

        /// True for a suite that its container, or the helper in it, could not start; docker's own code for that, 125, is no
        /// suite's.
        var neverBegan: Bool {
            guard state == .failed else { return false }
            return reason == "REASON_CONTAINER_LAUNCH_FAILED"
                || message == "Command exited with status \(SealFault.awaitFailed)"
        }

        /// True where the agent's fetcher failed (`recordings/mesos/02-launch`).
        var couldNotFetch: Bool {
            state == .failed && reason == "REASON_CONTAINER_LAUNCH_FAILED" && message?.contains("fetch") == true
        }

        init(id: TaskID, at: Instant) {
            self.id = id
            self.at = at
        }
    }

    /// 1 for the first of its run.
    public let number: Int
    /// What it writes to; used by no other attempt at the same time.
    public let clone: CopyName
    /// Where.
    public let agent: AgentID
    /// The agent's host name.
    public let hostname: String
    /// Where clients reach the agent.
    public let address: String
    /// The Portworx node on that host.
    public let node: NodeID
    /// From the offer; the first is for CQL.
    public let ports: [UInt16]
    /// Cut from the offer, per task: executor, cassandra, suite.
    public let resources: PodResources
    /// Unique for ever.
    public let executorID: ExecutorID
    /// When it was decided.
    public let at: Instant
    /// When the agent ends the tasks by itself.
    public let maxCompletion: Span
    /// The agent's HTTP port, which its sandboxes are read at; nil when the offer had none, or is older than this field.
    public internal(set) var agentPort: Int?
    /// The database.
    public internal(set) var cassandra: Task
    /// The tests; nil in a service run.
    public internal(set) var suite: Task?
    /// The container's own address; nil before it is known and in host mode.
    public internal(set) var containerAddress: String?
    /// True once name and id of the clone were seen to agree after STARTING.
    public internal(set) var verified = false
    /// How its copy was sealed; nil before that was read.
    public internal(set) var seal: SealRecord?
    /// When its end was last asked for.
    public internal(set) var killedAt: Instant?
    /// How often its end was asked for.
    public internal(set) var kills = 0
    /// True once its failure has been dealt with: nothing follows from later updates.
    public internal(set) var settled = false

    /// Cassandra first.
    public var tasks: [Task] { suite.map { [cassandra, $0] } ?? [cassandra] }
    /// True when no task of it can be running, now or later.
    public var isTerminal: Bool { tasks.allSatisfy { $0.state.isTerminal } }
    /// True when it ended without any task having started.
    public var neverStarted: Bool { isTerminal && tasks.allSatisfy { !$0.started } }
    /// The tasks that may be running.
    public var live: [Task] { tasks.filter { !$0.state.isTerminal } }

    /// When the last of its live tasks was heard to be somewhere out of sight; nil when one is in sight or none lives.
    public var outOfSightSince: Instant? {
        let live = live
        guard !live.isEmpty, live.allSatisfy({ $0.state.isOutOfSight }) else { return nil }
        return live.map(\.at).max()
    }
}

/// The resources of one pod, as they were cut from the offer.
public struct PodResources: Hashable, Codable, Sendable {
    /// For the default executor.
    public var executor: [Resource]
    /// For the database.
    public var cassandra: [Resource]
    /// For the tests; empty in a service run.
    public var suite: [Resource]

    /// Wraps the three.
    public init(executor: [Resource], cassandra: [Resource], suite: [Resource]) {
        self.executor = executor
        self.cassandra = cassandra
        self.suite = suite
    }
}

extension TaskState {
    /// True when nobody can say whether the task runs (facts on Mesos, points 4 and 10).
    public var isOutOfSight: Bool {
        switch self {
        case .lost, .unreachable, .unknown: true
        case .staging, .starting, .running, .killing, .finished, .failed, .killed, .error, .dropped, .gone,
            .goneByOperator:
            false
        }
    }
}
