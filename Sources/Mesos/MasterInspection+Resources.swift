import Model

/// What an agent has and no task uses, as its master lists both.
struct FreeResources: Sendable {
    /// Of what is reserved alike, and of one name, there is one sum.
    private struct Key: Hashable {
        var name: String
        var role: String?
        var isDynamic: Bool
        var isSpecial: Bool
    }

    /// More than any host has, and far from the end of the integers.
    private static let amountMax = 1e12

    private(set) var resources: [Resource] = []

    init(of total: [WireMasterResource], used: [WireMasterResource]) {
        var order: [Key] = []
        var scalars: [Key: Int64] = [:]
        var ranges: [Key: [ClosedRange<UInt64>]] = [:]
        for resource in total {
            let key = Self.key(resource)
            if scalars[key] == nil, ranges[key] == nil { order.append(key) }
            if let scalar = resource.scalar { scalars[key, default: 0] += Self.thousandths(scalar) }
            if let wire = resource.ranges { ranges[key, default: []] += Self.ranges(wire) }
        }
        for resource in used {
            let key = Self.key(resource)
            if let scalar = resource.scalar { scalars[key]? -= Self.thousandths(scalar) }
            if let wire = resource.ranges { ranges[key]?.subtract(Self.ranges(wire)) }
        }
        for key in order {
            if let amount = scalars[key], amount > 0 { add(key, .scalar(thousandths: amount)) }
            if let ranges = ranges[key], !ranges.isEmpty { add(key, .ranges(ranges)) }
        }
    }

    private mutating func add(_ key: Key, _ value: Resource.Value) {
        let reservations = key.role.map { [Resource.Reservation(dynamic: key.isDynamic, role: $0)] } ?? []
        resources.append(
            Resource(name: key.name, value: value, reservations: reservations, special: key.isSpecial)
        )
    }

    private static func key(_ wire: WireMasterResource) -> Key {
        let last = wire.reservations?.last
        let role = last?.role ?? wire.role.flatMap { $0 == "*" ? nil : $0 }
        let isPartOfDisk = wire.disk?.source != nil || wire.disk?.persistence != nil
        return Key(
            name: wire.name,
            role: role,
            isDynamic: last.map { $0.type == "DYNAMIC" } ?? (wire.reservation != nil),
            isSpecial: wire.revocable != nil || wire.shared != nil || isPartOfDisk
        )
    }

    private static func thousandths(_ scalar: WireMasterResource.Scalar) -> Int64 {
        guard scalar.value.isFinite else { return 0 }
        return Int64((min(max(scalar.value, 0), amountMax / 1_000) * 1_000).rounded())
    }

    private static func ranges(_ wire: WireMasterResource.Ranges) -> [ClosedRange<UInt64>] {
        (wire.range ?? []).compactMap { $0.begin <= $0.end ? $0.begin...$0.end : nil }
    }
}

extension [ClosedRange<UInt64>] {
    /// Takes numbers out; both are sorted afterwards.
    fileprivate mutating func subtract(_ others: [ClosedRange<UInt64>]) {
        let taken = others.sorted { $0.lowerBound < $1.lowerBound }
        var rest: [ClosedRange<UInt64>] = []
        for range in sorted(by: { $0.lowerBound < $1.lowerBound }) {
            // The first number of the range that is not decided on; nil at the end of all numbers.
            var next: UInt64? = range.lowerBound
            for other in taken where other.overlaps(range) {
                guard let first = next else { break }
                if other.lowerBound > first { rest.append(first...other.lowerBound - 1) }
                next = other.upperBound == .max ? nil : Swift.max(first, other.upperBound + 1)
            }
            if let first = next, first <= range.upperBound { rest.append(first...range.upperBound) }
        }
        self = rest
    }
}
