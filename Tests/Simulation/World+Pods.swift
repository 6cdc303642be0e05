import Lifecycle
import Model

/// What a pod does with its life.
struct PodScript: Hashable {
    enum Suite: Hashable {
        case exits(Int)
        /// It runs until it is ended.
        case hangs
    }
    var suite = Suite.exits(0)
    var suiteTakes = Span.seconds(20)
    /// Counted from its start.
    var cassandraDiesAfter: Span?
    var mountFails = false
    /// The check never says 0: Cassandra boots for ever.
    var neverAnswers = false
    /// The check never says 0: the copy is not sealed.
    var neverSeals = false
    /// The helper ends the container instead of publishing the copy.
    var sealFault: SealFault?
    /// The agent takes the pod and says nothing.
    var neverStarts = false
    /// Cassandra answers, and the suite stays STAGING.
    var suiteNeverStarts = false
    /// The agent cannot fetch what the suite is run in.
    var fetchFails = false
    /// How many kills it survives.
    var killsIgnored = 0
}

/// What a flush of production does.
enum FlushScript: Hashable, CaseIterable {
    case works
    case fails
    case hangs
}

enum PodStep: Hashable {
    case mount
    case run
    case seal
    case answer
    case suiteEnds
    case cassandraDies
    case end
    case detach
}

/// One pod as it really is.
struct Pod {
    let run: RunID
    let attempt: Int
    let executor: ExecutorID
    let agent: AgentID
    let node: NodeID
    let clone: CopyName
    let cassandra: TaskID
    /// nil in a service run.
    let suite: TaskID?
    var states: [TaskID: TaskState]
    var script: PodScript
    var mounted: VolumeID?
    var ends = 0

    init(_ attempt: Attempt, _ run: RunID, _ script: PodScript) {
        self.run = run
        self.attempt = attempt.number
        executor = attempt.executorID
        agent = attempt.agent
        node = attempt.node
        clone = attempt.clone
        cassandra = attempt.cassandra.id
        suite = attempt.suite?.id
        states = Dictionary(uniqueKeysWithValues: attempt.tasks.map { ($0.id, .staging) })
        self.script = script
    }

    var isLive: Bool { !states.values.allSatisfy(\.isTerminal) }
    var sortedStates: [(TaskID, TaskState)] { states.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
}

extension World {
    mutating func advance(pod id: ExecutorID, _ step: PodStep) {
        guard let pod = pods[id] else { return }
        if step == .detach {
            if let volume = pod.mounted { volumes[volume]?.attachedOn = nil }
            return
        }
        guard pod.isLive, agents[pod.agent]?.gone != true else { return }
        switch step {
        case .mount: mount(pod)
        case .run:
            say(id, pod.cassandra, .running)
            guard !pod.script.suiteNeverStarts, let suite = pod.suite else { break }
            say(id, suite, .running)
        case .seal:
            let step = pod.script.neverAnswers ? SealStep.isolating : .rewriting
            say(id, pod.cassandra, .running, check: step.rawValue)
        case .answer: answer(pod)
        case .suiteEnds: endSuite(pod)
        case .cassandraDies:
            say(id, pod.cassandra, .failed, reason: "REASON_COMMAND_EXECUTOR_FAILED")
            // A suite may notice before it is ended.
            if let suite = pod.suite, pod.states[suite] == .running, chance.map({ $0.kinds.contains(.suites) }) ?? false
            {
                say(id, suite, .failed)
            }
            finishPod(id, .killed)
        case .end:
            pods[id]?.ends += 1
            if pod.ends >= pod.script.killsIgnored { finishPod(id, .killed) }
        case .detach: break
        }
    }

    private mutating func answer(_ pod: Pod) {
        guard let fault = pod.script.sealFault else {
            guard !pod.script.neverAnswers, !pod.script.neverSeals else { return }
            return say(pod.executor, pod.cassandra, .running, check: SealStep.ready.rawValue)
        }
        let message = "Command exited with status \(fault.rawValue)"
        say(pod.executor, pod.cassandra, .failed, message: message)
        finishPod(pod.executor, .killed)
    }

