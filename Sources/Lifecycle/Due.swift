public import Model

extension SystemState {
    /// Everything that is to be done now: a function of the state alone, so that recovery is to load and ask.
    ///
    /// In the order in which it should start. Nothing that is under way is among it.
    public func due(at now: Instant) -> [Effect] {
        if isTakenDown { return dueTeardown(now) }
        var effects: [Effect] = []
        if subscribed {
            effects += dueReconciliation(now)
            effects += dueKills(now)
            if !heldOffers.isEmpty, heldOffersDueAt.map({ $0 <= now }) ?? true {
                effects.append(.decline(heldOffers.sorted(), refuse: settings.refuseWaiting))
            }
        }
        effects += dueReads(now)
        effects += standing.sorted().compactMap { copies[$0] }.compactMap { work(on: $0, now).effect }
        effects += dueOutput(now) + dueSeals(now)
        if subscribed, let flow = dueOfferFlow(now) { effects.append(flow) }
        return effects.filter { !inFlight.contains($0.key) }
    }

    /// Like ``due(at:)``, and from now on they are under way; to be called before the commit.
    public mutating func begin(at now: Instant) -> [Effect] {
        let effects = due(at: now)
        for effect in effects {
            inFlight.insert(effect.key)
            switch effect {
            case .create(let name, _, _, _):
                guard var copy = copies[name] else { continue }
                copy.askedAt = now
                put(copy)
            case .reconcile(let questions): asked(questions, now)
            case .kill(let task, _, _): killed(task, now)
            case .revive: offerFlow = .flowing
            case .suppress: offerFlow = .suppressed
            case .find(let name): lookedAt[name] = now
            case .list:
                listAskedAt = now
                listFault = nil
                presentAtList = standing.filter { copies[$0]?.state == .present }
            case .decline(let offers, _): heldOffers.subtract(offers)
            case .launch, .flush, .readNodes, .readSource, .adopt, .inspect, .delete, .readOutput, .readSeal,
                .teardown:
                break
            }
        }
        return effects
    }

    private mutating func killed(_ task: TaskID, _ now: Instant) {
        strays[task]?.killedAt = now
        for id in withLiveTasks {
            guard var run = runs[id],
                let index = run.attempts.firstIndex(where: { $0.tasks.contains { $0.id == task } })
            else { continue }
            run.attempts[index].killedAt = now
            run.attempts[index].kills += 1
            put(run)
        }
    }

    // MARK: Mesos

    private func dueReconciliation(_ now: Instant) -> [Effect] {
        var questions: [Effect.TaskQuestion] = []
        for id in withLiveTasks.sorted() {
            for attempt in runs[id]?.attempts ?? [] where mayAsk(attempt, of: id, now) {
                for task in attempt.live where isOpen(task.id, now) || isSilent(task, now) {
                    questions.append(Effect.TaskQuestion(task: task.id, agent: attempt.agent))
                }
            }
        }
        if !questions.isEmpty { return [.reconcile(questions)] }
        // Of no task in particular: of all that it knows.
        return implicitReconciliationAt.map { $0 <= now } ?? false ? [.reconcile([])] : []
    }

    /// A question or a kill that overtakes its launch is answered TASK_GONE, of a task that is about to start.
    private func mayAsk(_ attempt: Attempt, of run: RunID, _ now: Instant) -> Bool {
        if attempt.tasks.contains(where: \.started) { return true }
        let launch = Effect.Key.launch(run, attempt: attempt.number)
        let since = launchesAnswered[launch].map { max($0, attempt.at) } ?? attempt.at
        return !inFlight.contains(launch) && now - since >= settings.launchSettles
    }

    /// True for a task that nobody has spoken of for longer than usual, and that we did not ask about lately.
    private func isSilent(_ task: Attempt.Task, _ now: Instant) -> Bool {
        guard task.state == .staging || task.state.isOutOfSight, now - task.at >= settings.launchSettles else {
            return false
        }
        return askedAbout[task.id].map { now - $0 >= .seconds(30) } ?? true
    }

