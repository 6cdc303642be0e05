import Model

extension SystemState {
    /// Answers every offer: launches what fits, and gives all others back in one call.
    mutating func take(_ offers: [Offer], _ now: Instant, _ transition: inout Transition) {
        guard !offers.isEmpty else { return }
        let takers = waitingLine.filter { $0.phase == .waiting || needsFit($0, now) }
        let flushers = awaitingFlush
        guard !takers.isEmpty || !flushers.isEmpty || isLooking(now) else {
            transition.effects.append(.decline(offers.map(\.id), refuse: settings.refuseIdle))
            // Who wants offers before that is over has to say so, even in this very frame.
            if offerFlow == .flowing { offerFlow = nil }
            return
        }
        var piles = grouped(offers)
        let nodesOf = piles.map { nodes.node(of: $0.first) }
        lastOffers.note(at: now)
        if isLooking(now) { lastOffers.keep(piles, nodesOf, at: now) }
        var free = Array(piles.indices)
        // Agents kept free of younger runs, for those that have waited long and need more.
        var kept: Set<Int> = []
        for flusher in flushers {
            guard let index = launchFlush(flusher, piles, nodesOf, free, now, &transition) else { continue }
            free.removeAll { $0 == index }
            piles[index].clear()
        }
        for run in takers {
            let look = Look(piles: piles, nodes: nodesOf, free: free, kept: kept, at: now)
            let verdict = run.source.isRing ? judgeRing(run, look) : judge(run, look)
            guard !verdict.best.isEmpty else {
                if now - run.phaseSince >= settings.elderPatience { kept.formUnion(verdict.nearest) }
                continue
            }
            waits[run.id]?.fitAt = now
            // A requested run has only seen that there is room; it takes nothing.
            guard run.phase == .waiting, isVerified(run, now), !holdsLaunches else { continue }
            launch(run, verdict.best.map { ($0.fit, piles[$0.index]) }, now, &transition)
            for best in verdict.best {
                free.removeAll { $0 == best.index }
                piles[best.index].clear()
            }
        }
        let rest = piles.flatMap { $0.offers.map(\.id) }
        guard !rest.isEmpty else { return }
        let gathers = takers.contains { $0.source.isRing }
        let refuse = gathers ? settings.refuseGathering : settings.refuseWaiting
        transition.effects.append(.decline(rest, refuse: refuse))
    }

    /// True while somebody asks where a run would fit.
    func isLooking(_ now: Instant) -> Bool { looking.values.contains { $0 > now } }

    /// One entry per agent, in the order in which they came.
    private func grouped(_ offers: [Offer]) -> [AgentOffer] {
        var piles: [AgentOffer] = []
        piles.reserveCapacity(offers.count)
        var index: [AgentID: Int] = [:]
        for offer in offers {
            if let known = index[offer.agentID] {
                piles[known].add(offer, role: settings.role)
            } else {
                index[offer.agentID] = piles.count
                piles.append(AgentOffer(offer, role: settings.role))
            }
        }
        return piles
    }

    /// The offers of one moment, and those of them that a run may still have.
    struct Look {
        /// One per agent.
        let piles: [AgentOffer]
        /// Beside them: the agents' Portworx nodes.
        let nodes: [StorageNode?]
        /// The piles that nobody has taken.
        let free: [Int]
        /// Those of them that are kept for runs that have waited longer.
        let kept: Set<Int>
        let at: Instant
    }

    /// What a look at the free offers came to.
    struct Verdict {
        /// One per node of the run's ring; empty when there is no room for it.
        var best: [(index: Int, fit: Fit)] = []
        /// What may be kept for it: of those that are only a matter of amount the one that lacks least; of a ring as many as it
        /// has nodes, or none.
        var nearest: Set<Int> = []
    }

    /// Why offers were not taken, while they are looked at.
    struct Tallies {
        private(set) var refused: [Refusal: Wait.Tally] = [:]
        private(set) var nearest: (index: Int, shortage: Shortage)?

        mutating func refuse(_ reason: Refusal, _ index: Int, _ look: Look) {
            refused[reason, default: Wait.Tally()].count += 1
            refused[reason]?.example = look.piles[index].first.hostname
        }

        mutating func refuse(_ refusal: RefusedOffer, _ index: Int, _ look: Look) {
            refuse(refusal.reason, index, look)
            if let shortage = refusal.shortage, nearest.map({ shortage.ratio < $0.shortage.ratio }) ?? true {
                nearest = (index, shortage)
            }
        }
    }

