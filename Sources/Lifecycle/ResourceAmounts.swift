import Model

/// How much there is of what a pod needs, or how much it needs.
struct ResourceAmounts: Hashable, Sendable {
    var milliCPUs: Int64 = 0
    /// In thousandths of a MiB.
    var memory: Int64 = 0
    /// In thousandths of a MiB.
    var disk: Int64 = 0
    var ports: Int64 = 0

    init(milliCPUs: Int64, memory: Int64, disk: Int64, ports: Int64) {
        self.milliCPUs = milliCPUs
        self.memory = memory
        self.disk = disk
        self.ports = ports
    }

    /// What a ``ResourcePile`` of these resources would hold; in one pass, since it is asked of every offer.
    init(_ offered: [Resource], role: String) {
        for resource in offered where ResourcePile.mayUse(resource, role: role) {
            switch resource.value {
            case .scalar(let value):
                switch resource.name {
                case "cpus": milliCPUs = Self.sum(milliCPUs, value)
                case "mem": memory = Self.sum(memory, value)
                case "disk": disk = Self.sum(disk, value)
                default: break
                }
            case .ranges(let ranges) where resource.name == "ports":
                for range in ranges where ResourcePile.arePorts(range) {
                    ports = Self.sum(ports, Int64(clamping: range.count))
                }
            case .ranges, .set: break
            }
        }
    }

    private static func sum(_ one: Int64, _ other: Int64) -> Int64 {
        let (sum, overflow) = one.addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
