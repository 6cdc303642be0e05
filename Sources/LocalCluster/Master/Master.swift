import FoundationEssentials
import Logging
import Model

/// A stand-in for a Mesos master: frameworks, offers and tasks, over agents that run processes on this machine.
///
/// - Source: the behaviour is that of `recordings/mesos`; each file says which scenarios it follows.
actor Master {
    let settings: LocalClusterSettings
    let logger: Logger
    /// A restarted master has another.
    private(set) var id = randomUUID()
    /// Between its start and the moment when it knows what it knew.
    private(set) var isRecovering = false
    /// By the agents' ids.
    nonisolated let hostnames: [String: String]
    let clock: @Sendable () -> Double = secondsSinceEpoch
    private let host: @Sendable (String, LocalClusterPlan.Agent, _ frameworkID: String) -> PodRunner.Host
    private(set) var port = 0

    var agents: [String: LocalAgent] = [:]
    let agentOrder: [String]
    var frameworks: [String: FrameworkRecord] = [:]
    var offers: [String: OutstandingOffer] = [:]
    /// Removed ones are remembered, as a real master does until it restarts.
    var removed: [String: FrameworkRecord] = [:]
    /// As many removed frameworks as a real master remembers (its flag `max_completed_frameworks`).
    static let removedMax = 50
    private var counter = (frameworks: 0, offers: 0)
    private var clockwork: Task<Void, Never>?
    private var lastAllocation = 0.0
    /// By executor, until the pod's last update is taken.
    private var pods: [String: Task<Void, Never>] = [:]
    private(set) var isStopping = false

    init(
        plan: LocalClusterPlan,
        settings: LocalClusterSettings,
        mounting: any VolumeMounting,
        logger: Logger
    ) {
        self.settings = settings
        self.logger = logger
        let id = id
        for (index, agent) in plan.agents.enumerated() {
            let agentID = "\(id)-S\(index)"
            agents[agentID] = LocalAgent(id: agentID, plan: agent)
        }
        agentOrder = plan.agents.indices.map { "\(id)-S\($0)" }
        hostnames = agents.mapValues(\.plan.hostname)
        host = { agentID, agent, frameworkID in
            PodRunner.Host(
                agentID: agentID,
                frameworkID: frameworkID,
                agent: agent,
                images: plan.images,
                sandboxes: plan.sandboxes,
                mounting: mounting,
                fetcher: settings.fetcher,
                imagePull: settings.imagePull,
                clock: secondsSinceEpoch,
                logger: logger
            )
        }
    }

    /// From now on time passes: allocations, heartbeats, repeated updates, fail-over time-outs.
    ///
    /// - Parameters:
    ///   - port: its own.
    ///   - agentPorts: by the agent's id.
    func start(port: Int, agentPorts: [String: Int]) {
        self.port = port
        for (id, port) in agentPorts { agents[id]?.port = port }
        let period = settings.tick
        clockwork = Task { [weak self] in
            while !Task.isCancelled {
                do { try await Task.sleep(for: .seconds(period)) } catch { return }
                await self?.tick()
            }
        }
    }

    /// Ends every task and every stream.
    func stop() async {
        isStopping = true
        clockwork?.cancel()
        for id in frameworks.keys {
            frameworks[id]?.stream?.finish()
            frameworks[id]?.stream = nil
        }
        // Nothing outlives a local cluster, however long it would like to take.
        for pod in agents.values.flatMap(\.pods.values) { await pod.end(within: Self.stopGrace) }
        for pod in Array(pods.values) { await pod.value }
    }

    /// Seconds between SIGTERM and SIGKILL when the cluster stops.
    private static let stopGrace = 2.0

    private func tick() {
        let now = clock()
        for (id, framework) in frameworks {
            if framework.stream != nil, now - framework.lastHeartbeat >= settings.heartbeat {
                frameworks[id]?.lastHeartbeat = now
                framework.stream?.yield(MasterEvent.heartbeat())
            }
            if let since = framework.disconnectedAt, now - since >= framework.info.failoverTimeout {
                logger.info("a framework did not come back", metadata: ["mesos.framework": "\(id)"])
                remove(id)
            }
            resend(framework, now)
        }
        if now - lastAllocation >= settings.allocation {
            lastAllocation = now
            allocate()
        }
    }

    /// Dies, and begins to start anew; nothing answers until ``endRecovery()``.
    func beginRecovery() {
        id = randomUUID()
        isRecovering = true
    }

    /// Answers again.
    func endRecovery() { isRecovering = false }

    func nextFrameworkID() -> String {
        defer { counter.frameworks += 1 }
        return "\(id)-\(padded(counter.frameworks))"
    }

    func nextOfferID() -> String {
        defer { counter.offers += 1 }
        return "\(id)-O\(counter.offers)"
    }

    private func padded(_ number: Int) -> String {
        let text = "\(number)"
        return String(repeating: "0", count: max(0, 4 - text.count)) + text
    }

    // MARK: tasks

    /// Starts a pod on an agent; its resources are in use until its updates say otherwise.
    func launch(
        _ tasks: [TaskDescription],
        executor: ExecutorDescription?,
        executorID: String,
        on agentID: String,
        for frameworkID: String
    ) {
        guard !isStopping, let agent = agents[agentID], let framework = frameworks[frameworkID] else { return }
        for task in tasks {
            agents[agentID]?.used["task \(frameworkID) \(task.id)"] = task.resources
            let staging = StatusUpdate(
                task: task.id,
                state: .staging,
                source: .master,
                agent: agentID,
                timestamp: clock()
            )
            frameworks[frameworkID]?.tasks[task.id] = TaskRecord(
                description: task,
                executor: executorID,
                agent: agentID,
                latest: staging
            )
        }
        let executorKey = "executor \(frameworkID) \(executorID)"
        if let executor { agents[agentID]?.used[executorKey] = executor.resources }
        // Through a queue, so that updates are taken in the order in which they were made.
        let (updates, feed) = AsyncStream.makeStream(of: StatusUpdate.self)
        let pod = PodRunner(
            host: host(agentID, agent.plan, frameworkID),
            executor: executorID,
            isGroup: executor != nil,
            networks: executor?.networks ?? [],
            tasks: tasks,
            saysKilling: framework.info.saysKilling,
            report: { feed.yield($0) }
        )
        let podKey = "\(frameworkID) \(executorID)"
        agents[agentID]?.pods[podKey] = pod
        pods[podKey] = Task {
            async let end: Void = {
                await pod.run()
                feed.finish()
            }()
            for await update in updates { self.take(update, for: frameworkID) }
            await end
            self.podEnded(podKey, on: agentID)
            guard executor != nil else { return }
            self.agents[agentID]?.used[executorKey] = nil
            guard self.isReachable(agentID) else { return }
            // Status 0 is the normal end of a pod; a command executor's end is not told (10-launch-group, 02-launch).
            self.frameworks[frameworkID]?.stream?.yield(
                MasterEvent.failure(agent: agentID, executor: executorID, status: 0)
            )
        }
    }

    private func podEnded(_ podKey: String, on agentID: String) {
        agents[agentID]?.pods[podKey] = nil
        pods[podKey] = nil
    }

    func pod(of task: TaskRecord, _ frameworkID: String) -> PodRunner? {
        agents[task.agent]?.pods["\(frameworkID) \(task.executor)"]
    }
}

/// The wall clock.
func secondsSinceEpoch() -> Double { Date().timeIntervalSince1970 }
