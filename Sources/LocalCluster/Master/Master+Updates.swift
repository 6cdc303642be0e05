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
    private func send(_ taskID: String, of frameworkID: String) {
        guard var task = frameworks[frameworkID]?.tasks[taskID], let update = task.queue.first else { return }
        task.sentAt = clock()
        task.retryDelay = settings.updateRetry
        frameworks[frameworkID]?.tasks[taskID] = task
        frameworks[frameworkID]?.stream?.yield(MasterEvent.update(update))
    }

    /// Sends again what nobody has acknowledged: after 10 s, 20 s, 40 s and so on.
    func resend(_ framework: FrameworkRecord, _ now: Double) {
        guard let stream = framework.stream else { return }
        for (id, task) in framework.tasks {
            guard let update = task.queue.first, now - task.sentAt >= task.retryDelay else { continue }
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
            let head = task.queue.first, head.uuid == uuid
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
        let asked = questions.isEmpty ? framework.tasks.keys.sorted().map { ($0, nil) } : questions
        for (taskID, agent) in asked { framework.stream?.yield(MasterEvent.update(answer(taskID, agent, framework))) }
    }

    /// What is known of a task, made up by the master: without a uuid.
    func answer(_ taskID: String, _ agent: String?, _ framework: FrameworkRecord) -> StatusUpdate {
        if let task = framework.tasks[taskID] { return task.latest.reconciled(at: clock()) }
        let isKnownAgent = agent.map { agents[$0] != nil } ?? false
        let state = isKnownAgent ? TaskState.gone : .unknown
        return StatusUpdate(
            task: taskID,
            state: framework.info.isPartitionAware ? state : .lost,
            source: .master,
            reason: .reconciliation,
            message: isKnownAgent
                ? "Reconciliation: Task is unknown to the agent" : "Reconciliation: Task is unknown",
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
