import Model

@testable import Lifecycle

struct WorldAgent {
    let number: Int
    var reachable = true
    var gone = false
    /// No offer of it before.
    var refusedUntil: Instant?

    init(number: Int) { self.number = number }
}

extension World {
    // MARK: the stream

    mutating func subscribe() {
        guard stream == nil else { return }
        streams += 1
        stream = streams
        flowing = true
        for id in agents.keys { agents[id]?.refusedUntil = nil }
        frame([.subscribed(FrameworkID("f-1"))])
    }

    /// The stream breaks, and comes back after a while.
    mutating func disconnect(for pause: Span = .seconds(3)) {
        guard stream != nil else { return }
        trace.write(now, "disconnect")
        cutStream()
        frame([.disconnected])
        later(pause, .subscription)
    }

    mutating func cutStream() {
        stream = nil
        offers = [:]
    }

    // MARK: offers

    mutating func offer() {
        guard stream != nil, flowing else { return }
        var fresh: [Offer] = []
        for (id, agent) in agents.sorted(by: { $0.key < $1.key }) where agent.reachable && !agent.gone {
            if let until = agent.refusedUntil, until > now { continue }
            guard !offers.values.contains(where: { $0.agentID == id }) else { continue }
            offerCount += 1
            let used = pods.values.count { $0.isLive && $0.agent == id }
            var resources: [Resource] = .plenty(but: "cpus", Int64(max(0, 8 - 2 * used)))
            resources[3] = .ports(UInt64(31_000 + (portsStay ? 0 : offerCount % 500))...31_999)
            fresh.append(Fixture.offer("o\(offerCount)", agent: agent.number, resources))
        }
        guard !fresh.isEmpty else { return }
        for offer in fresh { offers[offer.id] = offer }
        frame([.offers(fresh)])
    }

    mutating func performAtMaster(_ effect: Effect) -> Event {
        switch effect {
        case .revive:
            flowing = true
            for id in agents.keys { agents[id]?.refusedUntil = nil }
        case .suppress: flowing = false
        case .decline(let ids, let refuse):
            for id in ids {
                guard let offer = offers.removeValue(forKey: id) else { continue }
                agents[offer.agentID]?.refusedUntil = now + refuse
            }
        case .launch(let run, let attempt, let ids): launch(run, attempt, ids)
        case .kill(let task, _, _): kill(task)
        case .reconcile(let questions): for question in questions { report(question.task, question.agent) }
        case .readNodes, .readSource, .create, .adopt, .find, .inspect, .delete, .list, .readOutput: break
        }
        return .called(effect.key, .done(()))
    }

    private mutating func launch(_ run: RunID, _ number: Int, _ ids: [OfferID]) {
        guard let attempt = durable.runs[run]?.attempts.first(where: { $0.number == number }) else { return }
        let mine = ids.compactMap { offers.removeValue(forKey: $0) }
        guard mine.count == ids.count, mine.allSatisfy({ agents[$0.agentID]?.reachable == true }), stream != nil else {
            for task in attempt.tasks { tell(task.id, .dropped, attempt.agent, "REASON_INVALID_OFFERS") }
            return
        }
        let rival = pods.values.first { $0.isLive && $0.clone == attempt.clone }
        checks.require(rival == nil, "launches on \(attempt.clone) beside \(rival?.executor.value ?? "")")
        checks.require(durable.copies[attempt.clone]?.run == run, "launches \(run) on \(attempt.clone) of another run")
        checks.require(pods[attempt.executorID] == nil, "launches \(attempt.executorID) twice")
        let scripts = script[run.value] ?? []
        let place = min(pods.values.count { $0.run == run }, scripts.count - 1)
        let chosen = scripts.isEmpty ? PodScript() : scripts[place]
        let pod = Pod(attempt, run, chance?.script() ?? chosen)
        pods[pod.executor] = pod
        later(chance?.attachDelay() ?? .seconds(1), .pod(pod.executor, .mount))
        later(attempt.maxCompletion, .pod(pod.executor, .end))
    }

    private mutating func kill(_ task: TaskID) {
        guard let pod = pods.values.first(where: { $0.states[task] != nil }) else { return report(task, AgentID("a1")) }
        guard pod.isLive else { return report(task, pod.agent) }
        // A master forgets a kill for an agent that it cannot reach.
        if agents[pod.agent]?.reachable == true { later(.seconds(1), .pod(pod.executor, .end)) }
    }

    /// What the master answers of a task by itself.
    private mutating func report(_ task: TaskID, _ agent: AgentID) {
        guard let pod = pods.values.first(where: { $0.states[task] != nil }), let state = pod.states[task] else {
            return tell(task, .gone, agent, "REASON_RECONCILIATION")
        }
        if agents[pod.agent]?.gone == true { return tell(task, .goneByOperator, agent, "REASON_RECONCILIATION") }
        if agents[pod.agent]?.reachable == false { return tell(task, .unreachable, agent, "REASON_RECONCILIATION") }
        tell(task, state, agent, "REASON_RECONCILIATION")
    }

    /// News that the master makes up: without a uuid, and lost with the stream.
    mutating func tell(_ task: TaskID, _ state: TaskState, _ agent: AgentID, _ reason: String) {
        let update = TaskUpdate(taskID: task, state: state, source: "SOURCE_MASTER", reason: reason, agentID: agent)
        later(.zero, .news(.update(update)))
    }

    // MARK: agents

    mutating func lose(_ id: AgentID, for pause: Span?) {
        guard agents[id]?.reachable == true else { return }
        trace.write(now, "agent \(id) is out of sight")
        agents[id]?.reachable = false
        offers = offers.filter { $0.value.agentID != id }
        for pod in pods.values.sorted(by: { $0.executor < $1.executor }) where pod.isLive && pod.agent == id {
            for (task, state) in pod.sortedStates where !state.isTerminal {
                tell(task, .unreachable, id, "REASON_SLAVE_REMOVED")
            }
        }
        if let pause { later(pause, .agentReturns(id)) }
    }

    mutating func returns(_ id: AgentID) {
        guard agents[id]?.gone == false, agents[id]?.reachable == false else { return }
        agents[id]?.reachable = true
        for pod in pods.values.sorted(by: { $0.executor < $1.executor }) where pod.agent == id {
            for (task, state) in pod.sortedStates where !state.isTerminal {
                tell(task, state, id, "REASON_SLAVE_REREGISTERED")
            }
        }
    }

    /// An operator declares an agent gone: its tasks are dead, and its volumes come loose.
    mutating func remove(_ id: AgentID) {
        trace.write(now, "agent \(id) is gone")
        agents[id]?.reachable = false
        agents[id]?.gone = true
        offers = offers.filter { $0.value.agentID != id }
        for pod in pods.values.sorted(by: { $0.executor < $1.executor }) where pod.isLive && pod.agent == id {
            for (task, state) in pod.sortedStates where !state.isTerminal {
                pods[pod.executor]?.states[task] = .goneByOperator
                tell(task, .goneByOperator, id, "REASON_SLAVE_REMOVED_BY_OPERATOR")
            }
            later(.seconds(20), .pod(pod.executor, .detach))
        }
    }
}
