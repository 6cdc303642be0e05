import Model

extension SystemState {
    /// True while the run only lacks a fresh fitting offer.
    func needsFit(_ run: Run, _ now: Instant) -> Bool {
        run.phase == .requested && quotaObstacle(run) == nil && !hasFreshFit(run, now)
    }

    private func hasFreshFit(_ run: Run, _ now: Instant) -> Bool {
        waits[run.id]?.fitAt.map { now - $0 <= settings.fitFresh } ?? false
    }

    /// Why quotas keep it back; nil when they do not.
    func quotaObstacle(_ run: Run) -> String? {
        let limits = run.source.limits
        let used = usage(of: run.spec.source)
        let running = used.runs
        if runsInAll >= settings.runsMax {
            return "quota: \(runsInAll) of \(settings.runsMax) runs of all sources are under way"
        }
        if let owner = run.spec.owner, let limit = run.spec.ownerRuns {
            let theirs = runsOfOwner[owner] ?? 0
            if theirs >= limit { return "quota: \(theirs) of \(limit) runs of token \(owner) are under way" }
        }
        if running >= limits.runs { return "quota: \(running) of \(limits.runs) runs of this source are under way" }
        guard run.spec.sameDataAs == nil, run.spec.opens == nil else { return nil }
        // The limit is a volume's.
        let most = limits.snapshots * run.source.nodeCount
        guard used.snapshots + run.source.nodeCount <= most else {
            return "quota: \(used.snapshots) of \(most) snapshots exist"
        }
        return nil
    }

    mutating func leaveRequested(_ run: inout Run, _ now: Instant, _ transition: inout Transition) {
        if let obstacle = quotaObstacle(run) {
            run.obstacle = obstacle
            makeRoom(run, now, &transition)
            return
        }
        if run.spec.opens == nil {
            guard let reading = readings[run.spec.source],
                now - reading.at <= settings.inventoryFresh + settings.fitFresh
            else {
                run.obstacle = run.obstacle ?? "the source's volume is being looked up"
                return
            }
            if let why = missingVolume(of: run, reading) ?? tierObstacle(run, reading.volumes.compactMap(\.self)) {
                return finish(&run, .error, why, now, &transition)
            }
        }
        guard hasFreshFit(run, now) else {
            run.obstacle = "no fitting offer in the last \(settings.fitFresh)"
            return
        }
        run.obstacle = nil
        // The wait for the pod's own offer begins anew; what was refused so far stays known.
        waits[run.id]?.since = now
        makeCopy(&run, now, &transition)
    }

    /// Snapshots that failed runs keep by default must not keep the next runs out.
    private mutating func makeRoom(_ run: Run, _ now: Instant, _ transition: inout Transition) {
        let limits = run.source.limits
        let used = usage(of: run.spec.source)
        guard run.spec.sameDataAs == nil, run.spec.opens == nil, used.runs < limits.runs,
            used.snapshots + run.source.nodeCount > limits.snapshots * run.source.nodeCount
        else { return }
        let snapshots = standing.compactMap { copies[$0] }.filter {
            $0.kind == .snapshot && $0.source == run.spec.source
        }
        // One at a time: what is being deleted makes room soon enough.
        guard !snapshots.contains(where: { $0.state == .condemned && !$0.isTombstone }) else { return }
        let spare = snapshots.filter { copy in
            copy.state == .present && copy.heldUntil != nil && !copy.heldOnRequest && !isInUse(copy)
                && !standing.contains { copies[$0]?.parentCopy == copy.name }
        }
        guard var oldest = spare.min(by: { ($0.createdAt, $0.name) < ($1.createdAt, $1.name) }) else { return }
        oldest.heldUntil = nil
        oldest.condemn("its place was needed, and nobody had asked to keep it")
        put(oldest)
        transition.notes.append(Note(.info, "copy condemned", ["copy.name": oldest.name.value]))
    }

