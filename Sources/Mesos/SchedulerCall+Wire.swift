import CMesos
import CProtobufC
public import Model

extension SchedulerCall {
    /// Writes the call as the body of one request.
    ///
    /// - Parameter frameworkID: ours; nil only for the first ``subscribe(_:suppressedRoles:)``, whose own id counts.
    /// - Returns: a protobuf message Call, for `Content-Type: application/x-protobuf`.
    /// - Throws: `mesos.cannot_encode` when something in it cannot be said on the wire.
    public func encode(frameworkID: FrameworkID?) throws(MesosError) -> [UInt8] {
        let builder = CallBuilder()
        let call = try builder.make(mesos__call__init) { (call) throws(MesosError) in
            let id = frameworkID ?? subscribedID
            call.framework_id = try builder.frameworkID(id)
            try fill(&call, id, builder)
        }
        return withExtendedLifetime(builder) {
            let size = mesos__call__get_packed_size(call)
            return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                count = mesos__call__pack(call, buffer.baseAddress)
            }
        }
    }

    private var subscribedID: FrameworkID? {
        if case .subscribe(let framework, _) = self { framework.id } else { nil }
    }

    private func fill(
        _ call: inout Mesos__Call,
        _ id: FrameworkID?,
        _ builder: borrowing CallBuilder
    ) throws(MesosError) {
        call.has_type = 1
        switch self {
        case .subscribe(let framework, let suppressed):
            call.type = MESOS__CALL__TYPE__SUBSCRIBE
            call.subscribe = try builder.subscribe(framework, suppressed)
        case .accept(let offers, let pod, let refuse):
            call.type = MESOS__CALL__TYPE__ACCEPT
            call.accept = try builder.accept(offers, refuse) { (operation) throws(MesosError) in
                operation.type = MESOS__OFFER__OPERATION__TYPE__LAUNCH_GROUP
                operation.launch_group = try builder.launchGroup(pod, id)
            }
        case .acceptTask(let offers, let task, let agent, let refuse):
            call.type = MESOS__CALL__TYPE__ACCEPT
            call.accept = try builder.accept(offers, refuse) { (operation) throws(MesosError) in
                operation.type = MESOS__OFFER__OPERATION__TYPE__LAUNCH
                operation.launch = try builder.launch(task, agent)
            }
        case .decline(let offers, let refuse):
            call.type = MESOS__CALL__TYPE__DECLINE
            call.decline = try builder.decline(offers, refuse)
        case .revive: call.type = MESOS__CALL__TYPE__REVIVE
        case .suppress: call.type = MESOS__CALL__TYPE__SUPPRESS
        case .kill(let task, let agent, let grace):
            call.type = MESOS__CALL__TYPE__KILL
            call.kill = try builder.kill(task, agent, grace)
        case .acknowledge(let task, let agent, let uuid):
            call.type = MESOS__CALL__TYPE__ACKNOWLEDGE
            call.acknowledge = try builder.acknowledge(task, agent, uuid)
        case .reconcile(let questions):
            call.type = MESOS__CALL__TYPE__RECONCILE
            call.reconcile = try builder.reconcile(questions)
        case .teardown: call.type = MESOS__CALL__TYPE__TEARDOWN
        }
    }
}
