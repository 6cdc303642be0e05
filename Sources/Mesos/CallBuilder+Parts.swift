import CMesos
import CProtobufC
import Model

extension CallBuilder {
    func frameworkID(_ id: FrameworkID?) throws(MesosError) -> UnsafeMutablePointer<Mesos__FrameworkID>? {
        guard let id else { return nil }
        return try make(mesos__framework_id__init) { (message) throws(MesosError) in message.value = try bytes(id) }
    }

    func agentID(_ id: AgentID?) throws(MesosError) -> UnsafeMutablePointer<Mesos__AgentID>? {
        guard let id else { return nil }
        return try make(mesos__agent_id__init) { (message) throws(MesosError) in message.value = try bytes(id) }
    }

    func taskID(_ id: TaskID) throws(MesosError) -> UnsafeMutablePointer<Mesos__TaskID> {
        try make(mesos__task_id__init) { (message) throws(MesosError) in message.value = try bytes(id) }
    }

    func executorID(_ id: ExecutorID) throws(MesosError) -> UnsafeMutablePointer<Mesos__ExecutorID> {
        try make(mesos__executor_id__init) { (message) throws(MesosError) in message.value = try bytes(id) }
    }

    func texts(_ values: [String]) throws(MesosError) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
        try list(each(values) { (value) throws(MesosError) in try text(value) })
    }

    /// nil for none, so that no empty message is sent.
    func labels(_ labels: [Label]) throws(MesosError) -> UnsafeMutablePointer<Mesos__Labels>? {
        guard !labels.isEmpty else { return nil }
        return try make(mesos__labels__init) { (message) throws(MesosError) in
            message.n_labels = labels.count
            message.labels = try list(
                each(labels) { (label) throws(MesosError) in
                    try make(mesos__label__init) { (message) throws(MesosError) in
                        message.key = try text(label.key)
                        message.value = try optionalText(label.value)
                    }
                }
            )
        }
    }

    func killPolicy(_ grace: Span?) throws(MesosError) -> UnsafeMutablePointer<Mesos__KillPolicy>? {
        guard let grace else { return nil }
        return try make(mesos__kill_policy__init) { (policy) throws(MesosError) in
            policy.grace_period = try duration(grace)
        }
    }

    func duration(_ span: Span) throws(MesosError) -> UnsafeMutablePointer<Mesos__DurationInfo> {
        let (nanoseconds, overflow) = span.milliseconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow, nanoseconds >= 0 else {
            throw MesosError(.cannotEncode, "\(span) is no length of time that Mesos knows")
        }
        return try make(mesos__duration_info__init) { (message) in message.nanoseconds = nanoseconds }
    }

    func resources(
        _ resources: [Resource]
    ) throws(MesosError) -> UnsafeMutablePointer<UnsafeMutablePointer<Mesos__Resource>?>? {
        try list(each(resources) { (resource) throws(MesosError) in try self.resource(resource) })
    }

    private func resource(_ resource: Resource) throws(MesosError) -> UnsafeMutablePointer<Mesos__Resource> {
        guard !resource.special else {
            // What makes it special was not kept: without it the master would take it for another resource.
            throw MesosError(.cannotEncode, "the resource \(resource.name) is revocable, shared or a disk of its own")
        }
        return try make(mesos__resource__init) { (message) throws(MesosError) in
            message.name = try text(resource.name)
            try setValue(resource.value, &message)
            if let role = resource.allocatedTo {
                message.allocation_info = try make(mesos__resource__allocation_info__init) {
                    (info) throws(MesosError) in
                    info.role = try text(role)
                }
            }
            message.n_reservations = resource.reservations.count
            message.reservations = try list(
                each(resource.reservations) { (reservation) throws(MesosError) in try self.reservation(reservation) }
            )
        }
    }

    private func setValue(_ value: Resource.Value, _ message: inout Mesos__Resource) throws(MesosError) {
        switch value {
        case .scalar(let thousandths):
            message.type = MESOS__VALUE__TYPE__SCALAR
            message.scalar = try make(mesos__value__scalar__init) { (scalar) in
                scalar.value = Double(thousandths) / 1_000
            }
        case .ranges(let ranges):
            message.type = MESOS__VALUE__TYPE__RANGES
            message.ranges = try make(mesos__value__ranges__init) { (list) throws(MesosError) in
                list.n_range = ranges.count
                list.range = try self.list(
                    each(ranges) { (range) throws(MesosError) in
                        try make(mesos__value__range__init) { (message) in
                            message.begin = range.lowerBound
                            message.end = range.upperBound
                        }
                    }
                )
            }
        case .set(let items):
            message.type = MESOS__VALUE__TYPE__SET
            message.set = try make(mesos__value__set__init) { (set) throws(MesosError) in
                set.n_item = items.count
                set.item = try texts(items)
            }
        }
    }

    private func reservation(
        _ reservation: Resource.Reservation
    ) throws(MesosError) -> UnsafeMutablePointer<Mesos__Resource__ReservationInfo> {
        try make(mesos__resource__reservation_info__init) { (message) throws(MesosError) in
            message.has_type = 1
            message.type =
                reservation.dynamic
                ? MESOS__RESOURCE__RESERVATION_INFO__TYPE__DYNAMIC : MESOS__RESOURCE__RESERVATION_INFO__TYPE__STATIC
            message.role = try text(reservation.role)
            message.principal = try optionalText(reservation.principal)
            message.labels = try labels(reservation.labels)
        }
    }
}
