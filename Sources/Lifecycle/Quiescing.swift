public import Model

/// Production's memtables being flushed before a snapshot, by a short task on the agent that has production's volume.
public struct Flush: Hashable, Codable, Sendable {
    /// 1 for the first of its run; a copy that grew too old is taken again, after another flush.
    public let number: Int
    /// The Portworx node that has the source's volume attached.
    public let node: NodeID
    /// nil before an offer of that node's agent came.
    public internal(set) var task: Attempt.Task?
    /// Where; nil before it was launched.
    public internal(set) var agent: AgentID?
    /// The agent's host name; nil before it was launched.
    public internal(set) var hostname: String?
    /// Cut from the offer.
    public internal(set) var resources: [Resource] = []
    /// Why production was not flushed; nil when it was, and while nobody knows.
    public internal(set) var fault: String?
    /// True once it was.
    public internal(set) var done = false
}

extension SystemState {
    /// Runs whose flush waits for an offer.
    var awaitingFlush: [Run] {
        unfinished.sorted().compactMap { runs[$0] }.filter { $0.phase == .quiescing && $0.flush?.task == nil }
    }

    /// Whether a run's snapshot is to come after a flush, and where that would be; nil for neither.
    func flush(for run: Run, _ volume: Volume) -> Flush? {
        // What nobody has attached, nobody has anything in memory of.
        guard run.source.quiesce != nil, let node = volume.attachedOn else { return nil }
        let id = nodes.node(attachment: node)?.id ?? NodeID(node)
        return Flush(number: (run.flush?.number ?? 0) + 1, node: id)
    }

    /// Follows a flush to its end, and then takes the snapshot.
    mutating func awaitFlush(_ run: inout Run, _ now: Instant, _ transition: inout Transition) {
        guard let flush = run.flush, let quiesce = run.source.quiesce else {
            return snapshotAfterFlush(&run, now, &transition)
        }
        let place = flush.hostname ?? nodes[flush.node]?.hostname ?? flush.node.value
        if let task = flush.task, task.state == .finished {
            run.flush?.done = true
            return snapshotAfterFlush(&run, now, &transition)
        }
        if let task = flush.task, task.state.isTerminal {
            let why = "the flush on \(place) ended: \(task.message ?? task.state.rawValue)"
            return notFlushed(why, quiesce, &run, now, &transition)
        }
        run.obstacle =
            flush.task == nil
            ? "an offer of \(place), which has production's volume, is waited for, to flush it"
            : "production is being flushed on \(place)"
        guard now - run.phaseSince >= quiesce.timeout else { return }
        let why = flush.task == nil ? "\(place) offered no room for a flush" : "the flush on \(place) did not end"
        notFlushed("\(why) within \(quiesce.timeout)", quiesce, &run, now, &transition)
    }

    private mutating func notFlushed(
        _ why: String,
        _ quiesce: Source.Quiesce,
        _ run: inout Run,
        _ now: Instant,
        _ transition: inout Transition
    ) {
        run.flush?.fault = why
        transition.notes.append(
            Note(.warning, "production was not flushed", ["run.id": run.id.value, "error.cause": why])
        )
        guard quiesce.onFailure == .warn else {
            return finish(&run, .error, "production was not flushed: \(why)", now, &transition)
        }
        snapshotAfterFlush(&run, now, &transition)
    }

    private mutating func snapshotAfterFlush(_ run: inout Run, _ now: Instant, _ transition: inout Transition) {
        guard let volume = readings[run.spec.source]?.volume else {
            run.obstacle = "the source's volume is being looked up"
            return
        }
        run.obstacle = nil
        wantSnapshot(&run, of: volume, now)
        enter(.snapshotting, &run, now, &transition)
    }

    /// Launches a flush where an offer of the right agent has room for it.
    ///
    /// - Returns: the pile that it took; nil when none suits.
    mutating func launchFlush(
        _ run: Run,
        _ piles: [AgentOffer],
        _ nodesOf: [StorageNode?],
        _ free: [Int],
        _ now: Instant,
        _ transition: inout Transition
    ) -> Int? {
        guard var flush = run.flush, !holdsLaunches,
            let index = free.first(where: { nodesOf[$0]?.id == flush.node })
        else { return nil }
        var pile = ResourcePile(piles[index].resources, role: settings.role)
        guard let cpus = pile.take(settings.flushMilliCPUs, of: "cpus"),
            let memory = pile.take(settings.flushMemoryMB * 1_000, of: "mem"),
            let disk = pile.take(settings.diskMB * 1_000, of: "disk")
        else { return nil }
        let offer = piles[index].first
        flush.task = Attempt.Task(id: TaskID("\(settings.slug).\(run.id).flush.\(flush.number)"), at: now)
        flush.agent = offer.agentID
        flush.hostname = offer.hostname
        flush.resources = cpus + memory + disk
        var run = run
        run.flush = flush
        put(run)
        let offers = piles[index].offers.map(\.id)
        let effect = Effect.flush(run.id, number: flush.number, offers: offers)
        inFlight.insert(effect.key)
        launchOffers[effect.key] = offers
        transition.effects.append(effect)
        return index
    }

    /// Takes an update of a flush; false for every other task's.
    mutating func applyToFlush(_ update: TaskUpdate, _ now: Instant) -> Bool {
        let parts = update.taskID.value.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[2] == "flush", var run = runs[RunID(String(parts[1]))],
            run.flush?.task?.id == update.taskID
        else { return false }
        run.flush?.task?.apply(update, now)
        put(run)
        return true
    }

    /// A flush that the master did not take has not happened.
    mutating func flushRefused(_ id: RunID, _ number: Int, _ why: String, _ now: Instant) {
        guard var run = runs[id], run.flush?.number == number else { return }
        run.flush?.task?.drop(why, now)
        put(run)
    }
}
