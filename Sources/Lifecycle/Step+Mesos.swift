import Model

extension SystemState {
    mutating func subscribe(_ id: FrameworkID, _ now: Instant) {
        put(id)
        subscribed = true
        subscribedAt = now
        awaySince = nil
        isFrameworkRemoved = false
        // A new stream flows, but what it flows into is for us to say again.
        offerFlow = .flowing
        beginReconciliation(afterSubscription: true, now)
        implicitReconciliationAt = nil
        asksImplicitly = false
        // Answers to calls on the old stream may never come: what matters of them is looked at again.
        inFlight = inFlight.filter(\.isStorage)
        // The master takes back whatever it had offered.
        heldOffers = []
        launchOffers = [:]
    }

    mutating func disconnect(_ now: Instant) {
        subscribed = false
        subscribedAt = nil
        awaySince = now
        offerFlow = nil
        // Nobody answers any more: the next subscription begins it anew.
        reconciliation = nil
    }

    mutating func apply(_ update: TaskUpdate, _ now: Instant, _ transition: inout Transition) {
        heard(update, now)
        guard !applyToFlush(update, now) else { return }
        guard let place = place(of: update.taskID), var run = runs[place.run] else {
            return stray(update, now, &transition)
        }
        var attempt = run.attempts[place.index]
        if run.phase == .ended, attempt.isTerminal, !update.state.isTerminal { return stray(update, now, &transition) }
        if place.isSuite {
            attempt.suite?.apply(update, now)
        } else {
            attempt.cassandra.apply(update, now)
            attempt.containerAddress = update.containerAddress ?? attempt.containerAddress
        }
        // A kill that could not reach its agent is repeated at once when the agent is back.
        if run.attempts[place.index].outOfSightSince != nil, attempt.outOfSightSince == nil { attempt.killedAt = nil }
        run.attempts[place.index] = attempt
        if runs[run.id] != run {
            transition.notes.append(
                Note(
                    .info,
                    "task changed",
                    [
                        "run.id": run.id.value, "task.id": update.taskID.value, "task.state": update.state.rawValue,
                        "task.reason": update.reason ?? "", "task.message": update.message ?? "",
                    ]
                )
            )
        }
        put(run)
    }

    /// Which run's which attempt's task this is: the id says it (design, §9).
    private func place(of task: TaskID) -> (run: RunID, index: Int, isSuite: Bool)? {
        let parts = task.value.split(separator: ".", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0] == settings.slug, let run = runs[RunID(String(parts[1]))] else { return nil }
        for (index, attempt) in run.attempts.enumerated().reversed() {
            if attempt.cassandra.id == task { return (run.id, index, false) }
            if attempt.suite?.id == task { return (run.id, index, true) }
        }
        return nil
    }

    private mutating func stray(_ update: TaskUpdate, _ now: Instant, _ transition: inout Transition) {
        guard !update.state.isTerminal else {
            strays[update.taskID] = nil
            return
        }
        if var known = strays[update.taskID] {
            // The master forgets a kill for an agent that it cannot reach: it is repeated once the agent is back.
            if known.state.isOutOfSight, !update.state.isOutOfSight { known.killedAt = nil }
            known.state = update.state
            known.agent = update.agentID ?? known.agent
            strays[update.taskID] = known
            // Should it be somewhere after all, the next question for all tasks tells.
            if update.state == .unknown, now - known.since >= settings.strayPatience { strays[update.taskID] = nil }
            return
        }
        // Of what nobody knows there is nothing to end.
        guard update.state != .unknown else { return }
        strays[update.taskID] = Stray(agent: update.agentID, state: update.state, since: now, killedAt: nil)
        straysCount += 1
        transition.notes.append(
            Note(
                .warning,
                "a task of ours that no run knows will be ended",
                ["task.id": update.taskID.value, "task.state": update.state.rawValue, "task.count": "\(straysCount)"]
            )
        )
    }

    func note(_ agent: AgentID?, _ executor: ExecutorID?, _ status: Int32?, _ transition: inout Transition) {
        // Status 0 after a pod's end is normal (recordings/mesos/10-launch-group).
        guard executor == nil || status != 0 else { return }
        transition.notes.append(
            Note(
                .warning,
                executor == nil ? "an agent is lost" : "an executor failed",
                [
                    "mesos.agent": agent?.value ?? "", "mesos.executor": executor?.value ?? "",
                    "mesos.status": status.map { "\($0)" } ?? "",
                ]
            )
        )
    }

