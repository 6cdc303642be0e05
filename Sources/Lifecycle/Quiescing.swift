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

extension Flush {
    /// True once it was, or was not.
    var isOver: Bool { done || fault != nil }
}

extension SystemState {
    /// Flushes that wait for an offer: whose, and which of the run's.
    var awaitingFlush: [(run: RunID, place: Int)] {
        var waiting: [(run: RunID, place: Int)] = []
        for id in unfinished.sorted() {
            guard let run = runs[id], run.phase == .quiescing, let flushes = run.flush else { continue }
            waiting += flushes.indices.filter { flushes[$0].task == nil && !flushes[$0].isOver }.map { (id, $0) }
        }
        return waiting
    }

    /// Which of production's nodes are to be flushed before a run's snapshot; nil for none.
    func flush(for run: Run, _ volumes: [Volume]) -> OneOrMore<Flush>? {
        guard run.source.quiesce != nil else { return nil }
        let before = run.flush?.last?.number ?? 0
        // What nobody has attached, nobody has anything in memory of.
        return OneOrMore(
            volumes.compactMap(\.attachedOn).enumerated().map { place, node in
                Flush(number: before + place + 1, node: nodes.node(attachment: node)?.id ?? NodeID(node))
            }
        )
    }

    /// Follows the flushes to their end, and then takes the snapshot.
    mutating func awaitFlush(_ run: inout Run, _ now: Instant, _ transition: inout Transition) {
        guard var flushes = run.flush, let quiesce = run.source.quiesce else {
            return snapshotAfterFlush(&run, now, &transition)
        }
        let isLate = now - run.phaseSince >= quiesce.timeout
        for place in flushes.indices where !flushes[place].isOver {
            flushes[place].done = flushes[place].task?.state == .finished
            guard !flushes[place].done, let why = fault(of: flushes[place], isLate ? quiesce.timeout : nil) else {
                continue
            }
            flushes[place].fault = why
            transition.notes.append(
                Note(.warning, "production was not flushed", ["run.id": run.id.value, "error.cause": why])
            )
        }
        run.flush = flushes
        if quiesce.onFailure == .fail, let why = flushes.lazy.compactMap(\.fault).first {
            return finish(&run, .error, "production was not flushed: \(why)", now, &transition)
        }
        guard let open = flushes.first(where: { !$0.isOver }) else {
            return snapshotAfterFlush(&run, now, &transition)
        }
        run.obstacle =
            open.task == nil
            ? "an offer of \(host(of: open)), which has production's volume, is waited for, to flush it"
            : "production is being flushed on \(host(of: open))"
    }

    /// Why production is not flushed; nil while it may yet be.
    private func fault(of flush: Flush, _ timeout: Span?) -> String? {
        if let task = flush.task, task.state.isTerminal {
            return "the flush on \(host(of: flush)) ended: \(task.message ?? task.state.rawValue)"
        }
        guard let timeout else { return nil }
        let host = host(of: flush)
        let why = flush.task == nil ? "\(host) offered no room for a flush" : "the flush on \(host) did not end"
        return "\(why) within \(timeout)"
    }

    private func host(of flush: Flush) -> String {
        flush.hostname ?? nodes[flush.node]?.hostname ?? flush.node.value
    }

    private mutating func snapshotAfterFlush(_ run: inout Run, _ now: Instant, _ transition: inout Transition) {
        guard let volumes = productionVolumes(of: run) else {
            run.obstacle = "the source's volume is being looked up"
            return
        }
        run.obstacle = nil
        wantSnapshot(&run, of: volumes, now)
        enter(.snapshotting, &run, now, &transition)
    }

    /// Launches a flush where an offer of the right agent has room for it.
    ///
    /// - Returns: the pile that it took; nil when none suits.
    mutating func launchFlush(
        _ flusher: (run: RunID, place: Int),
        _ piles: [AgentOffer],
        _ nodesOf: [StorageNode?],
        _ free: [Int],
        _ now: Instant,
        _ transition: inout Transition
    ) -> Int? {
        guard var run = runs[flusher.run], var flush = run.flush?[flusher.place], !holdsLaunches,
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
        run.flush?[flusher.place] = flush
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
            let place = run.flush?.firstIndex(where: { $0.task?.id == update.taskID })
        else { return false }
        run.flush?[place].task?.apply(update, now)
        put(run)
        return true
    }

    /// A flush that the master did not take has not happened.
    mutating func flushRefused(_ id: RunID, _ number: Int, _ why: String, _ now: Instant) {
        guard var run = runs[id], let place = run.flush?.firstIndex(where: { $0.number == number }) else { return }
        run.flush?[place].task?.drop(why, now)
        put(run)
    }
}
