import Model

/// What one agent offers, to be cut into the parts of a pod.
///
/// Only what a plain task of our role may use counts: unreserved, or reserved for our role; nothing revocable or shared.
struct ResourcePile: Sendable {
    private var resources: [Resource]

    /// Those of the offered resources that we may use, our own reservations first: nobody else can use these.
    init(_ offered: [Resource], role: String) {
        let usable = offered.filter { Self.mayUse($0, role: role) }
        resources = usable.filter { !$0.reservations.isEmpty } + usable.filter { $0.reservations.isEmpty }
    }

    static func mayUse(_ resource: Resource, role: String) -> Bool {
        !resource.special && (resource.reservations.isEmpty || resource.reservations.last?.role == role)
    }

    /// False for a range that holds a number that is no port.
    static func arePorts(_ range: ClosedRange<UInt64>) -> Bool {
        range.upperBound <= UInt64(UInt16.max) && range.lowerBound > 0
    }

    /// How much of a scalar is there, in thousandths.
    func thousandths(of name: String) -> Int64 {
        var sum: Int64 = 0
        for resource in resources where resource.name == name {
            guard case .scalar(let value) = resource.value else { continue }
            sum = sum.addingReportingOverflow(value).overflow ? .max : sum + value
        }
        return sum
    }

    /// How many ports are there.
    var portCount: Int {
        ports.reduce(0) { sum, range in
            let (next, overflow) = sum.addingReportingOverflow(range.count)
            return overflow ? .max : next
        }
    }

    /// Of those that we may use, in no order.
    var ports: [ClosedRange<UInt64>] {
        resources.flatMap { resource -> [ClosedRange<UInt64>] in
            guard resource.name == "ports", case .ranges(let ranges) = resource.value else { return [] }
            return ranges.filter(Self.arePorts)
        }
    }

    /// Takes so much of a scalar out; nil, and nothing taken, when there is not enough.
    mutating func take(_ thousandths: Int64, of name: String) -> [Resource]? {
        guard self.thousandths(of: name) >= thousandths else { return nil }
        var missing = thousandths
        var taken: [Resource] = []
        for index in resources.indices where resources[index].name == name && missing > 0 {
            guard case .scalar(let value) = resources[index].value, value > 0 else { continue }
            let part = min(value, missing)
            resources[index].value = .scalar(thousandths: value - part)
            var resource = resources[index]
            resource.value = .scalar(thousandths: part)
            taken.append(resource)
            missing -= part
        }
        return taken
    }

    /// Takes so many ports out, the lowest; nil, and nothing taken, when there are not enough.
    ///
    /// - Parameters:
    ///   - count: how many.
    ///   - wanted: have to be among them and come first; at most as many.
    /// - Returns: the numbers, and the resources that they are.
    mutating func takePorts(_ count: Int, among wanted: [UInt16] = []) -> (ports: [UInt16], resources: [Resource])? {
        guard portCount >= count, wanted.count <= count else { return nil }
        let before = self
        let resources = wanted.compactMap { takePort($0) }
        guard resources.count == wanted.count, let rest = takeLowestPorts(count - wanted.count) else {
            self = before
            return nil
        }
        return (wanted + rest.ports, resources + rest.resources)
    }

    private mutating func takePort(_ port: UInt16) -> Resource? {
        let number = UInt64(port)
        for index in resources.indices where resources[index].name == "ports" {
            guard case .ranges(let ranges) = resources[index].value,
                let position = ranges.firstIndex(where: { $0.contains(number) })
            else { continue }
            let range = ranges[position]
            var rest = ranges
            rest.remove(at: position)
            if number < range.upperBound { rest.insert(number + 1...range.upperBound, at: position) }
            if number > range.lowerBound { rest.insert(range.lowerBound...number - 1, at: position) }
            resources[index].value = .ranges(rest)
            var taken = resources[index]
            taken.value = .ranges([number...number])
            return taken
        }
        return nil
    }

    private mutating func takeLowestPorts(_ count: Int) -> (ports: [UInt16], resources: [Resource])? {
        guard portCount >= count else { return nil }
        var numbers: [UInt16] = []
        var taken: [Resource] = []
        for index in resources.indices where resources[index].name == "ports" && numbers.count < count {
            guard case .ranges(let ranges) = resources[index].value else { continue }
            let (mine, rest) = Self.cut(ranges, after: count - numbers.count)
            guard !mine.isEmpty else { continue }
            numbers += mine.flatMap { $0.map { UInt16($0) } }
            resources[index].value = .ranges(rest)
            var resource = resources[index]
            resource.value = .ranges(mine)
            taken.append(resource)
        }
        return (numbers.sorted(), taken)
    }

    /// The first so many ports of some ranges, and what is left; numbers that are no ports stay where they are.
    private static func cut(
        _ ranges: [ClosedRange<UInt64>],
        after count: Int
    ) -> (mine: [ClosedRange<UInt64>], rest: [ClosedRange<UInt64>]) {
        var missing = UInt64(count)
        var mine: [ClosedRange<UInt64>] = []
        var rest: [ClosedRange<UInt64>] = []
        for range in ranges {
            guard missing > 0, arePorts(range) else {
                rest.append(range)
                continue
            }
            let last = min(range.upperBound, range.lowerBound + missing - 1)
            mine.append(range.lowerBound...last)
            missing -= last - range.lowerBound + 1
            if last < range.upperBound { rest.append(last + 1...range.upperBound) }
        }
        return (mine, rest)
    }
}
