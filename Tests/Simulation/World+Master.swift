import Lifecycle
import Model

struct WorldAgent {
    let number: Int
    var reachable = true
    var gone = false
    /// No offer of it before.
    var refusedUntil: Instant?
    /// True from a master's restart until the agent has registered with it.
    var isAwaited = false
    /// True when the master can speak with it.
    var isInSight: Bool { reachable && !gone && !isAwaited }

    init(number: Int) { self.number = number }
}

extension World {
    // MARK: the stream

    mutating func subscribe() {
        guard stream == nil || streamOwner != current.number else { return }
        if state.isUninstalling {
            // Nobody becomes a framework in order to be taken down.
            guard let id = state.frameworkID, state.uninstallation?.stage != .tornDown else { return }
            guard !tornDown.contains(id) else { return frame([.frameworkRemoved]) }
        }
        if stream != nil { later(chance?.latency() ?? .zero, .failedOver, process: streamOwner) }
        streams += 1
        stream = streams
        streamOwner = current.number
        flowing = true
        offers = [:]
        for id in agents.keys { agents[id]?.refusedUntil = nil }
        frame([.subscribed(state.frameworkID ?? FrameworkID("f-\(frameworks)"))])
    }

    /// The stream breaks, and comes back after a while.
    mutating func disconnect(for pause: Span = .seconds(3)) {
        guard stream != nil else { return }
        trace.write(now, "disconnect")
        let owner = streamOwner
        cutStream()
        frame([.disconnected], by: owner)
        later(pause, .subscription)
    }

    /// The master dies, and another begins: one that knows the agents from its log, or one that knows nothing.
    ///
    /// - Source: recordings/mesos/14-master-failover and 15-master-failover-replicated-log.
    mutating func restartMaster(remembers: Bool, for pause: Span, agentsWithin: Int64) {
        disconnect(for: pause)
        trace.write(now, "a master begins that remembers \(remembers ? "its agents" : "nothing")")
        masterForgot = !remembers
        for id in agents.keys.sorted() {
            if agents[id]?.gone == true {
                // It registers no more: what an operator said of it is in the log, or forgotten.
                if !remembers { agents[id]?.isAwaited = true }
                continue
            }
            agents[id]?.isAwaited = true
            let delay = pause + .seconds(1 + (chance?.below(UInt64(agentsWithin)) ?? 0))
            later(delay, .agentRegisters(id))
        }
    }

    mutating func register(_ id: AgentID) {
        // One that is out of sight registers when it is back.
        guard agents[id]?.isAwaited == true, agents[id]?.reachable == true else { return }
        agents[id]?.isAwaited = false
        for index in unacknowledged.indices where unacknowledged[index].update.agentID == id {
            unacknowledged[index].sentAt = nil
        }
        guard masterForgot else { return }
        for pod in pods.values.sorted(by: { $0.executor < $1.executor }) where pod.agent == id {
            for (task, state) in pod.sortedStates where !state.isTerminal || isUnacknowledged(task) {
                tell(task, state, id, "REASON_AGENT_REREGISTERED")
            }
        }
    }

    private func isUnacknowledged(_ task: TaskID) -> Bool { unacknowledged.contains { $0.update.taskID == task } }

    /// An operator tears the framework down: its tasks end without a word, and its id is worth nothing from then on.
    mutating func tearDown() {
        trace.write(now, "the framework is torn down")
        endTasksSilently()
        frameworks += 1
        if isUp { end(current.number, "the framework has been removed") }
        if let former { end(former.number, "the framework has been removed") }
        store.forgetFramework()
        later(.seconds(5), .start)
    }

    /// What the master does with a framework's tasks when that is torn down.
    private mutating func endTasksSilently() {
        unacknowledged = []
        for pod in pods.values.sorted(by: { $0.executor < $1.executor }) where pod.isLive {
            for (task, state) in pod.sortedStates where !state.isTerminal { pods[pod.executor]?.states[task] = .killed }
            later(chance?.attachDelay() ?? .seconds(2), .pod(pod.executor, .detach))
        }
    }

    /// The scheduler has asked for it itself, and goes on.
    private mutating func tearDownOurs() {
        guard let id = state.frameworkID else { return }
        trace.write(now, "the framework is torn down, as it asked")
        checks.require(state.uninstallation?.stage == .tearingDown, "tears down what is not being uninstalled")
        tornDown.insert(id)
        endTasksSilently()
        let owner = streamOwner
        cutStream()
        frame([.disconnected], by: owner)
        later(.seconds(3), .subscription)
    }

    mutating func cutStream() {
        stream = nil
        offers = [:]
    }

    // MARK: offers

