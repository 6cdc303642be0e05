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

    /// What a ``ResourcePile`` of these resources would hold.
    init(_ offered: [Resource], role: String) {
        let pile = ResourcePile(offered, role: role)
        self.init(
            milliCPUs: pile.thousandths(of: "cpus"),
            memory: pile.thousandths(of: "mem"),
            disk: pile.thousandths(of: "disk"),
            ports: Int64(clamping: pile.portCount)
        )
    }
}