    private mutating func makeCopy(_ run: inout Run, _ now: Instant, _ transition: inout Transition) {
        if run.spec.opens != nil {
            run.tierGot = nodes.dearest(of: run.clonesInUse.compactMap { copies[$0] }.flatMap(\.replicas))
            enter(.waiting, &run, now, &transition)
        } else if run.spec.sameDataAs != nil {
            wantClone(&run, now)
            enter(.cloning, &run, now, &transition)
        } else if let volumes = productionVolumes(of: run) {
            if let flush = flush(for: run, volumes) {
                run.flush = flush
                offerFlow = nil
                return enter(.quiescing, &run, now, &transition)
            }
            wantSnapshot(&run, of: volumes, now)
            enter(.snapshotting, &run, now, &transition)
        }
    }

    /// A run's production volumes as last read, in their order; nil before that, and when one is not there.
    func productionVolumes(of run: Run) -> [Volume]? {
        guard let reading = readings[run.spec.source], missingVolume(of: run, reading) == nil else { return nil }
        return reading.volumes.prefix(run.source.nodeCount).compactMap(\.self)
    }

    /// Which of a run's volumes is not there, for people; nil when all are.
    func missingVolume(of run: Run, _ reading: SourceReading) -> String? {
        for (place, name) in run.source.volumes.enumerated() {
            guard reading.volumes.indices.contains(place) else { return "the source has no volume \(name) any more" }
            if reading.volumes[place] == nil { return "the source's volume \(name) does not exist in Portworx" }
        }
        return nil
    }

    /// Why the tier's policy cannot be kept, as far as can be told before there is a copy.
    func tierObstacle(_ run: Run, _ volumes: [Volume]) -> String? {
        volumes.lazy.compactMap { tierObstacle(run, $0) }.first
    }

    private func tierObstacle(_ run: Run, _ volume: Volume) -> String? {
        guard run.source.tier.require, run.source.tier.copy == .tieredSnapshot, nodesAt != nil else { return nil }
        let want = run.source.tier.want
        guard let tier = nodes.dearest(of: snapshotReplicas(of: volume)) else { return nil }
        guard tier > want else { return nil }
        return "a snapshot of \(volume.name) would lie on tier \(tier.rawValue), and \(want.rawValue) is required: "
            + "tiered snapshots need a replica on a \(want.rawValue) pool and the label no_snapshot on dearer ones"
    }

    mutating func awaitSnapshot(_ run: inout Run, _ now: Instant, _ transition: inout Transition) {
        switch standing(of: run.snapshots) {
        case nil: return
        case .wanted(let copy): run.obstacle = copy.lastFault?.description
        case .whole(let set):
            guard canJudgeTier(&run) else { return }
            run.snapshotFailures = 0
            date(&run, by: set)
            run.tierGot = nodes.dearest(of: set.flatMap(\.replicas))
            if let why = landedWrong(run) { return finish(&run, .error, why, now, &transition) }
            run.obstacle = nil
            wantClone(&run, now)
            enter(.cloning, &run, now, &transition)
        case .lost(let copy):
            let why = copy.lastFault?.description ?? copy.condemnedFor ?? "it is gone"
            run.snapshotFailures += 1
            guard run.snapshotFailures < settings.snapshotAttemptsMax, copy.lastFault?.transient != false,
                let volumes = productionVolumes(of: run)
            else { return finish(&run, .error, "no snapshot could be taken: \(why)", now, &transition) }
            run.obstacle = why
            wantSnapshot(&run, of: volumes, now)
        }
    }

    /// What was written while a snapshot was being made may be in it or not.
    private func date(_ run: inout Run, by snapshots: [Copy]) {
        let asked = snapshots.map { $0.askedAt ?? $0.createdAt }
        run.dataAt = asked.min()
        guard run.source.isRing, let first = asked.min(), let last = snapshots.compactMap(\.presentAt).max() else {
            return
        }
        // A clock that was set in between tells nothing of how far apart they are.
        run.dataSpread = max(last - first, .zero)
    }

