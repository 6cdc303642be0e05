import Model

/// Allocation, filters and the answers to offers (`05-decline`, `02-launch`).
extension Master {
    /// What of an agent nobody uses and nobody has been offered.
    private func free(_ agent: LocalAgent) -> ResourceAmount {
        offers.values.filter { $0.agent == agent.id }.reduce(agent.total - agent.inUse) { $0 - $1.resources }
    }

    /// Offers what is free on each agent to the framework that holds least and wants it: one event a framework.
    func allocate() {
        guard !isStopping else { return }
        let now = clock()
        var made: [String: [OutstandingOffer]] = [:]
        for agent in agentOrder.compactMap({ agents[$0] }) {
            let free = free(agent)
            guard agent.presence == .registered, free.isWorthOffering else { continue }
            let wanting = frameworks.values.filter { framework in
                framework.stream != nil && !framework.suppressed && !isRefused(free, agent.id, framework, now)
            }
            guard let framework = wanting.min(by: { (held(by: $0.id), $0.id) < (held(by: $1.id), $1.id) }) else {
                continue
            }
            let offer = OutstandingOffer(
                id: nextOfferID(),
                framework: framework.id,
                agent: agent.id,
                resources: free,
                role: framework.role
            )
            offers[offer.id] = offer
            made[framework.id, default: []].append(offer)
        }
        for (id, offers) in made { frameworks[id]?.stream?.yield(MasterEvent.offers(offers, agents: agents)) }
    }

    /// CPUs that a framework uses or has been offered: a real master's share, of one kind of resource.
    private func held(by id: String) -> Int64 {
        let offered = offers.values.reduce(0) { $1.framework == id ? $0 + $1.resources.cpus : $0 }
        return agents.values.reduce(offered) { sum, agent in
            agent.used.reduce(sum) { $1.key.contains(" \(id) ") ? $0 + $1.value.cpus : $0 }
        }
    }

    /// A filter holds for what is no more than what was refused.
    private func isRefused(_ free: ResourceAmount, _ agent: String, _ framework: FrameworkRecord, _ now: Double) -> Bool
    {
        guard let refusal = framework.refusals[agent], now < refusal.until else { return false }
        return refusal.resources.contains(free)
    }

    /// Negative seconds count as the default of 5, as in the real master.
    private func filter(_ offer: OutstandingOffer, _ resources: ResourceAmount, _ seconds: Double?) {
        let seconds = seconds.flatMap { $0 >= 0 ? $0 : nil } ?? 5
        guard seconds > 0, !resources.isEmpty else { return }
        frameworks[offer.framework]?.refusals[offer.agent] = FrameworkRecord.Refusal(
            resources: resources,
            until: clock() + seconds
        )
    }

    /// Unknown ids are no error.
    func decline(_ ids: [String], refuse: Double?, by frameworkID: String) {
        for id in ids {
            guard let offer = offers[id], offer.framework == frameworkID else { continue }
            offers[id] = nil
            filter(offer, offer.resources, refuse)
        }
    }

    func revive(_ frameworkID: String) {
        frameworks[frameworkID]?.suppressed = false
        frameworks[frameworkID]?.refusals = [:]
        allocate()
    }

    /// Takes offers back that a framework can no longer use.
    func withdrawOffers(of frameworkID: String) {
        offers = offers.filter { $0.value.framework != frameworkID }
    }

    func accept(
        _ ids: [String],
        _ operations: [MasterCall.Operation],
        refuse seconds: Double?,
        by frameworkID: String
    ) {
        let accepted = ids.compactMap { offers[$0] }.filter { $0.framework == frameworkID }
        guard let first = accepted.first, accepted.count == ids.count, accepted.allSatisfy({ $0.agent == first.agent })
        else {
            let stale = ids.first { offers[$0] == nil } ?? ids.first ?? ""
            for case .some(let tasks) in operations.map(Self.tasks) {
                let why = "Task launched with invalid offers: Offer \(stale) is no longer valid"
                let isAware = frameworks[frameworkID]?.info.isPartitionAware ?? false
                refuse(tasks, isAware ? .dropped : .lost, .invalidOffers, why, for: frameworkID)
            }
            return decline(ids, refuse: seconds, by: frameworkID)
        }
        for offer in accepted { offers[offer.id] = nil }
        var left = accepted.reduce(ResourceAmount()) { $0 + $1.resources }
        for operation in operations { perform(operation, on: first.agent, for: frameworkID, &left) }
        filter(first, left, seconds)
    }

    private static func tasks(of operation: MasterCall.Operation) -> [TaskDescription]? {
        switch operation {
        case .launch(let tasks), .launchGroup(_, let tasks): tasks
        case .other: nil
        }
    }

    private func perform(
        _ operation: MasterCall.Operation,
        on agent: String,
        for frameworkID: String,
        _ left: inout ResourceAmount
    ) {
        switch operation {
        case .launch(let tasks):
            for task in tasks {
                if let why = fault(of: [task], task.id, task.resources, agent, left, frameworkID) {
                    refuse([task], .error, .taskInvalid, why, for: frameworkID)
                    continue
                }
                left = left - task.resources
                launch([task], executor: nil, executorID: task.id, on: agent, for: frameworkID)
            }
        case .launchGroup(let executor, let tasks):
            let wanted = tasks.reduce(executor.resources) { $0 + $1.resources }
            if let why = fault(of: tasks, executor.id, wanted, agent, left, frameworkID) {
                return refuse(tasks, .error, .taskGroupInvalid, why, for: frameworkID)
            }
            left = left - wanted
            launch(tasks, executor: executor, executorID: executor.id, on: agent, for: frameworkID)
        case .other: break
        }
    }

    /// Why tasks cannot be launched, in the real master's words where they are recorded.
    private func fault(
        of tasks: [TaskDescription],
        _ executor: String,
        _ wanted: ResourceAmount,
        _ agent: String,
        _ left: ResourceAmount,
        _ frameworkID: String
    ) -> String? {
        guard let framework = frameworks[frameworkID] else { return "Framework cannot be found" }
        for task in tasks {
            if let why = Self.fault(ofID: task.id) { return why }
            if framework.tasks[task.id] != nil || tasks.count(where: { $0.id == task.id }) > 1 {
                return "Task has duplicate ID: \(task.id)"
            }
            if task.agent != agent { return "Task uses invalid agent \(task.agent) while agent \(agent) is expected" }
        }
        if let why = Self.fault(ofID: executor) { return why }
        // A real executor would take a second group.
        if agents[agent]?.pods["\(frameworkID) \(executor)"] != nil {
            return "A local cluster runs one task group an executor, and \(executor) has one"
        }
        guard left.contains(wanted) else {
            let role = framework.role
            return "Total resources \(wanted.described(role: role)) required by task and its executor is more than "
                + "available \(left.described(role: role))"
        }
        return nil
    }

    /// Ids become names of directories.
    private static func fault(ofID id: String) -> String? {
        if id.isEmpty { return "ID must not be empty" }
        if id.utf8.count > 255 { return "ID must not be greater than 255 characters" }
        if id == "." || id == ".." { return "'\(id)' is disallowed" }
        let isFine = id.utf8.allSatisfy {
            $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\")
        }
        return isFine ? nil : "'\(id)' contains invalid characters"
    }
}
