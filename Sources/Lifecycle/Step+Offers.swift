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
        for run in flushers {
            guard let index = launchFlush(run, piles, nodesOf, free, now, &transition) else { continue }
            free.removeAll { $0 == index }
            piles[index].clear()
        }
        for run in takers {
            let verdict = judge(run, piles, nodesOf, free, kept, now)
            guard let best = verdict.best else {
                if now - run.phaseSince >= settings.elderPatience, let index = verdict.nearest { kept.insert(index) }
                continue
            }
            waits[run.id]?.fitAt = now
            // A requested run has only seen that there is room; it takes nothing.
            guard run.phase == .waiting, isVerified(run, now), !holdsLaunches else { continue }
            let pile = piles[best.index]
            launch(run, best.fit, pile, now, &transition)
            free.removeAll { $0 == best.index }
            piles[best.index].clear()
        }
        let rest = piles.flatMap { $0.offers.map(\.id) }
        if !rest.isEmpty { transition.effects.append(.decline(rest, refuse: settings.refuseWaiting)) }
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

    /// What a look at the free offers came to.
    private struct Verdict {
        var best: (index: Int, fit: Fit)?
        /// Of those that are only a matter of amount, the one that lacks least.
        var nearest: Int?
    }

    /// The best of the free offers for a run; counts why the others are not.
    private mutating func judge(
        _ run: Run,
        _ piles: [AgentOffer],
        _ nodesOf: [StorageNode?],
        _ free: [Int],
        _ kept: Set<Int>,
        _ now: Instant
    ) -> Verdict {
        var wait = waits[run.id] ?? Wait(since: now)
        let patience = now - wait.since >= settings.replicaPatience
        let demand = Demand(run, replicas: replicas(for: run), on: nodes, anyNode: patience, at: now)
        var verdict = Verdict()
        var refused: [Refusal: Wait.Tally] = [:]
        var nearest: (index: Int, shortage: Shortage)?
        func refuse(_ reason: Refusal, _ index: Int) {
            refused[reason, default: Wait.Tally()].count += 1
            refused[reason]?.example = piles[index].first.hostname
        }
        for index in free {
            switch match(demand, piles[index], nodesOf[index], settings) {
            case .failure(let refusal):
                refuse(refusal.reason, index)
                if let shortage = refusal.shortage, nearest.map({ shortage.ratio < $0.shortage.ratio }) ?? true {
                    nearest = (index, shortage)
                }
            case .success where kept.contains(index): refuse(.keptForElder, index)
            case .success(let fit):
                guard let previous = verdict.best else {
                    verdict.best = (index, fit)
                    continue
                }
                let isBetter = fit.isBetter(than: previous.fit)
                refuse(.otherBetter, isBetter ? previous.index : index)
                if isBetter { verdict.best = (index, fit) }
            }
        }
        verdict.nearest = nearest?.index
        let miss = nearest.map { Wait.NearMiss(hostname: piles[$0.index].first.hostname, shortage: $0.shortage) }
        wait.note(offers: free.count, refused: refused, nearest: miss, at: now)
        waits[run.id] = wait
        return verdict
    }

    /// Where the run's copy lies; before there is one: where it will.
    func replicas(for run: Run) -> [Volume.Replica] {
        if let copy = (run.clone ?? run.snapshot).flatMap({ copies[$0] }), copy.state == .present {
            return copy.replicas
        }
        return readings[run.spec.source]?.volume.map(snapshotReplicas) ?? []
    }

    /// Where a snapshot of a volume will lie: on the parent's pools, but for those that refuse snapshots.
    func snapshotReplicas(of volume: Volume) -> [Volume.Replica] {
        let willing = volume.replicas.filter { nodes.pool(of: $0)?.refusesSnapshots != true }
        return willing.isEmpty ? volume.replicas : willing
    }

    private mutating func launch(
        _ run: Run,
        _ fit: Fit,
        _ pile: AgentOffer,
        _ now: Instant,
        _ transition: inout Transition
    ) {
        guard let clone = run.clone else { return }
        var run = run
        let number = run.attempts.count + 1
        let base = "\(settings.slug).\(run.id).0.\(number)"
        run.attempts.append(
            Attempt(
                number: number,
                clone: clone,
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
                suite: run.spec.suite.map { _ in Attempt.Task(id: TaskID("\(base).suite"), at: now) }
            )
        )
        run.refusals = waits[run.id]?.counts ?? []
        run.leaseEnds = run.leaseEnds ?? now + run.lease
        run.obstacle = nil
        enter(.launching, &run, now, &transition)
        put(run)
        waits[run.id] = nil
        verifiedAt[clone] = nil
        lookedAt[clone] = nil
        let effect = Effect.launch(run.id, attempt: number, offers: pile.offers.map(\.id))
        inFlight.insert(effect.key)
        launchOffers[effect.key] = pile.offers.map(\.id)
        transition.effects.append(effect)
    }
}