    mutating func called(
        _ key: Effect.Key,
        _ outcome: Outcome<Void>,
        _ now: Instant,
        _ transition: inout Transition
    ) {
        inFlight.remove(key)
        let launched = launchOffers.removeValue(forKey: key) ?? []
        if case .launch = key { launchesAnswered[key] = now }
        let fault: Fault
        switch outcome {
        case .done:
            if key == .reconcile { answeredReconciliation(isDone: true, now) }
            if key == .teardown { tornDown(&transition) }
            return
        case .refused(let refusal): fault = refusal
        case .unknown(let silence): fault = silence
        }
        transition.notes.append(
            Note(
                .warning,
                "a call to the master did not end well",
                ["error.code": fault.code, "error.cause": fault.message]
            )
        )
        switch key {
        case .offerFlow: offerFlow = nil
        case .reconcile: answeredReconciliation(isDone: false, now)
        case .launch(let id, let number):
            giveBack(launched, now)
            launchFailed(id, number, outcome, now)
        case .flush(let id, let number):
            giveBack(launched, now)
            if case .refused(let refusal) = outcome { flushRefused(id, number, refusal.message, now) }
        case .decline(let offers): giveBack(offers, now)
        case .teardown: failed(key, now)
        case .kill, .nodes, .source, .copy, .list, .output, .seal: break
        }
    }

    /// Declining what is not on offer any more does nothing.
    private mutating func giveBack(_ offers: [OfferID], _ now: Instant) {
        heldOffers.formUnion(offers)
        heldOffersDueAt = now + settings.retryDelay(failures: 1)
    }

    /// A refused launch has not happened; one without an answer is asked about.
    private mutating func launchFailed(_ id: RunID, _ number: Int, _ outcome: Outcome<Void>, _ now: Instant) {
        guard case .refused(let fault) = outcome else { return beginReconciliation(afterSubscription: false, now) }
        guard var run = runs[id], let index = run.attempts.firstIndex(where: { $0.number == number }) else { return }
        run.attempts[index].cassandra.drop(fault.message, now)
        run.attempts[index].suite?.drop(fault.message, now)
        put(run)
    }
}

extension Attempt.Task {
    /// Takes an update in; nothing follows a terminal state.
    mutating func apply(_ update: TaskUpdate, _ now: Instant) {
        // What the master made up about a task that it did not know yet is no end: the executor's own word counts more.
        let isMadeUp = state == .gone || state == .dropped
        let isToldHow = isHearsay == true && update.state == state
        guard !state.isTerminal || ((isMadeUp || isToldHow) && update.uuid != nil) else { return }
        // A duplicate id is answered under the running task's id, without a uuid (facts on Mesos, point 10).
        if update.state == .error || update.state == .dropped, update.uuid == nil, started { return }
        // From one way of being out of sight to another is no news: patience runs from the first.
        if state != update.state, !(state.isOutOfSight && update.state.isOutOfSight) { at = now }
        state = update.state
        // All of it is kept in the run's record, which has a limit.
        message = update.message.map { String($0.prefix(1_000)) }
        reason = update.reason
        checkExitCode = update.checkExitCode ?? checkExitCode
        isHearsay = state.isTerminal && update.uuid == nil ? true : nil
        switch state {
        case .starting, .running, .killing, .finished: started = true
        // A pod that could not be set up fails without a STARTING: `started` stays as it is.
        case .staging, .failed, .killed, .error, .lost, .dropped, .unreachable, .gone, .goneByOperator, .unknown: break
        }
    }

    /// Nobody will ever say how it ended.
    mutating func giveUp(_ now: Instant) {
        guard !state.isTerminal else { return }
        state = .gone
        at = now
        message = "its agent never came back"
    }

    /// It was never sent, or refused.
    mutating func drop(_ why: String, _ now: Instant) {
        guard !state.isTerminal, !started else { return }
        state = .dropped
        at = now
        message = why
    }
}

extension Effect.Key {
    /// True for what does not go over the subscription, and so is answered whatever becomes of it.
    var isStorage: Bool {
        switch self {
        case .nodes, .source, .copy, .list, .output, .seal: true
        case .offerFlow, .reconcile, .launch, .flush, .decline, .kill, .teardown: false
        }
    }
}
