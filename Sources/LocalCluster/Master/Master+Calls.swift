import Logging
import Model

/// What the HTTP side hands in (`01-subscribe`, `06-errors`, `07-failover`, `09-teardown`).
extension Master {
    /// How a call is answered.
    enum Answer: Sendable {
        case accepted
        case refused(Int, String)
        case stream(id: String, EventStream, AsyncStream<EventStream.Item>)
    }

    /// Takes one call.
    func take(_ call: MasterCall, streamID: String?) async -> Answer {
        guard !isStopping else { return .refused(503, "The local cluster stops") }
        guard !isRecovering else { return .refused(503, "Master has not finished recovery") }
        if case .subscribe(let info, let suppressed) = call.body {
            guard streamID == nil else {
                return .refused(400, "Subscribe calls should not include the 'Mesos-Stream-Id' header")
            }
            return subscribe(info, suppressed: suppressed)
        }
        guard let id = call.frameworkID, let framework = frameworks[id], framework.isKnown else {
            return .refused(400, "Framework cannot be found")
        }
        guard framework.stream != nil else { return .refused(403, "Framework is not subscribed") }
        guard let streamID else {
            return .refused(400, "All non-subscribe calls should include the 'Mesos-Stream-Id' header")
        }
        guard streamID == framework.streamID else {
            return .refused(
                400,
                "The stream ID '\(streamID)' included in this request didn't match the stream ID currently associated "
                    + "with framework ID \(id)"
            )
        }
        await perform(call.body, id)
        return .accepted
    }

    private func perform(_ body: MasterCall.Body, _ id: String) async {
        switch body {
        case .subscribe, .ignored: break
        case .teardown: remove(id)
        case .accept(let offers, let operations, let refuse): accept(offers, operations, refuse: refuse, by: id)
        case .decline(let offers, let refuse): decline(offers, refuse: refuse, by: id)
        case .shutdown(let executor, let agent):
            guard isReachable(agent) else { return }
            await agents[agent]?.pods["\(id) \(executor)"]?.kill(grace: nil)
        case .revive: revive(id)
        case .suppress: frameworks[id]?.suppressed = true
        case .kill(let task, let agent, let grace): await kill(task, agent, grace, for: id)
        case .acknowledge(let task, let uuid): acknowledge(task, uuid, by: id)
        case .reconcile(let questions): reconcile(questions, for: id)
        }
    }

    private func subscribe(_ info: FrameworkDescription, suppressed: [String]) -> Answer {
        let streamID = randomUUID()
        let (continuation, stream) = EventStream.make()
        if let fault = fault(of: info) {
            // Refused for its content: 200, one ERROR, and the end.
            continuation.yield(MasterEvent.error(fault))
            continuation.finish()
            return .stream(id: streamID, continuation, stream)
        }
        let id = info.id ?? nextFrameworkID()
        var framework = frameworks[id] ?? FrameworkRecord(id: id, info: info)
        if let old = framework.stream {
            old.yield(MasterEvent.error("Framework failed over"))
            old.finish()
        }
        withdrawOffers(of: id)
        framework.info = info
        framework.stream = continuation
        framework.streamID = streamID
        framework.isKnown = true
        framework.disconnectedAt = nil
        framework.suppressed = !info.roles.isEmpty && info.roles.allSatisfy(suppressed.contains)
        framework.refusals = [:]
        framework.lastHeartbeat = clock()
        frameworks[id] = framework
        let description = MasterEvent.MasterDescription(id: self.id, port: port)
        continuation.yield(MasterEvent.subscribed(id, heartbeat: settings.heartbeat, master: description))
        continuation.yield(MasterEvent.heartbeat())
        logger.info("a framework subscribed", metadata: ["mesos.framework": "\(id)", "mesos.name": "\(info.name)"])
        allocate()
        resendAll(to: id)
        return .stream(id: streamID, continuation, stream)
    }

