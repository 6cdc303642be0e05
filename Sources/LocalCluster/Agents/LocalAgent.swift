/// One agent, as the master sees it.
struct LocalAgent: Sendable {
    /// What the master knows of it.
    enum Presence: Hashable, Sendable {
        case registered
        /// It has not answered for too long; its tasks may run.
        case unreachable
        /// The master has restarted, knows from its registry that there is such an agent, and waits for it.
        case awaited
        /// The master has restarted and knows of no agent.
        case forgotten
        /// For good.
        case gone
    }

    /// Unique in its master's life.
    let id: String
    let plan: LocalClusterPlan.Agent
    let total: ResourceAmount
    var presence = Presence.registered
    /// Where its files API listens; 0 before it does.
    var port = 0
    /// By task, and by executor.
    var used: [String: ResourceAmount] = [:]
    /// Pods that have not ended, by executor.
    var pods: [String: PodRunner] = [:]

    init(id: String, plan: LocalClusterPlan.Agent) {
        self.id = id
        self.plan = plan
        var total = ResourceAmount()
        total.cpus = Int64(plan.cpus * 1_000)
        total.memory = Int64(plan.memoryMB * 1_000)
        total.disk = Int64(plan.diskMB * 1_000)
        total.ports = [plan.ports, plan.commonPorts].compactMap { range in
            range.map { UInt64($0.lowerBound)...UInt64($0.upperBound) }
        }
        self.total = total
    }

    var inUse: ResourceAmount { used.values.reduce(ResourceAmount(), +) }
}