    private func dueKills(_ now: Instant) -> [Effect] {
        var effects: [Effect] = []
        for id in withLiveTasks.sorted() {
            guard let run = runs[id] else { continue }
            for attempt in run.attempts
            where !attempt.isTerminal && !isWanted(attempt, of: run) && mayAsk(attempt, of: id, now) {
                // The master forgets a kill for an agent that it cannot reach: it is repeated until the end is seen.
                let delay = Span.seconds(min(60, 5 << Int64(min(attempt.kills, 6))))
                if let at = attempt.killedAt, now - at < delay { continue }
                if let task = attempt.live.first {
                    effects.append(.kill(task.id, attempt.agent, grace: settings.killGrace))
                }
            }
        }
        for (task, stray) in strays.sorted(by: { $0.key < $1.key }) {
            if let at = stray.killedAt, now - at < .seconds(30) { continue }
            effects.append(.kill(task, stray.agent, grace: settings.killGrace))
        }
        return effects
    }

    private func isWanted(_ attempt: Attempt, of run: Run) -> Bool {
        run.phase.hasPod && run.current.contains { $0.number == attempt.number } && !attempt.settled
            && attempt.tasks.allSatisfy { !$0.state.isTerminal }
    }

    /// Nothing else is done any more: what the master ends with the framework is not ours to follow.
    private func dueTeardown(_ now: Instant) -> [Effect] {
        let isDue = uninstallation?.stage == .tearingDown && subscribed && mayTry(.teardown, now)
        return isDue && !inFlight.contains(.teardown) ? [.teardown] : []
    }

    private func dueOfferFlow(_ now: Instant) -> Effect? {
        let wanted =
            isLooking(now) || !awaitingFlush.isEmpty
            || unfinished.contains { id in
                guard let run = runs[id] else { return false }
                return needsFit(run, now) || (run.phase == .waiting && isVerified(run, now))
            }
        switch (wanted, offerFlow) {
        case (true, .flowing?), (false, .suppressed?): return nil
        case (true, _): return .revive
        case (false, _): return .suppress
        }
    }

    // MARK: Portworx

    private func mayTry(_ key: Effect.Key, _ now: Instant) -> Bool { failures[key].map { $0.nextTryAt <= now } ?? true }

    private func dueReads(_ now: Instant) -> [Effect] {
        var effects: [Effect] = []
        func isStale(_ at: Instant?) -> Bool { at.map { now - $0 >= settings.inventoryFresh } ?? true }
        let active = unfinished.compactMap { runs[$0] }.filter { $0.phase.isActive && !$0.phase.hasPod }
        let isWanted = !active.isEmpty || isLooking(now)
        // Also while nothing waits: health says whether Portworx answers.
        let isDue = storageFault != nil || nodesAt.map { now - $0 >= settings.idleSweepInterval } ?? true
        if isDue || (isWanted && isStale(nodesAt)), mayTry(.nodes, now) { effects.append(.readNodes) }
        let asked = looking.filter { $0.value > now }.keys
        for name in Set(active.filter { $0.phase == .requested || $0.phase == .quiescing }.map(\.spec.source)).union(
            asked
        ).sorted() {
            guard let source = sources[name], isStale(readings[name]?.at), mayTry(.source(name), now) else { continue }
            effects.append(.readSource(name, volumes: source.volumes))
        }
        if isListDue(now), mayTry(.list, now) {
            effects.append(.list(install: install))
        }
        return effects
    }

    private func isListDue(_ now: Instant) -> Bool {
        if !sought.isEmpty { return true }
        if let asked = sweepAskedAt, listAskedAt.map({ $0 < asked }) ?? true { return true }
        return listedAt.map { now - $0 >= listInterval } ?? true
    }

    /// A list costs Portworx as much as there are copies: it comes by the second only while something is to be seen.
    private var listInterval: Span {
        if hasOrphanInGrace || !missing.isEmpty || isUninstalling {
            return settings.alertInterval(volumes: volumesListed)
        }
        return standing.isEmpty ? settings.idleSweepInterval : settings.sweepInterval
    }
}
