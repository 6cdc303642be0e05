import Model

extension SystemState {
    /// Follows the pod of a run from the launch to the result.
    mutating func watchPod(_ run: inout Run, _ now: Instant, _ transition: inout Transition) {
        guard let attempt = run.attempt, !attempt.settled else { return }
        // A suite that passed has passed; one that failed may have done so for want of a node.
        if attempt.suite?.state != .finished, let lost = run.lostNode {
            return judgeLost(lost, &run, now, &transition)
        }
        if attempt.isTerminal { return judge(attempt, &run, now, &transition) }
        if answerStands(attempt, &run, now, &transition) { return }
        let isOver = attempt.suite?.hasAnswered ?? false
        if let ends = run.leaseEnds, ends <= now, !isOver, !isTooEarly(run, now) {
            return finish(
                &run,
                .expired,
                "its lease of \(run.lease) ended in phase \(run.phase.rawValue)",
                now,
                &transition
            )
        }
        if let (hidden, since) = run.hiddenNode {
            run.obstacle = "agent \(hidden.hostname) is out of sight since \(since.rfc3339)"
            if now - since >= settings.unreachablePatience {
                let why = "agent \(hidden.hostname) was out of sight for \(settings.unreachablePatience)"
                attemptFailed(&run, why, by: hidden, now, &transition)
            }
            return
        }
        run.obstacle = nil
        follow(&run, now, &transition)
    }

    /// A suite's answer does not wait for ever for Cassandra's end: the ledger does, before it deletes the clone.
    private mutating func answerStands(
        _ attempt: Attempt,
        _ run: inout Run,
        _ now: Instant,
        _ transition: inout Transition
    ) -> Bool {
        guard let suite = attempt.suite, suite.hasAnswered, run.current.allSatisfy(\.verified),
            now - suite.at >= settings.killGrace + settings.endPatience,
            // A clock that was set makes any time seem over at a start.
            !isTooEarly(run, now, away: settings.endPatience)
        else { return false }
        settle(&run)
        catchUp(&run, now, &transition)
        if suite.state == .finished {
            finish(&run, .passed, "the suite exited 0", now, &transition)
        } else {
            finish(&run, .failed, "the suite failed: \(suite.message ?? "no word of how")", now, &transition)
        }
        return true
    }

    /// True while the master may yet tell what became of a pod that was launched before it was last away.
    ///
    /// - Parameters:
    ///   - run: with a pod; of any other there is nothing to tell.
    ///   - now: this process' time.
    ///   - patience: how long the master may be away; nil for as long as leases wait for it.
    /// - Returns: false also when it has had its time.
    func isTooEarly(_ run: Run, _ now: Instant, away patience: Span? = nil) -> Bool {
        guard run.phase.hasPod, let attempt = run.attempt else { return false }
        guard subscribed else { return awaySince.map { now - $0 < patience ?? settings.masterPatience } ?? true }
        return subscribedAt.map { attempt.at < $0 && now - $0 < settings.newsPatience } ?? false
    }

    private func follow(_ run: inout Run, _ now: Instant, _ transition: inout Transition) {
        let suiteRuns = run.attempt?.suite?.started ?? false
        switch run.phase {
        case .launching:
            if run.current.allSatisfy({ $0.tasks.contains(where: \.started) }) {
                enter(.starting, &run, now, &transition)
            }
        case .starting:
            if run.current.contains(where: { $0.sealStep?.isSealing ?? false }) {
                enter(.sealing, &run, now, &transition)
            } else if let code = run.attempt?.cassandra.checkExitCode {
                run.obstacle = "Cassandra boots in isolation (check exits \(code))"
            }
        case .sealing:
            // Only the helpers know that the copy is another database now: nobody is told of it before (rule 7).
            guard let open = run.current.first(where: { !$0.isSealed }) else {
                return enter(.ready, &run, now, &transition)
            }
            guard let code = open.cassandra.checkExitCode, code != SealStep.ready.rawValue else { return }
            let step = open.sealStep.map { " at \($0.name)" } ?? ""
            run.obstacle = "\(run.called(open, or: "the copy")) is not sealed yet\(step) (check exits \(code))"
        case .ready:
            if suiteRuns { enter(.testing, &run, now, &transition) }
        case .requested, .quiescing, .snapshotting, .cloning, .waiting, .testing, .ending, .ended: break
        }
    }

