/// How much of an agent: what is offered, asked for, or in use.
struct ResourceAmount: Hashable, Sendable {
    /// Thousandths, as Mesos itself counts.
    var cpus: Int64 = 0
    /// Thousandths of a MiB.
    var memory: Int64 = 0
    /// Thousandths of a MiB.
    var disk: Int64 = 0
    /// Sorted, without overlaps.
    var ports: [ClosedRange<UInt64>] = []

    init() {}

    /// - Source: mesos 1.11 include/mesos/v1/mesos.proto, message Resource.
    init(_ resources: [ProtoMessage]) {
        var numbers: Set<UInt64> = []
        for resource in resources {
            let scalar = Self.thousandths(resource.message(3)?.double(1) ?? 0)
            switch resource.string(1) {
            case "cpus": cpus += scalar
            case "mem": memory += scalar
            case "disk": disk += scalar
            case "ports":
                for range in (resource.message(4)?.messages(1) ?? []).prefix(Self.rangesMax) {
                    guard let begin = range.uint(1), let end = range.uint(2), begin <= end, end <= 65_535 else {
                        continue
                    }
                    numbers.formUnion(begin...end)
                }
            default: break
            }
        }
        ports = Self.ranges(numbers)
    }

    /// More ranges than any host's ports are cut into; each may name all 65,536 ports.
    private static let rangesMax = 1_024
    /// More than any host has, and far from the end of the integers.
    private static let amountMax = 1e12

    private static func thousandths(_ amount: Double) -> Int64 {
        guard amount.isFinite else { return Int64(amountMax) }
        return Int64((min(max(amount, 0), amountMax / 1_000) * 1_000).rounded())
    }

    private static func ranges(_ numbers: Set<UInt64>) -> [ClosedRange<UInt64>] {
        var ranges: [ClosedRange<UInt64>] = []
        for number in numbers.sorted() {
            if let last = ranges.last, last.upperBound + 1 == number {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        }
        return ranges
    }

    private var portNumbers: Set<UInt64> { Set(ports.flatMap { Array($0) }) }

    /// True when there is nothing.
    var isEmpty: Bool { cpus <= 0 && memory <= 0 && disk <= 0 && ports.isEmpty }

    /// True for what a master offers at all: Mesos' flag `min_allocatable_resources`, by default `cpus:0.01|mem:32`.
    var isWorthOffering: Bool { cpus >= 10 || memory >= 32_000 }

    /// True when the other is a part of this.
    func contains(_ other: Self) -> Bool {
        cpus >= other.cpus && memory >= other.memory && disk >= other.disk
            && portNumbers.isSuperset(of: other.portNumbers)
    }

    static func + (left: Self, right: Self) -> Self {
        var sum = left
        sum.cpus += right.cpus
        sum.memory += right.memory
        sum.disk += right.disk
        if !right.ports.isEmpty { sum.ports = ranges(left.portNumbers.union(right.portNumbers)) }
        return sum
    }

    static func - (left: Self, right: Self) -> Self {
        var rest = left
        rest.cpus -= right.cpus
        rest.memory -= right.memory
        rest.disk -= right.disk
        if !right.ports.isEmpty { rest.ports = ranges(left.portNumbers.subtracting(right.portNumbers)) }
        return rest
    }

    /// As Mesos' own messages print resources (`recordings/mesos/02-launch`).
    func described(role: String) -> String {
        func number(_ thousandths: Int64) -> String {
            thousandths % 1_000 == 0 ? "\(thousandths / 1_000)" : "\(Double(thousandths) / 1_000)"
        }
        var parts: [String] = []
        if !ports.isEmpty {
            let ranges = ports.map { "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ", ")
            parts.append("ports(allocated: \(role)):[\(ranges)]")
        }
        for (name, value) in [("cpus", cpus), ("mem", memory), ("disk", disk)] where value > 0 {
            parts.append("\(name)(allocated: \(role)):\(number(value))")
        }
        return parts.joined(separator: "; ")
    }

    /// As the field of an offer, allocated to a role.
    func write(_ field: Int, role: String, to writer: inout ProtoWriter) {
        if !ports.isEmpty {
            writer.message(field) { resource in
                resource.string(1, "ports")
                resource.varint(2, 1)
                resource.message(4) { ranges in
                    for range in ports {
                        ranges.message(1) {
                            $0.varint(1, range.lowerBound)
                            $0.varint(2, range.upperBound)
                        }
                    }
                }
                resource.message(11) { $0.string(1, role) }
            }
        }
        for (name, value) in [("cpus", cpus), ("mem", memory), ("disk", disk)] where value > 0 {
            writer.message(field) { resource in
                resource.string(1, name)
                resource.varint(2, 0)
                resource.message(3) { $0.double(1, Double(value) / 1_000) }
                resource.message(11) { $0.string(1, role) }
            }
        }
    }
}
