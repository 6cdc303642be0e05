import Model

extension SystemState {
    mutating func obey(_ command: RunCommand, _ id: RunID, _ now: Instant, _ transition: inout Transition) {
        // The state may have moved on between the question and this frame.
        do throws(AdmissionRefusal) { try admit(command, for: id) } catch { return }
        guard var run = runs[id] else { return }
        switch command {
        case .keep(let span): keep(&run, for: span, now)
        case .extend(let span): extend(&run, by: span, now)
        case .reset: reset(&run, now, &transition)
        }
        put(run)
    }

    private mutating func keep(_ run: inout Run, for span: Span, _ now: Instant) {
        guard !run.phase.isActive else {
            run.keptFor = span
            return
        }
        for name in keepable(run) ?? [] {
            guard var copy = copies[name] else { continue }
            // What was said last counts, also when it is shorter: so a person gives back what a failure keeps.
            copy.heldUntil = now + span
            copy.heldOnRequest = true
            put(copy)
        }
    }

    /// Never beyond the longest lease of its source, counted from the first launch: a lease always ends.
    private func extend(_ run: inout Run, by span: Span, _ now: Instant) {
        guard let ends = run.leaseEnds, let limit = run.leaseLimit else {
            run.leaseExtended = span
            return
        }
        run.leaseEnds = max(ends, min(now + span, limit))
    }

    /// The old pod is ended, its clone condemned, since nothing wants them any more.
    private mutating func reset(_ run: inout Run, _ now: Instant, _ transition: inout Transition) {
        guard let attempt = run.attempt, let port = attempt.ports.first else { return }
        // A ring goes where all of its nodes find room at once.
        if !run.source.isRing {
            run.preference = Run.Preference(
                agent: attempt.agent,
                port: port,
                until: now + settings.preferencePatience
            )
        }
        settle(&run)
        wantClone(&run, now)
        enter(.cloning, &run, now, &transition)
    }

    /// An opened clone changes hands, so that one run at a time may use it (design, rule 4).
    mutating func takeOver(_ run: inout Run) {
        guard let other = run.spec.opens.flatMap({ runs[$0] }), let names = other.clone else { return }
        for name in names {
            guard var clone = copies[name] else { continue }
            clone.run = run.id
            put(clone)
        }
        run.clone = names
        run.clones = Array(names)
    }
}
