import Lifecycle
import Mesos
import Model

extension Doctor {
    /// Whether our role may be used, and what it may use.
    mutating func checkRole() {
        let name = "role \(subject.role)"
        // A list of the only roles there are; masters without one know every role.
        if let listed = flags?["roles"], subject.role != "*",
            !listed.split(separator: ",").contains(where: { $0 == subject.role })
        {
            report.problem(
                .role,
                name,
                "the master lets nobody register for it: it knows \(listed) alone",
                fix: "give --\(Setting.role.name) one of them, or have it added to the master's --roles"
            )
            return
        }
        guard let roles else {
            report.warning(.role, name, "not known while the master does not say")
            return
        }
        guard let role = roles.first(where: { $0.name == subject.role }) else {
            report.ok(.role, name, "nobody uses it yet, and nothing limits it")
            return
        }
        let limits = role.limit.sorted { $0.key < $1.key }.map { kind, limit in
            "\(kind) \(Self.number(role.consumed[kind] ?? 0)) of \(Self.number(limit)) used"
        }
        let quota = limits.isEmpty ? "no quota" : "quota: \(limits.joined(separator: ", "))"
        report.ok(.role, name, "weight \(Self.number(role.weight)), \(quota)\(reservations)")
    }

    private var reservations: String {
        let reserved = (agents ?? []).filter { agent in
            agent.free.contains { $0.reservations.last?.role == subject.role }
        }
        return reserved.isEmpty ? "" : "; something is reserved for it on \(reserved.count) agents"
    }

    /// What of its role's quota a run would lack; nil for nothing.
    func quotaShortage(_ forecast: Forecast) -> String? {
        guard let role = roles?.first(where: { $0.name == subject.role }) else { return nil }
        let needs = [("cpus", Double(forecast.milliCPUs) / 1_000), ("mem", Double(forecast.memoryMB))]
        for (kind, need) in needs {
            guard let limit = role.limit[kind] else { continue }
            let left = limit - (role.consumed[kind] ?? 0)
            guard left < need else { continue }
            return "of the quota of role \(role.name) \(Self.number(max(0, left))) \(kind) are left, and it needs "
                + Self.number(need)
        }
        return nil
    }

    /// Without a fraction that says nothing.
    private static func number(_ value: Double) -> String {
        // Whoever writes a limit may write any number.
        guard let whole = Int(exactly: value) else { return "\((value * 1_000).rounded() / 1_000)" }
        return "\(whole)"
    }

    // MARK: users

    /// Whom tasks run as, each once.
    var users: [String] {
        sources.map { $0.cassandra.user ?? subject.user }.reduce(into: [subject.user]) { users, user in
            if !users.contains(user) { users.append(user) }
        }
    }

    /// Whether tasks may run as the users that they are to run as, as far as a master can know.
    mutating func checkUsers() {
        for user in users {
            if user == "root", flags?["root_submissions"] == "false" {
                report.problem(
                    .user,
                    "user root",
                    "the master takes no tasks of root",
                    fix: "give --\(Setting.user.name), or the source's cassandra.user, a user of the agents"
                )
            } else {
                let knowledge = flags == nil ? "the master does not say" : "the master does not forbid it"
                report.ok(.user, "user \(user)", "\(knowledge); whether an agent has this user, it alone knows")
            }
        }
    }
}