    /// A suite may be faster than the check, and has run all the same: its helper starts it on a sealed copy alone.
    private func catchUp(_ run: inout Run, _ now: Instant, _ transition: inout Transition) {
        guard run.phase.hasPod else { return }
        let rest = [Phase.launching, .starting, .sealing, .ready, .testing].drop { $0 != run.phase }.dropFirst()
        for phase in rest { enter(phase, &run, now, &transition) }
    }

    /// What a pod that has ended means.
    private mutating func judge(_ attempt: Attempt, _ run: inout Run, _ now: Instant, _ transition: inout Transition) {
        if attempt.neverStarted { return judgeUnstarted(attempt, &run, now, &transition) }
        let cassandra = attempt.cassandra
        let cassandraSays = cassandra.message.map { ": \($0)" } ?? ""
        if attempt.tasks.contains(where: { $0.reason == "REASON_MAX_COMPLETION_TIME_REACHED" }),
            attempt.suite?.state != .finished
        {
            settle(&run)
            return finish(&run, .expired, "the agent ended it at the end of its longest lease", now, &transition)
        }
        if !run.wasReady, let fault = attempt.sealFault {
            return judgeSeal(fault, attempt, &run, now, &transition)
        }
        if run.spec.inspects == true, cassandra.state == .finished {
            return judgeInspection(attempt, &run, now, &transition)
        }
        guard let suite = attempt.suite else {
            return attemptFailed(
                &run,
                "Cassandra ended (\(cassandra.state.rawValue))\(cassandraSays)",
                now,
                &transition
            )
        }
        if suite.state == .finished {
            // A green suite on the wrong volume would be worse than a red one (rule 8).
            guard run.current.allSatisfy(\.verified) else { return awaitVerification(&run, now, &transition) }
            settle(&run)
            catchUp(&run, now, &transition)
            return finish(&run, .passed, "the suite exited 0", now, &transition)
        }
        // Both failed: the suite's failure may well be the database's.
        if cassandra.state == .failed || cassandra.state == .finished {
            return attemptFailed(&run, "Cassandra ended before the suite\(cassandraSays)", now, &transition)
        }
        // That it failed is not how: it may never have begun. A scheduler that was away has not been told yet.
        if suite.isHearsay == true, suite.state == .failed,
            now - suite.at < settings.newsPatience || isTooEarly(run, now, away: settings.newsPatience)
        {
            run.obstacle = "the suite has failed; its agent's own word of how is awaited"
            return
        }
        if suite.neverBegan || attempt.wasNeverPublished {
            let why = "the suite could not be started: \(suite.message ?? "no word of why")"
            return attemptFailed(&run, why, now, &transition)
        }
        if suite.state == .failed, suite.started {
            settle(&run)
            catchUp(&run, now, &transition)
            return finish(&run, .failed, "the suite failed: \(suite.message ?? "no word of how")", now, &transition)
        }
        let why = "the pod was ended by others: suite \(suite.state.rawValue), Cassandra \(cassandra.state.rawValue)"
        attemptFailed(&run, why + cassandraSays, now, &transition)
    }

    private mutating func awaitVerification(_ run: inout Run, _ now: Instant, _ transition: inout Transition) {
        run.obstacle = "it has not been seen yet that the clone's name leads to the clone"
        if let ends = run.leaseEnds, ends <= now {
            finish(&run, .error, "nobody could tell which volume the suite ran on", now, &transition)
        }
    }

    /// A pod of which nothing has run.
    mutating func judgeUnstarted(
        _ attempt: Attempt,
        _ run: inout Run,
        _ now: Instant,
        _ transition: inout Transition
    ) {
        let said = attempt.tasks.compactMap(\.message).first ?? "no word of why"
        // GONE is the master's belief: the task may yet appear, so its clone is not used again.
        if attempt.tasks.allSatisfy({ $0.state == .dropped || $0.state == .gone }),
            attempt.tasks.contains(where: { $0.state == .gone })
        {
            settle(&run)
            return retry(
                &run,
                "the launch on \(attempt.hostname) came to nothing: \(said)",
                giveUp: false,
                now,
                &transition
            )
        }
        let stale = attempt.tasks.allSatisfy { $0.state == .dropped }
        guard stale, run.droppedLaunches < settings.droppedLaunchesMax else {
            let why = "the pod could not be started on \(attempt.hostname): \(said)"
            return attemptFailed(&run, why, by: attempt, now, &transition)
        }
        settle(&run)
        run.droppedLaunches += 1
        run.obstacle = "the launch came to nothing: \(said)"
        guard !run.source.isRing else {
            // The other nodes may have written to theirs.
            wantClone(&run, now)
            return enter(.cloning, &run, now, &transition)
        }
        // Nothing has touched the clone: it may be used again once it is seen detached.
        if run.attempts.allSatisfy(\.neverStarted) { run.leaseEnds = nil }
        waits[run.id] = Wait(since: now)
        verifiedAt[attempt.clone] = nil
        enter(.waiting, &run, now, &transition)
    }