    mutating func offer() {
        guard stream != nil, flowing else { return }
        var fresh: [Offer] = []
        for (id, agent) in agents.sorted(by: { $0.key < $1.key }) where agent.isInSight {
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
        frame([.offers(fresh)], by: streamOwner)
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
        case .flush(let run, let number, let ids): flush(run, number, ids)
        case .kill(let task, _, _): kill(task)
        case .reconcile(let questions) where questions.isEmpty: reportAll()
        case .reconcile(let questions): for question in questions { report(question.task, question.agent) }
        case .teardown: tearDownOurs()
        case .readNodes, .readSource, .create, .adopt, .find, .inspect, .delete, .list, .readOutput, .readSeal: break
        }
        return .called(effect.key, .done(()))
    }

    private mutating func launch(_ run: RunID, _ number: Int, _ ids: [OfferID]) {
        guard let attempt = durable.runs[run]?.attempts.first(where: { $0.number == number }) else { return }
        let mine = ids.compactMap { offers.removeValue(forKey: $0) }
        guard mine.count == ids.count, mine.allSatisfy({ agents[$0.agentID]?.isInSight == true }), stream != nil else {
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
        for task in attempt.tasks { podOfTask[task.id] = pod.executor }
        later(chance?.attachDelay() ?? .seconds(1), .pod(pod.executor, .mount))
        later(attempt.maxCompletion, .pod(pod.executor, .end))
        if chance?.happens(.outOfSight, oneIn: 12) == true {
            // Nobody sees whether it begins.
            lose(attempt.agent, for: .seconds(200 + (chance?.below(600) ?? 0)))
        }
    }

    /// A flush is over in a moment, one way or another; nobody waits for its words for long.
    private mutating func flush(_ run: RunID, _ number: Int, _ ids: [OfferID]) {
        guard let flush = durable.runs[run]?.flush?.first(where: { $0.number == number }), let task = flush.task,
            let agent = flush.agent
        else { return }
        let mine = ids.compactMap { offers.removeValue(forKey: $0) }
        guard mine.count == ids.count, stream != nil else {
            return tell(task.id, .dropped, agent, "REASON_INVALID_OFFERS")
        }
        flushes.append(run)
        switch chance?.flush() ?? flushScript {
        case .works: later(.seconds(2), .news(.update(Self.end(task.id, .finished, agent))))
        case .fails: later(.seconds(2), .news(.update(Self.end(task.id, .failed, agent))))
        case .hangs: break
        }
    }

    private static func end(_ task: TaskID, _ state: TaskState, _ agent: AgentID) -> TaskUpdate {
        TaskUpdate(taskID: task, state: state, message: "Command exited with status 1", agentID: agent)
    }

    private mutating func kill(_ task: TaskID) {
        guard let pod = pod(of: task) else { return report(task, AgentID("a1")) }
        guard pod.isLive else { return report(task, pod.agent) }
        // A master forgets a kill for an agent that it cannot reach.
        if agents[pod.agent]?.isInSight == true { later(.seconds(1), .pod(pod.executor, .end)) }
    }

    /// What the master answers of no task in particular: all that it knows to be alive.
    private mutating func reportAll() {
        for pod in pods.values.sorted(by: { $0.executor < $1.executor }) where pod.isLive {
            guard let agent = agents[pod.agent], !agent.gone, !agent.isAwaited else { continue }
            for (task, state) in pod.sortedStates where !state.isTerminal { report(task, pod.agent) }
        }
    }

    /// What the master answers of a task by itself.
    private mutating func report(_ task: TaskID, _ agent: AgentID) {
        if agents[agent]?.isAwaited == true {
            // With a log, silence means that it does not know yet; without one, it answers what it believes.
            return masterForgot ? tell(task, .unknown, agent, "REASON_RECONCILIATION") : ()
        }
        guard let pod = pod(of: task), let state = pod.states[task] else {
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

    private func pod(of task: TaskID) -> Pod? { podOfTask[task].flatMap { pods[$0] } }

    // MARK: agents

    mutating func lose(_ id: AgentID, for pause: Span?) {
        guard agents[id]?.reachable == true else { return }
        trace.write(now, "agent \(id) is out of sight")
        agents[id]?.reachable = false
        offers = offers.filter { $0.value.agentID != id }
        if let pause { later(pause, .agentReturns(id)) }
        guard agents[id]?.isAwaited == false else { return }
        for pod in pods.values.sorted(by: { $0.executor < $1.executor }) where pod.isLive && pod.agent == id {
            for (task, state) in pod.sortedStates where !state.isTerminal {
                tell(task, .unreachable, id, "REASON_SLAVE_REMOVED")
            }
        }
    }

    mutating func returns(_ id: AgentID) {
        guard agents[id]?.gone == false, agents[id]?.reachable == false else { return }
        agents[id]?.reachable = true
        for index in unacknowledged.indices where unacknowledged[index].update.agentID == id {
            unacknowledged[index].sentAt = nil
        }
        guard agents[id]?.isAwaited == false else { return register(id) }
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
        agents[id]?.isAwaited = false
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
