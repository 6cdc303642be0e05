/// One call of a scheduler, as it came over the wire.
///
/// - Source: mesos 1.11 include/mesos/v1/scheduler/scheduler.proto, message Call; field numbers as there.
struct MasterCall {
    /// Why a call cannot be read, in the real master's words (`recordings/mesos/06-errors`).
    struct Invalid: Error { let text: String }

    enum Body {
        case subscribe(FrameworkDescription, suppressed: [String])
        case teardown
        case accept(offers: [String], operations: [Operation], refuse: Double?)
        case decline(offers: [String], refuse: Double?)
        case revive
        case suppress
        case kill(task: String, agent: String?, grace: Double?)
        case acknowledge(task: String, uuid: [UInt8])
        case reconcile([(task: String, agent: String?)])
        case shutdown(executor: String, agent: String)
        /// Valid, and nothing that this master does.
        case ignored
    }

    enum Operation {
        case launch([TaskDescription])
        case launchGroup(ExecutorDescription, [TaskDescription])
        case other
    }

    var frameworkID: String?
    var body: Body

    init(_ bytes: [UInt8]) throws(Invalid) {
        guard let message = ProtoMessage(bytes) else { throw Invalid(text: "Failed to parse body into Call protobuf") }
        frameworkID = message.id(1)
        guard frameworkID != nil || !message.has(1) else { throw Self.unparsable }
        // A real master aborts at type 0; a number that it does not know counts as absent, as protobuf 2 has it.
        guard let type = message.uint(2), Self.types.contains(type) else { throw Self.missing("type") }
        body = try Self.body(type, message)
        if case .subscribe(let info, _) = body {
            guard frameworkID == info.id else {
                throw Invalid(
                    text:
                        "Failed to validate scheduler::Call: 'framework_id' differs from 'subscribe.framework_info.id'"
                )
            }
        } else if frameworkID == nil {
            throw Self.missing("framework_id")
        }
    }

    /// SUBSCRIBE to UPDATE_FRAMEWORK.
    private static let types: ClosedRange<UInt64> = 1...17
    /// For a message that lacks a required field.
    private static let unparsable = Invalid(text: "Failed to parse body into Call protobuf")

    private static func missing(_ field: String) -> Invalid {
        Invalid(text: "Failed to validate scheduler::Call: Expecting '\(field)' to be present")
    }

    private static func body(_ type: UInt64, _ message: ProtoMessage) throws(Invalid) -> Body {
        switch type {
        case 1:
            guard let subscribe = message.message(3) else { throw missing("subscribe") }
            guard let info = subscribe.message(1).flatMap(FrameworkDescription.init) else { throw unparsable }
            return .subscribe(info, suppressed: subscribe.strings(2))
        case 2: return .teardown
        case 3:
            guard let accept = message.message(4) else { throw missing("accept") }
            return .accept(
                offers: accept.messages(1).compactMap { $0.string(1) },
                operations: accept.messages(2).map(operation),
                refuse: accept.message(3)?.double(1)
            )
        case 4:
            guard let decline = message.message(5) else { throw missing("decline") }
            return .decline(
                offers: decline.messages(1).compactMap { $0.string(1) },
                refuse: decline.message(2)?.double(1)
            )
        case 5: return .revive
        case 6:
            guard let kill = message.message(6) else { throw missing("kill") }
            guard let task = kill.id(1) else { throw unparsable }
            return .kill(task: task, agent: kill.id(2), grace: kill.message(3).flatMap(graceSeconds))
        case 7:
            guard let shutdown = message.message(7) else { throw missing("shutdown") }
            guard let executor = shutdown.id(1), let agent = shutdown.id(2) else { throw unparsable }
            return .shutdown(executor: executor, agent: agent)
        case 8:
            guard let acknowledge = message.message(8) else { throw missing("acknowledge") }
            guard acknowledge.id(1) != nil, let task = acknowledge.id(2), let uuid = acknowledge.data(3) else {
                throw unparsable
            }
            guard uuid.count == 16 else { throw Invalid(text: "Failed to validate scheduler::Call: Not a valid UUID") }
            return .acknowledge(task: task, uuid: uuid)
        case 9:
            guard let reconcile = message.message(9) else { throw missing("reconcile") }
            return .reconcile(reconcile.messages(1).compactMap { task in task.id(1).map { ($0, task.id(2)) } })
        case 12: return .suppress
        default: return .ignored
        }
    }

    private static func operation(_ message: ProtoMessage) -> Operation {
        switch message.uint(1) {
        case 1: .launch(message.message(2)?.messages(1).compactMap(TaskDescription.init) ?? [])
        case 6:
            if let group = message.message(7), let executor = group.message(1).flatMap(ExecutorDescription.init) {
                .launchGroup(executor, group.message(2)?.messages(1).compactMap(TaskDescription.init) ?? [])
            } else {
                .other
            }
        default: .other
        }
    }
}

/// Seconds of a KillPolicy's grace period.
func graceSeconds(_ policy: ProtoMessage) -> Double? { policy.message(1).flatMap(secondsOfDuration) }

/// Seconds of a DurationInfo, which is in nanoseconds; none below zero.
func secondsOfDuration(_ duration: ProtoMessage) -> Double? {
    duration.uint(1).map { Double(max(0, Int64(bitPattern: $0))) / 1_000_000_000 }
}
