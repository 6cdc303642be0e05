import Model

/// What happens to agents and to the master itself.
///
/// - Source: `08-agent-lost`, `14-master-failover`, `15-master-failover-replicated-log`. The master's patience with an agent, 75 s
///   by default, is none here.
extension Master {
    /// True for an agent that the master hears; false for none.
    func isReachable(_ agent: String?) -> Bool {
        guard let agent, let presence = agents[agent]?.presence else { return agent == nil }
        return presence == .registered
    }

    // MARK: agents

    /// The agent is cut off, and its tasks run on; nothing when it is cut off already.
    func loseAgent(_ agentID: String) {
        guard agents[agentID]?.presence == .registered else { return }
        agents[agentID]?.presence = .unreachable
        rescindOffers(on: agentID)
        tellOfTasks(on: agentID) { task, now in
            task.latest.state.isTerminal
                ? nil
                : StatusUpdate(
                    task: task.description.id,
                    state: .unreachable,
                    source: .master,
                    reason: .agentRemoved,
                    message: "health check timed out",
                    agent: agentID,
                    timestamp: now
                )
        }
        tellOfFailure(agentID)
    }

    /// An agent that was cut off is back with all its tasks; nothing for one that was not, or is gone.
    func returnAgent(_ agentID: String) {
        guard let presence = agents[agentID]?.presence else { return }
        switch presence {
        case .registered, .gone: return
        case .unreachable: reregister(agentID, as: "Unreachable agent re-reregistered", copies: 1)  // its spelling
        // The agent sends what is pending, and what it sent while nobody listened.
        case .forgotten: reregister(agentID, as: "Unknown agent reregistered", copies: 2)
        case .awaited: reregister(agentID, as: nil, copies: 2)
        }
    }

    /// The operator marks the agent gone: its tasks end, and it never comes back.
    func markAgentGone(_ agentID: String) async {
        guard let agent = agents[agentID], agent.presence != .gone else { return }
        agents[agentID]?.presence = .gone
        rescindOffers(on: agentID)
        tellOfTasks(on: agentID) { task, now in
            StatusUpdate(
                task: task.description.id,
                state: .goneByOperator,
                source: .master,
                reason: .agentRemovedByOperator,
                message: "Agent has been marked gone",
                agent: agentID,
                timestamp: now
            )
        }
        for (id, var framework) in frameworks {
            for var task in framework.tasks.values.filter({ $0.agent == agentID }) {
                task.latest.state = .goneByOperator
                task.queue = []
                framework.complete(task)
            }
            frameworks[id] = framework
        }
        tellOfFailure(agentID)
        for pod in agent.pods.values { await pod.end(within: 0) }
    }

    private func reregister(_ agentID: String, as words: String?, copies: Int) {
        agents[agentID]?.presence = .registered
        for (key, pod) in agents[agentID]?.pods ?? [:] {
            guard let id = key.split(separator: " ").first, frameworks[String(id)] == nil else { continue }
            // Torn down while it was away.
            Task { await pod.kill(grace: nil) }
        }
        if let words {
            tellOfTasks(on: agentID) { task, now in task.latest.reconciled(at: now, .agentReregistered, words) }
        }
        allocate()
        for (id, framework) in frameworks {
            for task in framework.tasks.values.sorted(by: { $0.description.id < $1.description.id })
            where task.agent == agentID {
                for _ in 0..<copies { send(task.description.id, of: id) }
            }
        }
    }

    // MARK: the master

    /// The master is gone, and with it all that it had in memory; agents and tasks go on.
    ///
    /// - Parameter keepsRegistry: true when the next one knows which agents there are.
    func crash(keepsRegistry: Bool) {
        beginRecovery()
        let now = clock()
        for id in frameworks.keys where frameworks[id]?.isBuiltIn == false {
            frameworks[id]?.stream?.cut()
            frameworks[id]?.stream = nil
            frameworks[id]?.streamID = ""
            frameworks[id]?.isKnown = false
            frameworks[id]?.refusals = [:]
            frameworks[id]?.disconnectedAt = now
        }
        removed = [:]
        offers = [:]
        for id in agentOrder where agents[id]?.presence != .gone {
            agents[id]?.presence = keepsRegistry ? .awaited : .forgotten
        }
    }

    /// All agents find the new master.
    func returnAgents() { agentOrder.forEach(returnAgent) }

    // MARK: telling

    private func rescindOffers(on agentID: String) {
        for offer in offers.values.filter({ $0.agent == agentID }).sorted(by: { $0.id < $1.id }) {
            offers[offer.id] = nil
            frameworks[offer.framework]?.stream?.yield(MasterEvent.rescind(offer.id))
        }
    }

    private func tellOfTasks(on agentID: String, _ update: (TaskRecord, _ now: Double) -> StatusUpdate?) {
        let now = clock()
        for framework in frameworks.values {
            for task in framework.tasks.values.sorted(by: { $0.description.id < $1.description.id })
            where task.agent == agentID {
                if let update = update(task, now) { framework.stream?.yield(MasterEvent.update(update)) }
            }
        }
    }

    private func tellOfFailure(_ agentID: String) {
        for framework in frameworks.values {
            framework.stream?.yield(MasterEvent.failure(agent: agentID, executor: nil, status: nil))
        }
    }
}
