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
        guard used.snapshots < limits.snapshots else {
            return "quota: \(used.snapshots) of \(limits.snapshots) snapshots exist"
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
            guard let volume = reading.volume else {
                let why = "the source's volume \(run.source.volume) does not exist in Portworx"
                return finish(&run, .error, why, now, &transition)
            }
            if let why = tierObstacle(run, volume) { return finish(&run, .error, why, now, &transition) }
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
            used.snapshots >= limits.snapshots
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
            run.tierGot = run.clone.flatMap { copies[$0] }.flatMap { nodes.dearest(of: $0.replicas) }
            enter(.waiting, &run, now, &transition)
        } else if run.spec.sameDataAs != nil {
            wantClone(&run, now)
            enter(.cloning, &run, now, &transition)
        } else if let volume = readings[run.spec.source]?.volume {
            if let flush = flush(for: run, volume) {
                run.flush = flush
                offerFlow = nil
                return enter(.quiescing, &run, now, &transition)
            }
            wantSnapshot(&run, of: volume, now)
            enter(.snapshotting, &run, now, &transition)
        }
    }

    /// Why the tier's policy cannot be kept, as far as can be told before there is a copy.
    func tierObstacle(_ run: Run, _ volume: Volume) -> String? {
        guard run.source.tier.require, run.source.tier.copy == .tieredSnapshot, nodesAt != nil else { return nil }
        let want = run.source.tier.want
        guard let tier = nodes.dearest(of: snapshotReplicas(of: volume)) else { return nil }
        guard tier > want else { return nil }
        return "a snapshot of \(volume.name) would lie on tier \(tier.rawValue), and \(want.rawValue) is required: "
            + "tiered snapshots need a replica on a \(want.rawValue) pool and the label no_snapshot on dearer ones"
    }

    mutating func wantSnapshot(_ run: inout Run, of volume: Volume, _ now: Instant) {
        var name: CopyName
        repeat {
            run.snapshotAttempts += 1
            name = CopyName("\(settings.slug)-\(run.id)-s\(run.snapshotAttempts)")
            // The ledger is written before the run: after a crash in between it knows a name that the run does not.
        } while copies[name] != nil
        run.snapshot = name
        put(
            Copy(
                name: name,
                kind: .snapshot,
                run: run.id,
                source: run.spec.source,
                parent: volume.id,
                parentCopy: nil,
                createdAt: now
            )
        )
    }

    mutating func wantClone(_ run: inout Run, _ now: Instant) {
        guard let snapshot = run.snapshot.flatMap({ copies[$0] }), snapshot.state == .present,
            let id = snapshot.volumeID
        else {
            run.clone = nil
            return
        }
        var name: CopyName
        repeat {
            run.cloneAttempts += 1
            name = CopyName("\(settings.slug)-\(run.id)-0-c\(run.cloneAttempts)")
        } while copies[name] != nil
        run.clone = name
        run.clones.append(name)
        put(
            Copy(
                name: name,
                kind: .clone,
                run: run.id,
                source: run.spec.source,
                parent: id.id,
                parentCopy: snapshot.name,
                createdAt: now
            )
        )
    }

    mutating func awaitSnapshot(_ run: inout Run, _ now: Instant, _ transition: inout Transition) {
        guard let copy = run.snapshot.flatMap({ copies[$0] }) else { return }
        switch copy.state {
        case .wanted: run.obstacle = copy.lastFault?.description
        case .present:
            guard canJudgeTier(&run) else { return }
            run.snapshotFailures = 0
            // What was written while it was being made may be in it or not.
            run.dataAt = copy.askedAt ?? copy.createdAt
            run.tierGot = nodes.dearest(of: copy.replicas)
            if let why = landedWrong(run) { return finish(&run, .error, why, now, &transition) }
            run.obstacle = nil
            wantClone(&run, now)
            enter(.cloning, &run, now, &transition)
        case .condemned, .gone:
            let why = copy.lastFault?.description ?? copy.condemnedFor ?? "it is gone"
            run.snapshotFailures += 1
            guard run.snapshotFailures < settings.snapshotAttemptsMax, copy.lastFault?.transient != false,
                let volume = readings[run.spec.source]?.volume
            else { return finish(&run, .error, "no snapshot could be taken: \(why)", now, &transition) }
            run.obstacle = why
            wantSnapshot(&run, of: volume, now)
        }
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
        guard let copy = run.clone.flatMap({ copies[$0] }) else {
            return finish(&run, .error, "its snapshot is gone", now, &transition)
        }
        switch copy.state {
        case .wanted: run.obstacle = copy.lastFault?.description
        case .present:
            guard canJudgeTier(&run) else { return }
            run.tierGot = nodes.dearest(of: copy.replicas) ?? run.tierGot
            if let why = landedWrong(run) { return finish(&run, .error, why, now, &transition) }
            run.obstacle = nil
            waits[run.id] = Wait(since: now, after: waits[run.id])
            enter(.waiting, &run, now, &transition)
        case .condemned, .gone:
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
        guard run.snapshot.flatMap({ copies[$0] })?.state == .present else {
            return finish(&run, .error, why, now, &transition)
        }
        transition.notes.append(
            Note(.warning, "run is retried on a fresh clone", ["run.id": run.id.value, "error.cause": why])
        )
        wantClone(&run, now)
        if run.phase != .cloning { enter(.cloning, &run, now, &transition) }
    }

    /// An opened clone is the one that somebody wants to look at: another would not do.
    private mutating func reopen(_ run: inout Run, _ why: String, _ now: Instant, _ transition: inout Transition) {
        guard let clone = run.clone.flatMap({ copies[$0] }), clone.state == .present,
            run.attempts.allSatisfy(\.isTerminal)
        else { return finish(&run, .error, why, now, &transition) }
        waits[run.id] = Wait(since: now)
        verifiedAt[clone.name] = nil
        if run.phase != .waiting { enter(.waiting, &run, now, &transition) }
    }

    /// A copy that has waited too long for an offer is no longer what the run was asked for.
    mutating func refreshOldCopy(_ run: inout Run, _ now: Instant, _ transition: inout Transition) {
        guard let clone = run.clone.flatMap({ copies[$0] }), clone.state == .present else {
            return retry(&run, "its clone is gone", giveUp: false, now, &transition)
        }
        // These were asked for on purpose, as old as they are.
        guard run.spec.sameDataAs == nil, run.spec.opens == nil, run.preference == nil,
            let made = clone.presentAt, now - made > settings.copyAgeMax
        else { return }
        run.obstacle = "its copy grew older than \(settings.copyAgeMax) without a fitting offer"
        run.snapshot = nil
        run.clone = nil
        run.tierGot = nil
        enter(.requested, &run, now, &transition)
    }
}
