public import Model

extension SystemState {
    /// Applies one event: the same state and event give the same result, whatever the clock or the network do.
    ///
    /// - Parameters:
    ///   - event: what happened.
    ///   - now: when.
    /// - Returns: answers to offers and words for the log; all else that is due comes from ``begin(at:)``.
    public mutating func step(_ event: Event, at now: Instant) -> Transition { step([event], at: now) }

    /// Applies events that arrived together, in their order, and only then takes runs and copies forward.
    ///
    /// - Parameters:
    ///   - events: what happened.
    ///   - now: when.
    /// - Returns: as for one event.
    public mutating func step(_ events: [Event], at now: Instant) -> Transition {
        var transition = Transition()
        if !subscribed, awaySince == nil { awaySince = now }
        for event in events { apply(event, now, &transition) }
        settleReconciliation(now, &transition)
        settle(now, &transition)
        withdrawLaunches(now, &transition)
        return transition
    }

    private mutating func apply(_ event: Event, _ now: Instant, _ transition: inout Transition) {
        switch event {
        case .tick:
            looking = looking.filter { $0.value > now }
            launchesAnswered = launchesAnswered.filter { now - $0.value < settings.launchSettles }
            if tidiedAt.map({ now - $0 >= settings.archiveInterval }) ?? true {
                tidiedAt = now
                forgetOld(now)
            }
        case .submitted(let spec, let id): submit(spec, as: id, now, &transition)
        case .release(let id): release(id, now, &transition)
        case .command(let command, let id): obey(command, id, now, &transition)
        case .look(let source):
            looking[source] = now + settings.lookPatience
            // What was refused a moment ago is wanted to be seen again.
            offerFlow = nil
        case .sweep:
            sweepAskedAt = now
            // Whoever asks wants to see what Portworx says now, not when it was to be asked again.
            failures[.list] = nil
        case .subscribed(let id): subscribe(id, now)
        case .disconnected: disconnect(now)
        case .frameworkRemoved: frameworkRemoved(now, &transition)
        case .frameworkReset: resetFramework(now, &transition)
        case .uninstall(let keepsCopies, let patience):
            uninstall(keepsCopies: keepsCopies, patience: patience, now, &transition)
        case .sourceGiven(let given): give(given, &transition)
        case .sourceTaken(let name): take(name, &transition)
        case .offers(let offers): take(offers, now, &transition)
        case .update(let update): apply(update, now, &transition)
        case .failure(let agent, let executor, let status): note(agent, executor, status, &transition)
        case .called(let key, let outcome): called(key, outcome, now, &transition)
        case .nodesRead(let result): nodesRead(result, now)
        case .sourceRead(let name, let result): sourceRead(name, result, now)
        case .created(let name, let outcome): created(name, outcome, now, &transition)
        case .found(let name, let result): found(name, result, now, &transition)
        case .inspected(let name, let result): inspected(name, result, now, &transition)
        case .deleted(let name, let outcome): deleted(name, outcome, now, &transition)
        case .listed(let result): listed(result, now, &transition)
        case .sealRead(let id, let attempt, let reading): sealRead(id, attempt, reading, now, &transition)
        case .outputRead(let id, let attempt, let reading): outputRead(id, attempt, reading, now, &transition)
        }
    }

    /// Takes everything forward that can go forward, until nothing can.
    private mutating func settle(_ now: Instant, _ transition: inout Transition) {
        endRunsForUninstallation(now, &transition)
        for run in waitingLine { advance(run, now, &transition) }
        condemnUnheld(now, &transition)
        noteStuck(now, &transition)
        advanceUninstallation(now, &transition)
    }

    /// A launch whose run has ended within its own frame is not sent: nothing new may use a condemned copy.
    private mutating func withdrawLaunches(_ now: Instant, _ transition: inout Transition) {
        for (place, effect) in transition.effects.enumerated() {
            guard case .launch(let id, let number, let offers) = effect, var run = runs[id], !run.phase.hasPod,
                let index = run.attempts.firstIndex(where: { $0.number == number })
            else { continue }
            let why = "its run had ended before it was sent"
            run.attempts[index].cassandra.drop(why, now)
            run.attempts[index].suite?.drop(why, now)
            put(run)
            inFlight.remove(effect.key)
            launchOffers[effect.key] = nil
            transition.effects[place] = .decline(offers, refuse: settings.refuseWaiting)
        }
    }

    private mutating func submit(_ spec: RunSpec, as id: RunID, _ now: Instant, _ transition: inout Transition) {
        guard !knows(id), let source = sources[spec.source] else { return }
        // Two requests may have been admitted at once, of one key, or for one clone: the first of them counts.
        guard case .new = admit(spec) else { return }
        // What a copy says of itself, one node's says.
        let data = spec.inspects == true ? source.firstAlone : source
        var run = Run(id: id, spec: spec, source: data, createdAt: now)
        // From here on it holds the snapshot, so that nobody condemns it in between.
        let other = (spec.sameDataAs ?? spec.opens).flatMap { runs[$0] }
        run.snapshot = other?.snapshot
        run.dataAt = other?.dataAt
        run.dataSpread = other?.dataSpread
        takeOver(&run)
        put(run)
        waits[id] = Wait(since: now)
        offerFlow = nil
        transition.notes.append(
            Note(
                .info,
                "run admitted",
                ["run.id": id.value, "run.source": spec.source.value, "run.key": spec.key ?? ""]
            )
        )
    }

    private mutating func release(_ id: RunID, _ now: Instant, _ transition: inout Transition) {
        guard var run = runs[id], run.phase.isActive else { return }
        if run.isService && run.phase == .ready {
            finish(&run, .released, "given back", now, &transition)
        } else {
            finish(&run, .cancelled, "cancelled in phase \(run.phase.rawValue)", now, &transition)
        }
        put(run)
    }
}
