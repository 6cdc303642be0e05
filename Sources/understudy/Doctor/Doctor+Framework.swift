import Mesos

extension Doctor {
    /// Whether a framework of our name is registered; names are not unique to a master.
    mutating func checkFramework() {
        let name = "framework \(subject.name)"
        guard let frameworks else {
            report.warning(.framework, name, "not known while the master does not say")
            return
        }
        let own = frameworks.registered.filter { $0.name == subject.name }
        for framework in own { tell(framework, name) }
        if own.count > 1 {
            report.problem(
                .framework,
                name,
                "\(own.count) frameworks have this name: nobody can tell whose tasks are whose",
                fix: "give each scheduler a --\(Setting.name.name) of its own, or take down the one that is not used"
            )
        }
        guard own.isEmpty else { return }
        let past = frameworks.completed.count { $0.name == subject.name }
        let words = past > 0 ? "not registered; \(past) of this name were, and are over" : "not registered"
        report.warning(.framework, name, words, fix: "runs start once 'understudy scheduler' runs with these settings")
    }

    private mutating func tell(_ framework: MasterFramework, _ name: String) {
        let place = framework.hostname.isEmpty ? "" : " from \(framework.hostname)"
        guard framework.isConnected else {
            report.warning(
                .framework,
                name,
                "registered as \(framework.id) and away: the master waits for its scheduler",
                fix: "start the scheduler, on the state that it had"
            )
            return
        }
        let offers = framework.isActive ? "" : ", without offers"
        report.ok(.framework, name, "registered as \(framework.id)\(place)\(offers)")
    }
}
