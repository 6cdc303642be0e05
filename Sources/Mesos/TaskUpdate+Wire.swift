import CMesos
import CProtobufC
import Model

extension TaskUpdate {
    /// Reads one status.
    ///
    /// - Throws: `mesos.missing_field`, `mesos.bad_value` for a state or uuid that we cannot act on; an unknown source or
    ///   reason is kept by its number.
    init(_ wire: Mesos__TaskStatus) throws(MesosError) {
        let number = Int32(bitPattern: wire.state.rawValue)
        guard let state = name(of: number, in: cmesos_task_states()).flatMap(TaskState.init(rawValue:)) else {
            throw MesosError(.badValue, "update.state is \(number)", retry: .safe)
        }
        guard wire.has_uuid == 0 || wire.uuid.len <= WireLimits.uuidBytesMax else {
            throw MesosError(.badValue, "update.uuid has \(wire.uuid.len) bytes", retry: .safe)
        }
        self.init(
            taskID: try identifier(wire.task_id?.pointee.value, "update.task_id"),
            state: state,
            source: wire.has_source == 0 ? nil : named(wire.source.rawValue, cmesos_sources(), "SOURCE_"),
            reason: wire.has_reason == 0 ? nil : named(wire.reason.rawValue, cmesos_reasons(), "REASON_"),
            message: text(wire.message),
            agentID: try optionalIdentifier(wire.agent_id?.pointee.value, "update.agent_id"),
            executorID: try optionalIdentifier(wire.executor_id?.pointee.value, "update.executor_id"),
            uuid: Self.uuid(wire),
            timestamp: wire.has_timestamp == 0 || !wire.timestamp.isFinite ? nil : wire.timestamp,
            checkExitCode: Self.exitCode(wire),
            containerAddress: Self.address(wire)
        )
    }

    private static func uuid(_ wire: Mesos__TaskStatus) -> [UInt8]? {
        guard wire.has_uuid != 0, wire.uuid.len > 0 else { return nil }
        return Array(wire.uuid.buffer)
    }

    private static func exitCode(_ wire: Mesos__TaskStatus) -> Int32? {
        guard let command = wire.check_status?.pointee.command, command.pointee.has_exit_code != 0 else { return nil }
        return command.pointee.exit_code
    }

    private static func address(_ wire: Mesos__TaskStatus) -> String? {
        guard let container = wire.container_status?.pointee else { return nil }
        for network in messages(container.n_network_infos, container.network_infos) {
            for address in messages(network.n_ip_addresses, network.ip_addresses) {
                if let address = text(address.ip_address), !address.isEmpty { return address }
            }
        }
        return nil
    }
}

private func named(_ raw: UInt32, _ table: UnsafePointer<ProtobufCEnumDescriptor>?, _ prefix: String) -> String {
    let number = Int32(bitPattern: raw)
    return name(of: number, in: table) ?? "\(prefix)\(number)"
}
