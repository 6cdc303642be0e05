import Model

/// Updates and reconciliation (`02-launch`, `04-reconcile`, `07-failover`).
extension Master {
    /// An agent's update: kept, freed for, and sent in its turn.
    func take(_ update: StatusUpdate, for frameworkID: String) {
        guard var framework = frameworks[frameworkID], var task = framework.tasks[update.task] else { return }
        task.latest = update
        if update.state.isTerminal { agents[task.agent]?.used["task \(frameworkID) \(update.task)"] = nil }
        if framework.isBuiltIn {
            if update.state.isTerminal { framework.complete(task) } else { framework.tasks[update.task] = task }
            frameworks[frameworkID] = framework
            return
        }
        task.queue.append(update)
        framework.tasks[update.task] = task
        frameworks[frameworkID] = framework
        if task.queue.count == 1 { send(update.task, of: frameworkID) }
    }

    /// Sends the update at the head of a task's queue.
    func send(_ taskID: String, of frameworkID: String) {
        guard var task = frameworks[frameworkID]?.tasks[taskID], let update = task.queue.first, isReachable(task.agent)
        else { return }
        task.sentAt = clock()
        task.retryDelay = settings.updateRetry
        frameworks[frameworkID]?.tasks[taskID] = task
        frameworks[frameworkID]?.stream?.yield(MasterEvent.update(update))
    }

    /// Sends again what nobody has acknowledged: after 10 s, 20 s, 40 s and so on.
    func resend(_ framework: FrameworkRecord, _ now: Double) {
        guard let stream = framework.stream else { return }
        for (id, task) in framework.tasks {
            guard let update = task.queue.first, now - task.sentAt >= task.retryDelay, isReachable(task.agent)
            else { continue }
            frameworks[framework.id]?.tasks[id]?.sentAt = now
            frameworks[framework.id]?.tasks[id]?.retryDelay *= 2
            stream.yield(MasterEvent.update(update))
        }
    }

    /// Everything unacknowledged comes again at once to a framework that has come back.
    func resendAll(to frameworkID: String) {
        for id in frameworks[frameworkID]?.tasks.keys.sorted() ?? [] { send(id, of: frameworkID) }
    }

    func acknowledge(_ taskID: String, _ uuid: [UInt8], by frameworkID: String) {
        guard var framework = frameworks[frameworkID], var task = framework.tasks[taskID],
            let head = task.queue.first, head.uuid == uuid, isReachable(task.agent)
        else { return }
        task.queue.removeFirst()
        if task.queue.isEmpty, head.state.isTerminal {
            framework.complete(task)
            frameworks[frameworkID] = framework
            return
        }
        framework.tasks[taskID] = task
        frameworks[frameworkID] = framework
        send(taskID, of: frameworkID)
    }

    /// Answers explicitly, or for every task when none is named; there is no end marker.
    func reconcile(_ questions: [(task: String, agent: String?)], for frameworkID: String) {
        guard let framework = frameworks[frameworkID] else { return }
        // Of what it has lost sight of, a master does not speak unasked.
        let known = framework.tasks.filter { isReachable($0.value.agent) }
        let asked = questions.isEmpty ? known.keys.sorted().map { ($0, nil) } : questions
        for (taskID, agent) in asked {
            guard let answer = answer(taskID, agent, framework) else { continue }
            framework.stream?.yield(MasterEvent.update(answer))
        }
    }

    /// What is known of a task, made up by the master, and so without a uuid; nil for silence.
    func answer(_ taskID: String, _ agent: String?, _ framework: FrameworkRecord) -> StatusUpdate? {
        let task = framework.tasks[taskID]
        let agent = task?.agent ?? agent
        let (state, words): (TaskState, String)
        switch agent.flatMap({ agents[$0]?.presence }) {
        case .registered:
            if let task { return task.latest.reconciled(at: clock()) }
            (state, words) = (.gone, "Task is unknown to the agent")
        case .unreachable: (state, words) = (.unreachable, "Task is unreachable")
        case .gone: (state, words) = (.goneByOperator, "Task is gone")
        case .awaited: return nil
        case .forgotten: (state, words) = (.unknown, "Task is unknown")
        case nil:
            // Any agent that is not back yet may run it (15-master-failover-replicated-log).
            guard !agents.values.contains(where: { $0.presence == .awaited }) else { return nil }
            (state, words) = (.unknown, "Task is unknown")
        }
        return StatusUpdate(
            task: taskID,
            state: framework.info.isPartitionAware ? state : .lost,
            source: .master,
            reason: .reconciliation,
            message: "Reconciliation: " + words,
            agent: agent,
            timestamp: clock()
        )
    }

    /// Says no to tasks of an ACCEPT; nothing of them exists.
    func refuse(
        _ tasks: [TaskDescription],
        _ state: TaskState,
        _ reason: StatusUpdate.Reason,
        _ message: String,
        for frameworkID: String
    ) {
        for task in tasks {
            let update = StatusUpdate(
                task: task.id,
                state: state,
                source: .master,
                reason: reason,
                message: message,
                agent: task.agent,
                timestamp: clock()
            )
            frameworks[frameworkID]?.stream?.yield(MasterEvent.update(update))
        }
    }
}

extension FrameworkRecord {
    /// As many as `/master/state` shows.
    private static var completedMax: Int { 100 }

    mutating func complete(_ task: TaskRecord) {
        tasks[task.description.id] = nil
        completedTasks.insert(task, at: 0)
        completedTasks = Array(completedTasks.prefix(Self.completedMax))
    }
}
