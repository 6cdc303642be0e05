import Model

/// What keeps a copy from being condemned, or why nothing does.
enum Holding: Hashable, Sendable {
    /// Runs that are under way, sorted.
    case runs([RunID])
    /// Its lease.
    case lease(until: Instant)
    /// Nothing, for this reason.
    case nothing(String)
}

extension SystemState {
    /// Condemns every copy that nothing holds.
    mutating func condemnUnheld(_ now: Instant, _ transition: inout Transition) {
        guard !standing.isEmpty else { return }
        let users = holders
        for name in standing.sorted() {
            guard var copy = copies[name] else { continue }
            if copy.state == .wanted || copy.state == .present {
                guard case .nothing(let why) = holding(of: copy, users, now) else { continue }
                copy.condemn(why)
                transition.notes.append(Note(.info, "copy condemned", ["copy.name": name.value]))
            }
            // Never asked for: there is nothing to look for.
            if copy.state == .condemned, copy.askedAt == nil, copy.volumeID == nil { copy.vanish(now) }
            put(copy)
        }
    }

    /// The runs under way that hold a copy, by its name.
    var holders: [CopyName: Set<RunID>] {
        var holders: [CopyName: Set<RunID>] = [:]
        for id in unfinished {
            guard let run = runs[id], run.phase.isActive else { continue }
            for name in run.snapshots + run.clonesInUse { holders[name, default: []].insert(id) }
        }
        return holders
    }

    /// What holds a copy that is not condemned.
    func holding(of copy: Copy, _ holders: [CopyName: Set<RunID>], _ now: Instant) -> Holding {
        if let runs = holders[copy.name] { return .runs(runs.sorted()) }
        if let until = copy.heldUntil, until > now {
            guard let uninstallation, !uninstallation.keepsCopies else { return .lease(until: until) }
            return .nothing(Self.uninstallWord)
        }
        return .nothing(copy.heldUntil == nil ? "its run needs it no more" : "its lease has ended")
    }

    /// An agent that never comes back never says how its tasks ended.
    ///
    /// Long after they must have, and with the clone gone, nothing is left to wait for. Should one turn up after all, it
    /// is a stray, and ended.
    mutating func giveUpLostTasks(_ now: Instant) {
        for id in withLiveTasks {
            guard var run = runs[id] else { continue }
            for index in run.attempts.indices {
                let attempt = run.attempts[index]
                guard attempt.outOfSightSince != nil, copies[attempt.clone].map({ $0.state == .gone }) ?? true,
                    now > attempt.at + attempt.maxCompletion + settings.completionGrace
                else { continue }
                run.attempts[index].cassandra.giveUp(now)
                run.attempts[index].suite?.giveUp(now)
            }
            put(run)
        }
    }
}
