/// What Mesos says a task is doing.
///
/// - Source: mesos 1.11 include/mesos/v1/mesos.proto, enum TaskState.
public enum TaskState: String, Hashable, Codable, Sendable, CaseIterable {
    /// The agent has it, nothing runs.
    case staging = "TASK_STAGING"
    /// The executor has it.
    case starting = "TASK_STARTING"
    /// Its process was started.
    case running = "TASK_RUNNING"
    /// Its grace runs.
    case killing = "TASK_KILLING"
    /// It ended with 0.
    case finished = "TASK_FINISHED"
    /// It ended otherwise, or could not be started.
    case failed = "TASK_FAILED"
    /// We asked for its end, or its pod ended.
    case killed = "TASK_KILLED"
    /// The master did not take it.
    case error = "TASK_ERROR"
    /// Nobody knows; it may be running.
    case lost = "TASK_LOST"
    /// It never started.
    case dropped = "TASK_DROPPED"
    /// Its agent is silent; it may be running.
    case unreachable = "TASK_UNREACHABLE"
    /// Its agent knows it no more.
    case gone = "TASK_GONE"
    /// An operator has declared its agent gone.
    case goneByOperator = "TASK_GONE_BY_OPERATOR"
    /// The master does not know it; it may be running.
    case unknown = "TASK_UNKNOWN"

    /// True when the task is surely not running now and never will be again.
    ///
    /// LOST, UNREACHABLE and UNKNOWN prove nothing (facts on Mesos, points 4 and 10): the task may yet be running.
    public var isTerminal: Bool {
        switch self {
        case .finished, .failed, .killed, .error, .dropped, .gone, .goneByOperator: true
        case .staging, .starting, .running, .killing, .lost, .unreachable, .unknown: false
        }
    }
}

/// One status update of one task.
///
/// - Source: mesos 1.11 include/mesos/v1/mesos.proto, message TaskStatus.
public struct TaskUpdate: Hashable, Sendable {
    /// Whose it is.
    public var taskID: TaskID
    /// The new state.
    public var state: TaskState
    /// `SOURCE_MASTER`, `SOURCE_AGENT`, `SOURCE_EXECUTOR`; nil when not said.
    public var source: String?
    /// `REASON_…` by name, or `REASON_<number>` for one we do not know; nil when not said.
    public var reason: String?
    /// For people; at most 4 KiB are kept.
    public var message: String?
    /// Where it runs; nil when the master does not know.
    public var agentID: AgentID?
    /// In which pod; nil when the master made the update up.
    public var executorID: ExecutorID?
    /// To be acknowledged exactly when present (16 bytes from Mesos).
    public var uuid: [UInt8]?
    /// Seconds since 1970 as the sender's clock has it.
    public var timestamp: Double?
    /// The exit code of the task's COMMAND check; nil before its first run and when there is no check.
    public var checkExitCode: Int32?
    /// The first IP address of the container; nil when it has none of its own.
    public var containerAddress: String?

    /// Wraps all of it.
    public init(
        taskID: TaskID,
        state: TaskState,
        source: String? = nil,
        reason: String? = nil,
        message: String? = nil,
        agentID: AgentID? = nil,
        executorID: ExecutorID? = nil,
        uuid: [UInt8]? = nil,
        timestamp: Double? = nil,
        checkExitCode: Int32? = nil,
        containerAddress: String? = nil
    ) {
        self.taskID = taskID
        self.state = state
        self.source = source
        self.reason = reason
        self.message = message
        self.agentID = agentID
        self.executorID = executorID
        self.uuid = uuid
        self.timestamp = timestamp
        self.checkExitCode = checkExitCode
        self.containerAddress = containerAddress
    }
}
