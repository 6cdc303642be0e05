import Model

extension SystemState {
    /// Answers every offer: launches what fits, and gives all others back in one call.
    mutating func take(_ offers: [Offer], _ now: Instant, _ transition: inout Transition) {
        guard !offers.isEmpty else { return }
        let takers = waitingLine.filter { $0.phase == .waiting || needsFit($0, now) }
        guard !takers.isEmpty else {
            transition.effects.append(.decline(offers.map(\.id), refuse: settings.refuseIdle))
            // Who wants offers within the hour has to say so, even in this very frame.
            if offerFlow == .flowing { offerFlow = nil }
            return
        }
        var piles = grouped(offers)
        let nodesOf = piles.map { nodes.node(of: $0.first) }
        var free = Array(piles.indices)
        for run in takers {
            guard let best = judge(run, piles, nodesOf, free, now) else { continue }
            waits[run.id]?.fitAt = now
            // A requested run has only seen that there is room; it takes nothing.
            guard run.phase == .waiting, isVerified(run, now) else { continue }
            let pile = piles[best.index]
            launch(run, best.fit, pile, now, &transition)
            free.removeAll { $0 == best.index }
            piles[best.index].offers = []
        }
        let rest = piles.flatMap { $0.offers.map(\.id) }
        if !rest.isEmpty { transition.effects.append(.decline(rest, refuse: settings.refuseWaiting)) }
    }

    /// One entry per agent, in the order in which they came.
    private func grouped(_ offers: [Offer]) -> [AgentOffer] {
        var piles: [AgentOffer] = []
        piles.reserveCapacity(offers.count)
        var index: [AgentID: Int] = [:]
        for offer in offers {
            if let known = index[offer.agentID] {
                piles[known].offers.append(offer)
            } else {
                index[offer.agentID] = piles.count
                piles.append(AgentOffer(offers: [offer]))
            }
        }
        return piles
    }

    /// The best of the free offers for a run; counts why the others are not.
    private mutating func judge(
        _ run: Run,
        _ piles: [AgentOffer],
        _ nodesOf: [StorageNode?],
        _ free: [Int],
        _ now: Instant
    ) -> (index: Int, fit: Fit)? {
        var wait = waits[run.id] ?? Wait(since: now)
        defer { waits[run.id] = wait }
        let patience = now - wait.since >= settings.replicaPatience
        let demand = Demand(run, replicas: replicas(for: run), on: nodes, anyNode: patience)
        var best: (index: Int, fit: Fit)?
        func refuse(_ reason: Refusal, _ index: Int) {
            let count = wait.refusals[reason]?.count ?? 0
            wait.refusals[reason] = (count + 1, piles[index].first.hostname)
        }
        for index in free {
            wait.offers += 1
            switch match(demand, piles[index], nodesOf[index], settings) {
            case .failure(let refused): refuse(refused.reason, index)
            case .success(let fit):
                guard let previous = best else {
                    best = (index, fit)
                    continue
                }
                if fit.isBetter(than: previous.fit) {
                    refuse(.otherBetter, previous.index)
                    best = (index, fit)
                } else {
                    refuse(.otherBetter, index)
                }
            }
        }
        return best
    }

    /// Where the run's copy lies; before there is one: where it will.
    private func replicas(for run: Run) -> [Volume.Replica] {
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
        let effect = Effect.launch(run.id, attempt: number, offers: pile.offers.map(\.id))
        inFlight.insert(effect.key)
        launchOffers[effect.key] = pile.offers.map(\.id)
        transition.effects.append(effect)
    }
}
