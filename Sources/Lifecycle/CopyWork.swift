import Model

/// What is done with a copy next, or what has to come before.
///
/// The one judgement of both ``SystemState/due(at:)`` and ``SystemState/sweepPlan(at:)``.
enum CopyWork: Hashable, Sendable {
    /// This is due.
    case start(Effect)
    /// The last try failed: the next one is then.
    case retry(at: Instant)
    /// It is to be made from a copy that is not there yet.
    case awaitsParent(CopyName)
    /// Nothing is made for a framework that the master has removed.
    case awaitsFramework
    /// Its name leads nowhere: the next list is looked through for its labels.
    case awaitsList
    /// It is to be deleted after the copies that were made of it.
    case awaitsCopies([CopyName])
    /// It is to be deleted after this launch, which may be using it.
    case awaitsTask(Attempt)
    /// A task that nobody has seen end had it: it is to be detached until then.
    case awaitsDetachment(until: Instant)
    /// There is nothing to do.
    case rests

    /// What is due; nil while something has to come before.
    var effect: Effect? { if case .start(let effect) = self { effect } else { nil } }
}

extension SystemState {
    /// What is done with a copy next.
    func work(on copy: Copy, _ now: Instant) -> CopyWork {
        if isTakenDown { return .rests }
        if copy.state == .present, let search = missing[copy.name], let id = copy.volumeID {
            return search.nextTryAt > now ? .retry(at: search.nextTryAt) : .start(.inspect(copy.name, id.id))
        }
        if let next = copy.nextTryAt, next > now { return .retry(at: next) }
        switch copy.state {
        case .wanted:
            guard copy.askedAt == nil else {
                if sought[copy.name] != nil { return .awaitsList }
                // Not up yet, and its name leads nowhere.
                if copy.namedInstead != nil, let id = copy.volumeID { return .start(.inspect(copy.name, id.id)) }
                return .start(.adopt(copy.name, of: copy.parent, labels: labels(for: copy)))
            }
            if isFrameworkRemoved { return .awaitsFramework }
            if let parent = copy.parentCopy, copies[parent]?.state != .present { return .awaitsParent(parent) }
            return .start(.create(copy.name, copy.kind, of: copy.parent, labels: labels(for: copy)))
        case .present: return needsVerification(copy, now) ? .start(.find(copy.name)) : .rests
        case .condemned: return deletion(of: copy, now)
        case .gone: return .rests
        }
    }

    func labels(for copy: Copy) -> [String: String] {
        [
            CopyLabel.service: settings.slug, CopyLabel.install: install, CopyLabel.run: copy.run.value,
            CopyLabel.source: copy.source.value, CopyLabel.parent: copy.parent.value,
            CopyLabel.kind: copy.kind.rawValue,
        ]
    }

    /// Rule 8: before a launch, and again once the pod has begun to start.
    private func needsVerification(_ copy: Copy, _ now: Instant) -> Bool {
        guard copy.kind == .clone, let run = runs[copy.run], run.clonesInUse.contains(copy.name) else { return false }
        if run.phase == .waiting {
            // Well before it is too old to launch on.
            return verifiedAt[copy.name].map { now - $0 >= settings.inventoryFresh } ?? true
        }
        guard run.phase.hasPod, let attempt = run.current.first(where: { $0.clone == copy.name }) else { return false }
        return !attempt.verified && attempt.cassandra.started
    }

    private func deletion(of copy: Copy, _ now: Instant) -> CopyWork {
        guard let id = copy.volumeID else { return .start(.find(copy.name)) }
        if let obstacle = deletionObstacle(copy, now) {
            // How long it has been detached counts, once its task is out of sight: it has to be looked at.
            let isStale = inspectedAt[copy.name].map { now - $0 >= settings.sweepInterval } ?? true
            return isOutOfSight(copy) && isStale ? .start(.inspect(copy.name, id.id)) : obstacle
        }
        // Seen detached by this very process, a moment ago.
        if let seen = inspectedAt[copy.name], now - seen <= .seconds(10), copy.attachedOn == nil {
            return .start(.delete(copy.name, id))
        }
        return .start(.inspect(copy.name, id.id))
    }

    /// The launches on this copy; those of a run that had it before have all ended.
    func users(of copy: Copy) -> [Attempt] { runs[copy.run]?.attempts.filter { $0.clone == copy.name } ?? [] }

    private func isOutOfSight(_ copy: Copy) -> Bool { users(of: copy).contains { $0.outOfSightSince != nil } }

    /// Rule 3, but for the detachment that is looked at right before: nil when no task can be using it.
    func deletionObstacle(_ copy: Copy, _ now: Instant) -> CopyWork? {
        let children = standing.filter { name in
            copies[name].map { $0.parentCopy == copy.name && !$0.isTombstone } ?? false
        }
        if !children.isEmpty { return .awaitsCopies(children.sorted()) }
        for attempt in users(of: copy) where !attempt.isTerminal {
            guard attempt.outOfSightSince != nil, now > attempt.at + attempt.maxCompletion + settings.completionGrace
            else { return .awaitsTask(attempt) }
            // Unknown is as good as attached: it may be detached from now on at best.
            let until = (detachedHere[copy.name] ?? now) + settings.detachedGrace
            if detachedHere[copy.name] == nil || now < until { return .awaitsDetachment(until: until) }
        }
        return nil
    }
}