    private mutating func mount(_ pod: Pod) {
        guard !pod.script.neverStarts else { return }
        guard !pod.script.mountFails, let volume = volume(named: pod.clone.value), volume.attachedOn == nil else {
            checks.require(
                pod.script.mountFails || launchesMayBeLate || deletedByHand.contains(pod.clone.value),
                "pod \(pod.executor) finds no free volume \(pod.clone)"
            )
            return finishPod(pod.executor, .failed)
        }
        checks.require(volume.id == durable.copies[pod.clone]?.volumeID?.id, "pod \(pod.executor) mounts another's")
        volumes[volume.id]?.attachedOn = pod.node.value
        pods[pod.executor]?.mounted = volume.id
        say(pod.executor, pod.cassandra, .starting)
        if !pod.script.suiteNeverStarts, let suite = pod.suite { say(pod.executor, suite, .starting) }
        if pod.script.fetchFails, let suite = pod.suite {
            let message = "Failed to launch container: Failed to fetch all URIs for container"
            say(pod.executor, suite, .failed, reason: "REASON_CONTAINER_LAUNCH_FAILED", message: message)
            return finishPod(pod.executor, .killed)
        }
        later(.seconds(1), .pod(pod.executor, .run))
        later(.seconds(3), .pod(pod.executor, .seal))
        later(.seconds(5), .pod(pod.executor, .answer))
        if let span = pod.script.cassandraDiesAfter { later(span, .pod(pod.executor, .cassandraDies)) }
        if case .exits = pod.script.suite { later(pod.script.suiteTakes, .pod(pod.executor, .suiteEnds)) }
    }

    private mutating func endSuite(_ pod: Pod) {
        guard case .exits(let code) = pod.script.suite, let suite = pod.suite,
            pod.states[suite]?.isTerminal == false, !pod.script.suiteNeverStarts
        else { return }
        // The executor ends the pod for a failure, and leaves it alone for a success.
        guard code == 0 else {
            say(pod.executor, suite, .failed)
            return finishPod(pod.executor, .killed)
        }
        say(pod.executor, suite, .finished)
    }

    private mutating func finishPod(_ id: ExecutorID, _ state: TaskState) {
        guard let pod = pods[id] else { return }
        for (task, old) in pod.sortedStates where !old.isTerminal { say(id, task, state) }
        later(chance?.attachDelay() ?? .seconds(2), .pod(id, .detach))
    }

    /// The executor's own word: it has a uuid, and is repeated until taken.
    private mutating func say(
        _ id: ExecutorID,
        _ task: TaskID,
        _ state: TaskState,
        check: Int32? = nil,
        reason: String? = nil,
        message: String? = nil
    ) {
        guard let pod = pods[id], pod.states[task]?.isTerminal == false else { return }
        pods[id]?.states[task] = state
        var update = TaskUpdate(taskID: task, state: state, source: "SOURCE_EXECUTOR", reason: reason, message: message)
        update.agentID = pod.agent
        update.executorID = id
        toldCount += 1
        update.uuid = [UInt8(toldCount >> 16 & 255), UInt8(toldCount >> 8 & 255), UInt8(toldCount & 255)]
        update.checkExitCode = check
        unacknowledged.append(Told(update: update))
    }

    /// Agents in sight send what they have not got rid of yet: of each task one update at a time, again and again.
    mutating func deliverUpdates() {
        while let index = nextUpdate() {
            unacknowledged[index].sentAt = now
            unacknowledged[index].stream = stream
            let update = unacknowledged[index].update
            let times = chance?.repeats() == true ? 2 : 1
            let arrival = max(now + (chance?.latency() ?? .zero), newsUntil[update.taskID] ?? now)
            if arrival > now {
                newsUntil[update.taskID] = arrival
                for _ in 0..<times { later(arrival - now, .news(.update(update))) }
            } else {
                frame(Array(repeating: .update(update), count: times), by: streamOwner)
            }
        }
    }

    private func nextUpdate() -> Int? {
        guard let stream, !unacknowledged.isEmpty else { return nil }
        var tasks: Set<TaskID> = []
        return unacknowledged.firstIndex { told in
            guard tasks.insert(told.update.taskID).inserted, isInSight(told.update) else { return false }
            // An agent waits for the word that it was taken, ten seconds and longer.
            return told.stream != stream || told.sentAt.map { now - $0 >= .seconds(10) } ?? true
        }
    }

    /// The word that an update is durable is on its way to its agent.
    mutating func acknowledge(_ update: TaskUpdate, by number: Int) {
        guard number == streamOwner else { return }
        guard let delay = chance?.latency(), delay > .zero else { return take(update) }
        later(delay, .acknowledgement(update), process: number)
    }

    mutating func take(_ update: TaskUpdate) {
        guard stream != nil, isInSight(update) else { return }
        unacknowledged.removeAll { $0.update.uuid == update.uuid }
    }

    private func isInSight(_ update: TaskUpdate) -> Bool {
        update.agentID.flatMap { agents[$0] }?.isInSight ?? false
    }
}

/// What an executor said, until somebody has taken it.
struct Told: Sendable {
    let update: TaskUpdate
    var sentAt: Instant?
    /// The stream that it was sent on last.
    var stream: Int?
}