    private func fault(of info: FrameworkDescription) -> String? {
        if let id = info.id {
            if removed[id] != nil { return "Framework has been removed" }
            if id.contains("/") { return "'\(id)' contains invalid characters" }
            if let known = frameworks[id], known.isKnown, known.info.principal != info.principal {
                return "Changing framework's principal is not allowed."
            }
        }
        // Nanoseconds in 64 bits end there.
        guard info.failoverTimeout < 9.2e9 else {
            return "The framework failover_timeout (\(info.failoverTimeout)) is invalid"
        }
        return faultOfRoles(info)
    }

    private func faultOfRoles(_ info: FrameworkDescription) -> String? {
        if info.hasSeveralRoles, info.namesOneRole {
            return "'FrameworkInfo.role' must not be set when the framework is MULTI_ROLE capable"
        }
        if let twice = info.roles.first(where: { role in info.roles.count { $0 == role } > 1 }) {
            return "'FrameworkInfo.roles' contains duplicate items: { \(twice) }"
        }
        for role in info.roles where role != "*" {
            for part in role.split(separator: "/", omittingEmptySubsequences: false) {
                let why: String? =
                    switch part {
                    case "": "Role '\(role)' cannot be empty, start or end with a slash"
                    case ".", "..": "Role '\(role)' cannot include '\(part)' as a component"
                    case _ where part.hasPrefix("-"):
                        "Role component '\(part)' is invalid because it starts with a dash"
                    default: nil
                    }
                if let why { return "'FrameworkInfo.roles' contains invalid role: \(why)" }
            }
        }
        return nil
    }

    /// A stream's connection is gone: tasks go on, offers are withdrawn.
    func streamClosed(_ streamID: String) {
        guard let framework = frameworks.values.first(where: { $0.streamID == streamID && $0.stream != nil }) else {
            return
        }
        framework.stream?.finish()
        frameworks[framework.id]?.stream = nil
        frameworks[framework.id]?.disconnectedAt = clock()
        withdrawOffers(of: framework.id)
        if framework.info.failoverTimeout <= 0 { remove(framework.id) }
    }

    /// For good: its tasks are killed, its stream just ends, its id is never taken again.
    func remove(_ id: String) {
        guard var framework = frameworks[id] else { return }
        framework.stream?.finish()
        framework.stream = nil
        withdrawOffers(of: id)
        // An agent out of reach hears of it when it is back.
        for agent in agents.values where agent.presence == .registered {
            for (key, pod) in agent.pods where key.hasPrefix("\(id) ") { Task { await pod.kill(grace: nil) } }
        }
        agents = agents.mapValues { agent in
            var agent = agent
            agent.used = agent.used.filter { !$0.key.contains(" \(id) ") }
            return agent
        }
        for (taskID, var task) in framework.tasks {
            // Nobody is told, and so it stands among the completed ones (09-teardown).
            task.latest.state = .killed
            framework.tasks[taskID] = task
            framework.complete(task)
        }
        frameworks[id] = nil
        removed[id] = framework
        if removed.count > Self.removedMax, let oldest = removed.keys.min() { removed[oldest] = nil }
    }

    private func kill(_ taskID: String, _ agent: String?, _ grace: Double?, for frameworkID: String) async {
        guard let framework = frameworks[frameworkID] else { return }
        guard isReachable(framework.tasks[taskID]?.agent ?? agent) else {
            // Answered for the moment, and forgotten (08-agent-lost).
            if let answer = answer(taskID, agent, framework) { framework.stream?.yield(MasterEvent.update(answer)) }
            return
        }
        guard let task = framework.tasks[taskID], let pod = pod(of: task, frameworkID), await pod.isAlive(taskID) else {
            let known = framework.tasks[taskID]
            // A task that has ended and is not acknowledged yet is told of anyway, in its turn.
            guard known == nil else { return }
            if let answer = answer(taskID, agent, framework) { framework.stream?.yield(MasterEvent.update(answer)) }
            return
        }
        // Killing one task of a pod kills the pod (10-launch-group).
        await pod.kill(grace: grace)
    }
}
