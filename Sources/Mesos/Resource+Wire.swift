import CMesos
import Model

extension Resource {
    /// Mesos counts in thousandths; beyond this a double holds no whole number of them.
    private static let thousandthsMax: Double = 9_007_199_254_740_992

    /// Reads one resource of an offer.
    ///
    /// - Throws: `mesos.missing_field`, `mesos.bad_value`.
    init(_ wire: Mesos__Resource) throws(MesosError) {
        guard let name = text(wire.name), !name.isEmpty else {
            throw MesosError(.missingField, "resource.name is missing", retry: .safe)
        }
        self.init(
            name: name,
            value: try Value(wire),
            allocatedTo: text(wire.allocation_info?.pointee.role),
            reservations: Self.reservations(wire),
            special: wire.disk != nil || wire.revocable != nil || wire.shared != nil || wire.provider_id != nil
        )
    }

    private static func reservations(_ wire: Mesos__Resource) -> [Reservation] {
        if wire.n_reservations > 0 {
            return messages(wire.n_reservations, wire.reservations).map { Reservation($0, role: text($0.role)) }
        }
        // The form for frameworks without RESERVATION_REFINEMENT: a role, and a note beside it when dynamic.
        guard let role = text(wire.role), role != "*" else { return [] }
        guard let note = wire.reservation else { return [Reservation(dynamic: false, role: role)] }
        var reservation = Reservation(note.pointee, role: role)
        reservation.dynamic = true
        return [reservation]
    }

    /// Rounds as Mesos does: to the nearest thousandth, halves away from zero; nil for what is no amount.
    static func thousandths(_ value: Double) -> Int64? {
        let scaled = (value * 1_000).rounded(.toNearestOrAwayFromZero)
        guard scaled >= 0, scaled <= thousandthsMax else { return nil }
        return Int64(scaled)
    }
}

extension Resource.Value {
    fileprivate init(_ wire: Mesos__Resource) throws(MesosError) {
        switch wire.type {
        case MESOS__VALUE__TYPE__SCALAR:
            let value = try require(wire.scalar, "resource.scalar").pointee.value
            guard let thousandths = Resource.thousandths(value) else {
                throw MesosError(.badValue, "resource.scalar is \(value)", retry: .safe)
            }
            self = .scalar(thousandths: thousandths)
        case MESOS__VALUE__TYPE__RANGES:
            let ranges = try require(wire.ranges, "resource.ranges").pointee
            var list: [ClosedRange<UInt64>] = []
            list.reserveCapacity(ranges.n_range)
            for range in messages(ranges.n_range, ranges.range) {
                guard range.begin <= range.end else {
                    throw MesosError(.badValue, "resource.ranges has \(range.begin)-\(range.end)", retry: .safe)
                }
                list.append(range.begin...range.end)
            }
            self = .ranges(list)
        case MESOS__VALUE__TYPE__SET:
            let set = try require(wire.set, "resource.set").pointee
            self = .set(UnsafeBufferPointer(start: set.item, count: set.n_item).compactMap { text($0) })
        default:
            throw MesosError(.badValue, "resource.type is \(wire.type.rawValue)", retry: .safe)
        }
    }
}

extension Resource.Reservation {
    fileprivate init(_ wire: Mesos__Resource__ReservationInfo, role: String?) {
        let labels = wire.labels?.pointee
        self.init(
            dynamic: wire.type == MESOS__RESOURCE__RESERVATION_INFO__TYPE__DYNAMIC,
            role: role ?? "",
            principal: text(wire.principal),
            labels: messages(labels?.n_labels ?? 0, labels?.labels).map { Label(text($0.key) ?? "", text($0.value)) }
        )
    }
}