    func settle(_ run: inout Run) {
        for index in run.attempts.indices.suffix(run.source.nodeCount) { run.attempts[index].settled = true }
    }

    /// An infrastructure failure: elsewhere, on a fresh clone, or the end.
    mutating func attemptFailed(
        _ run: inout Run,
        _ why: String,
        by attempt: Attempt? = nil,
        _ now: Instant,
        _ transition: inout Transition
    ) {
        let attempt = attempt ?? run.attempt
        settle(&run)
        // A helper that could not be fetched is no fault of the agent's.
        let isAgents = attempt.map { !$0.tasks.contains(where: \.couldNotFetch) } ?? false
        if isAgents, let agent = attempt?.agent, !run.avoided.contains(agent) { run.avoided.append(agent) }
        retry(&run, why, giveUp: false, now, &transition)
    }

    /// Rule 8: the name that an agent mounts must lead to the volume that the ledger knows.
    mutating func verify(_ copy: Copy, _ volume: Volume?, _ now: Instant, _ transition: inout Transition) {
        guard var run = runs[copy.run], run.clonesInUse.contains(copy.name) else { return }
        defer { put(run) }
        var copy = copy
        guard let volume else {
            let fault = Fault(code: "copy.missing", message: "there is no volume of its name", transient: true)
            // A look that was not answered says nothing of what is there.
            if copy.lastFault?.code != fault.code { copy.failures = 0 }
            copy.fail(fault, now, settings)
            put(copy)
            verifiedAt[copy.name] = nil
            let why = "clone \(copy.name) must not be used: \(fault.message)"
            // What was made a moment ago may not be listed yet; nothing is launched on it before it is.
            guard copy.failures >= settings.missesMax else { return run.obstacle = why }
            return finish(&run, .error, why, now, &transition)
        }
        guard let id = copy.volumeID, volume.id == id.id else {
            let why = "its name leads to volume \(volume.id) instead of \(copy.volumeID?.id.value ?? "")"
            return finish(&run, .error, "clone \(copy.name) must not be used: \(why)", now, &transition)
        }
        copy.read(volume, now)
        copy.failures = 0
        copy.nextTryAt = nil
        put(copy)
        if run.phase == .waiting {
            if let fault = volume.launchObstacle {
                run.obstacle = "clone \(copy.name) is not ready for use: \(fault)"
                verifiedAt[copy.name] = nil
                copy.fail(Fault(code: "copy.not_ready", message: fault, transient: true), now, settings)
                put(copy)
            } else {
                let isNews = verifiedAt[copy.name] == nil
                verifiedAt[copy.name] = now
                // Refusals of the time before may keep the best agent away.
                if isNews { offerFlow = nil }
            }
        } else if run.phase.hasPod, let index = run.attempts.lastIndex(where: { $0.clone == copy.name }),
            // A look from before the launch says nothing about what the agent has mounted.
            lookedAt[copy.name] != nil
        {
            run.attempts[index].verified = true
        }
    }

    /// True when the clone may be launched on now.
    func isVerified(_ run: Run, _ now: Instant) -> Bool {
        guard areThere(run.clone) else { return false }
        return run.clonesInUse.allSatisfy { clone in
            verifiedAt[clone].map { now - $0 <= settings.verifiedFresh } ?? false
        }
    }
}

extension Volume {
    /// Why no task may be launched on it now; nil when one may.
    fileprivate var launchObstacle: String? {
        if let error { return error }
        if !up { return "Portworx says \(status)" }
        if let attachedOn { return "attached on node \(attachedOn)" }
        if readOnly { return "it is read-only" }
        if sticky || snapshotIntervalMinutes != 0 || !snapshotSchedule.isEmpty {
            return "it has inherited settings of its parent's (sticky or a snapshot schedule)"
        }
        return nil
    }
}