    /// The best of the free offers for a run of one node; counts why the others are not.
    private mutating func judge(_ run: Run, _ look: Look) -> Verdict {
        let demand = demand(of: run, at: 0, anyNode: hasWaited(run, look.at), look.at)
        var verdict = Verdict()
        var tallies = Tallies()
        for index in look.free {
            switch match(demand, look.piles[index], look.nodes[index], settings) {
            case .failure(let refusal): tallies.refuse(refusal, index, look)
            case .success where look.kept.contains(index): tallies.refuse(.keptForElder, index, look)
            case .success(let fit):
                guard let previous = verdict.best.first else {
                    verdict.best = [(index, fit)]
                    continue
                }
                let isBetter = fit.isBetter(than: previous.fit)
                tallies.refuse(.otherBetter, isBetter ? previous.index : index, look)
                if isBetter { verdict.best = [(index, fit)] }
            }
        }
        if let nearest = tallies.nearest { verdict.nearest = [nearest.index] }
        note(tallies, of: run, look)
        return verdict
    }

    /// True once the replicas' own nodes have had their chance.
    func hasWaited(_ run: Run, _ now: Instant) -> Bool {
        now - (waits[run.id]?.since ?? now) >= settings.replicaPatience
    }

    /// Remembers what a look came to.
    mutating func note(_ tallies: Tallies, of run: Run, _ look: Look) {
        var wait = waits[run.id] ?? Wait(since: look.at)
        let miss = tallies.nearest.map { nearest in
            Wait.NearMiss(hostname: look.piles[nearest.index].first.hostname, shortage: nearest.shortage)
        }
        wait.note(offers: look.free.count, refused: tallies.refused, nearest: miss, at: look.at)
        waits[run.id] = wait
    }

    /// What one node of a run needs of its agent.
    func demand(of run: Run, at place: Int, anyNode: Bool, _ now: Instant) -> Demand {
        Demand(run, place: place, replicas: replicas(for: run, at: place), on: nodes, anyNode: anyNode, at: now)
    }

    /// Where the copy of one of the run's volumes lies; before there is one: where it will.
    func replicas(for run: Run, at place: Int) -> [Volume.Replica] {
        let names = run.clone.map(Array.init) ?? run.snapshots
        if names.indices.contains(place), let copy = copies[names[place]], copy.state == .present {
            return copy.replicas
        }
        let volumes = readings[run.spec.source]?.volumes ?? []
        return volumes.indices.contains(place) ? volumes[place].map(snapshotReplicas) ?? [] : []
    }

    /// Where a snapshot of a volume will lie: on the parent's pools, but for those that refuse snapshots.
    func snapshotReplicas(of volume: Volume) -> [Volume.Replica] {
        let willing = volume.replicas.filter { nodes.pool(of: $0)?.refusesSnapshots != true }
        return willing.isEmpty ? volume.replicas : willing
    }

    /// Launches all of a run's nodes at once: none of them waits with its resources for another.
    private mutating func launch(
        _ run: Run,
        _ places: [(fit: Fit, pile: AgentOffer)],
        _ now: Instant,
        _ transition: inout Transition
    ) {
        let clones = run.clonesInUse
        guard clones.count == places.count else { return }
        var run = run
        for (place, (fit, pile)) in places.enumerated() {
            let number = run.attempts.count + 1
            let base = "\(settings.slug).\(run.id).\(place).\(number)"
            // The suite is beside the first node.
            let suite = place == 0 ? run.spec.suite : nil
            run.attempts.append(
                Attempt(
                    number: number,
                    clone: clones[place],
                    agent: pile.first.agentID,
                    hostname: pile.first.hostname,
                    address: pile.first.address ?? pile.first.hostname,
                    node: fit.node,
                    ports: fit.ports,
                    resources: fit.resources,
                    executorID: ExecutorID("\(base).pod"),
                    at: now,
                    maxCompletion: run.source.limits.leaseMax + settings.completionGrace,
                    agentPort: pile.first.port,
                    cassandra: Attempt.Task(id: TaskID(base), at: now),
                    suite: suite.map { _ in Attempt.Task(id: TaskID("\(base).suite"), at: now) }
                )
            )
            verifiedAt[clones[place]] = nil
            lookedAt[clones[place]] = nil
            let effect = Effect.launch(run.id, attempt: number, offers: pile.offers.map(\.id))
            inFlight.insert(effect.key)
            launchOffers[effect.key] = pile.offers.map(\.id)
            transition.effects.append(effect)
        }
        run.refusals = waits[run.id]?.counts ?? []
        run.leaseEnds = run.leaseEnds ?? now + run.lease
        run.obstacle = nil
        enter(.launching, &run, now, &transition)
        put(run)
        waits[run.id] = nil
    }
}
