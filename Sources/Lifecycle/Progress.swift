import Model

extension SystemState {
    /// Takes one run as far as the state allows.
    mutating func advance(_ waiting: Run, _ now: Instant, _ transition: inout Transition) {
        // An earlier run's step may have changed this one.
        guard var run = runs[waiting.id] else { return }
        // Each round enters another phase; there is no way round in a circle within one frame but by a fault of ours.
        for _ in 0..<Phase.allCases.count {
            let before = run.phases.count
            if overdue(&run, now, &transition) || endsWithItsCopy(&run, now, &transition)
                || isHeldByRemoval(&run, now, &transition)
            {
                break
            }
            switch run.phase {
            case .requested: leaveRequested(&run, now, &transition)
            case .quiescing: awaitFlush(&run, now, &transition)
            case .snapshotting: awaitSnapshot(&run, now, &transition)
            case .cloning: awaitClone(&run, now, &transition)
            case .waiting: refreshOldCopy(&run, now, &transition)
            case .launching, .starting, .sealing, .ready, .testing: watchPod(&run, now, &transition)
            case .ending: leaveEnding(&run, now, &transition)
            case .ended: break
            }
            put(run)
            if run.phases.count == before { break }
        }
        put(run)
    }

    /// Enters a phase.
    func enter(_ phase: Phase, _ run: inout Run, _ now: Instant, _ transition: inout Transition) {
        run.phases.append(Run.PhaseEntry(phase: phase, at: now))
        transition.notes.append(Note(.info, "run phase", ["run.id": run.id.value, "run.phase": phase.rawValue]))
    }

    /// Sets the result, once and for all, and decides what is kept.
    mutating func finish(
        _ run: inout Run,
        _ result: RunResult,
        _ reason: String,
        _ now: Instant,
        _ transition: inout Transition
    ) {
        guard run.phase.isActive else { return }
        run.result = result
        run.reason = reason
        run.obstacle = nil
        keep(run, failed: result == .failed, now)
        enter(.ending, &run, now, &transition)
        transition.notes.append(
            Note(
                .info,
                "run result",
                ["run.id": run.id.value, "run.result": result.rawValue, "run.reason": reason]
            )
        )
        waits[run.id] = nil
    }

    /// A failed run's data stays for a lease, so that a fix can be tested on it; any run's when it was asked for.
    private mutating func keep(_ run: Run, failed: Bool, _ now: Instant) {
        let asked = max(run.keptFor ?? .zero, failed ? run.spec.keepOnFailure ?? .zero : .zero)
        let byDefault = failed ? run.source.limits.lease : .zero
        hold(run.snapshots, until: now + max(asked, byDefault), onRequest: asked > .zero, now)
        hold(run.clonesInUse, until: now + asked, onRequest: true, now)
    }

    private mutating func hold(_ names: [CopyName], until: Instant, onRequest: Bool, _ now: Instant) {
        guard until > now else { return }
        for name in names {
            guard var copy = copies[name], copy.state == .present else { continue }
            copy.heldUntil = max(copy.heldUntil ?? until, until)
            copy.heldOnRequest = copy.heldOnRequest || onRequest
            put(copy)
        }
    }

    /// Ends what has been in its phase for too long.
    private mutating func overdue(_ run: inout Run, _ now: Instant, _ transition: inout Transition) -> Bool {
        let phase = run.phase
        if phase.isActive, !phase.hasPod, let ends = run.leaseEnds, ends <= now {
            let why = "its lease of \(run.lease) ended in phase \(phase.rawValue)"
            finish(&run, .expired, why, now, &transition)
            put(run)
            return true
        }
        // A service run is ready for as long as its lease says.
        if run.isService, phase == .ready { return false }
        let since = phase == .requested || phase == .waiting ? run.unplacedSince : run.phaseSince
        guard let deadline = settings.deadline(of: phase), now - since > deadline, !isTooEarly(run, now) else {
            return false
        }
        let last = run.obstacle.map { ": \($0)" } ?? ""
        switch phase {
        case .requested, .waiting, .quiescing, .snapshotting, .cloning:
            finish(&run, .error, "no way out of phase \(phase.rawValue) within \(deadline)\(last)", now, &transition)
        case .launching, .starting, .sealing, .ready:
            attemptFailed(&run, "phase \(phase.rawValue) lasted longer than \(deadline)\(last)", now, &transition)
        case .ending:
            // What is left belongs to the ledger now: it is counted and deleted, whatever its run does.
            enter(.ended, &run, now, &transition)
        case .testing, .ended: return false
        }
        put(run)
        return true
    }

    /// Ended when nothing of it is left but what is kept on purpose.
    private func leaveEnding(_ run: inout Run, _ now: Instant, _ transition: inout Transition) {
        guard run.attempts.allSatisfy(\.isTerminal) else {
            run.obstacle = "its tasks have not all ended"
            return
        }
        for name in run.clones + run.snapshots {
            guard let copy = copies[name], copy.run == run.id else { continue }
            // A tombstone is the ledger's: it may take minutes until its absence is certain, and holds nothing.
            if copy.state == .gone || copy.isTombstone || copy.heldUntil.map({ $0 > now }) == true { continue }
            // Somebody else may test on the same data.
            if copy.kind == .snapshot, isInUse(copy) { continue }
            run.obstacle = copy.lastFault.map { "\(name): \($0.message)" } ?? "\(name) is being deleted"
            return
        }
        run.obstacle = nil
        enter(.ended, &run, now, &transition)
    }

    func isInUse(_ copy: Copy) -> Bool {
        unfinished.contains { id in runs[id].map { $0.phase.isActive && $0.snapshots.contains(copy.name) } ?? false }
            || standing.contains { name in
                copies[name].map { $0.parentCopy == copy.name && $0.run != copy.run } ?? false
            }
    }
}