    /// False after a start until the nodes are read: pools that are not known are no reason to end a run.
    private func canJudgeTier(_ run: inout Run) -> Bool {
        guard run.source.tier.require, nodesAt == nil else { return true }
        run.obstacle = "Portworx' nodes are being read"
        return false
    }

    private func landedWrong(_ run: Run) -> String? {
        guard run.source.tier.require else { return nil }
        let want = run.source.tier.want
        if let got = run.tierGot, got <= want { return nil }
        let got = run.tierGot?.rawValue ?? "an unknown tier"
        return "the copy landed on \(got), and the source requires \(want.rawValue)"
    }

    mutating func awaitClone(_ run: inout Run, _ now: Instant, _ transition: inout Transition) {
        switch standing(of: run.clonesInUse) {
        case nil: return finish(&run, .error, "its snapshot is gone", now, &transition)
        case .wanted(let copy): run.obstacle = copy.lastFault?.description
        case .whole(let set):
            guard canJudgeTier(&run) else { return }
            run.tierGot = nodes.dearest(of: set.flatMap(\.replicas)) ?? run.tierGot
            if let why = landedWrong(run) { return finish(&run, .error, why, now, &transition) }
            run.obstacle = nil
            waits[run.id] = Wait(since: now, after: waits[run.id])
            enter(.waiting, &run, now, &transition)
        case .lost(let copy):
            let why = copy.lastFault?.description ?? copy.condemnedFor ?? "it is gone"
            retry(&run, "no clone could be made: \(why)", giveUp: copy.lastFault?.transient == false, now, &transition)
        }
    }

    /// An infrastructure failure: another clone of the same snapshot, or the end.
    mutating func retry(
        _ run: inout Run,
        _ why: String,
        giveUp: Bool,
        _ now: Instant,
        _ transition: inout Transition
    ) {
        run.failures += 1
        let why = isFrameworkRemoved ? "\(why); \(Self.removalObstacle)" : why
        guard !giveUp, !isFrameworkRemoved, run.failures <= settings.retriesMax else {
            return finish(&run, .error, why, now, &transition)
        }
        run.obstacle = why
        guard run.spec.opens == nil else { return reopen(&run, why, now, &transition) }
        guard areThere(run.snapshot) else { return finish(&run, .error, why, now, &transition) }
        transition.notes.append(
            Note(.warning, "run is retried on a fresh clone", ["run.id": run.id.value, "error.cause": why])
        )
        wantClone(&run, now)
        if run.phase != .cloning { enter(.cloning, &run, now, &transition) }
    }

    /// An opened clone is the one that somebody wants to look at: another would not do.
    private mutating func reopen(_ run: inout Run, _ why: String, _ now: Instant, _ transition: inout Transition) {
        guard areThere(run.clone), run.attempts.allSatisfy(\.isTerminal) else {
            return finish(&run, .error, why, now, &transition)
        }
        waits[run.id] = Wait(since: now)
        for name in run.clonesInUse { verifiedAt[name] = nil }
        if run.phase != .waiting { enter(.waiting, &run, now, &transition) }
    }

    /// A copy that has waited too long for an offer is no longer what the run was asked for.
    mutating func refreshOldCopy(_ run: inout Run, _ now: Instant, _ transition: inout Transition) {
        guard areThere(run.clone) else {
            return retry(&run, "its clone is gone", giveUp: false, now, &transition)
        }
        // These were asked for on purpose, as old as they are.
        guard run.spec.sameDataAs == nil, run.spec.opens == nil, run.preference == nil,
            let made = run.clonesInUse.compactMap({ copies[$0]?.presentAt }).min(), now - made > settings.copyAgeMax
        else { return }
        run.obstacle = "its copy grew older than \(settings.copyAgeMax) without a fitting offer"
        run.snapshot = nil
        run.clone = nil
        run.tierGot = nil
        enter(.requested, &run, now, &transition)
    }
}
