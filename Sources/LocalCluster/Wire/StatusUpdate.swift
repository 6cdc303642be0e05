import Model

/// One status update on its way to a framework.
///
/// - Source: mesos 1.11 include/mesos/v1/mesos.proto, message TaskStatus; field numbers as there.
struct StatusUpdate: Sendable {
    /// Who says so.
    enum Source: UInt64, Sendable {
        case master = 0
        case agent = 1
        case executor = 2
    }

    /// The reasons that a local cluster gives.
    enum Reason: UInt64, Sendable {
        case invalidOffers = 6
        case reconciliation = 9
        case agentRemoved = 11
        case taskInvalid = 14
        case taskGroupInvalid = 25
        case containerLaunchFailed = 21
        case checkStatusUpdated = 28
        case agentRemovedByOperator = 31
        case agentReregistered = 32
        case maxCompletionTimeReached = 33
    }

    /// What is known of the task's COMMAND check.
    enum CheckStatus: Hashable, Sendable {
        case none
        case pending
        case exited(Int32)
    }

    var task: String
    var state: TaskState
    var source: Source
    var reason: Reason?
    var message: String?
    var agent: String?
    var executor: String?
    /// Empty for what the master makes up itself.
    var uuid: [UInt8] = []
    /// Seconds since 1970.
    var timestamp: Double
    var check = CheckStatus.none
    /// The container's id, and its executor's in a pod; nil when the master made the update up.
    var container: (id: String, parent: String?)?

    /// As it is told when asked: by the master, without a uuid.
    func reconciled(
        at now: Double,
        _ reason: Reason = .reconciliation,
        _ message: String = "Reconciliation: Latest task state"
    ) -> StatusUpdate {
        var copy = self
        copy.source = .master
        copy.reason = reason
        copy.message = message
        copy.uuid = []
        // A command task's executor is nobody's business (04-reconcile).
        if container?.parent == nil { copy.executor = nil }
        copy.timestamp = now
        return copy
    }

    func write(to writer: inout ProtoWriter) {
        writer.id(1, task)
        writer.varint(2, state.number)
        if let message { writer.string(4, message) }
        if let agent { writer.id(5, agent) }
        writer.double(6, timestamp)
        if let executor { writer.id(7, executor) }
        writer.varint(9, source.rawValue)
        if let reason { writer.varint(10, reason.rawValue) }
        if !uuid.isEmpty { writer.data(11, uuid) }
        if let container {
            writer.message(13) { status in
                status.message(1) { address in
                    address.message(5) { $0.string(2, "127.0.0.1") }
                }
                status.message(4) { id in
                    id.string(1, container.id)
                    if let parent = container.parent { id.id(2, parent) }
                }
            }
        }
        switch check {
        case .none: break
        case .pending, .exited:
            writer.message(15) { status in
                status.varint(1, 1)
                status.message(2) { command in
                    if case .exited(let code) = check { command.int32(1, code) }
                }
            }
        }
    }
}

extension TaskState {
    /// As numbered on the wire.
    var number: UInt64 {
        switch self {
        case .starting: 0
        case .running: 1
        case .finished: 2
        case .failed: 3
        case .killed: 4
        case .lost: 5
        case .staging: 6
        case .error: 7
        case .killing: 8
        case .dropped: 9
        case .unreachable: 10
        case .gone: 11
        case .goneByOperator: 12
        case .unknown: 13
        }
    }
}
