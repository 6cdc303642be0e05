public import Model

/// Something that a person or a pipeline wants of a run that is there.
public enum RunCommand: Hashable, Sendable {
    /// Keep its clone and snapshot for so long after its end, or from now on when it has ended.
    case keep(Span)
    /// Let its lease end so long from now.
    case extend(Span)
    /// Give it a fresh clone of its snapshot.
    case reset
}

extension SystemState {
    /// Judges a command and changes nothing.
    ///
    /// - Throws: the reason, for which the run is not in a state or the value is out of range.
    public func admit(_ command: RunCommand, for id: RunID) throws(AdmissionRefusal) {
        guard let run = runs[id] else { throw refusal(of: command, for: id) }
        try checkNotUninstalling()
        switch command {
        case .keep(let span):
            try checkLease(span, "lease", run.source)
            guard run.phase.isActive || keepable(run) != nil else {
                throw .nothingToKeep(id)
            }
        case .extend(let span):
            try checkLease(span, "lease", run.source)
            guard run.phase.isActive else { throw .hasEnded(id) }
        case .reset: try admitReset(run)
        }
    }

    /// Why nothing becomes of a run any more: it is in the archive, or there is none.
    private func refusal(of command: RunCommand, for id: RunID) -> AdmissionRefusal {
        guard archive.place(of: id) != nil else { return .unknown(id) }
        return switch command {
        case .keep: .nothingToKeep(id)
        case .extend: .hasEnded(id)
        case .reset: .notReady(id, .ended)
        }
    }

    private func admitReset(_ run: Run) throws(AdmissionRefusal) {
        guard run.spec.suite == nil, run.phase == .ready else { throw .notReady(run.id, run.phase) }
        guard run.launches < settings.attemptsMax else {
            throw AdmissionRefusal(
                .conflict,
                "run.too_many_launches",
                "run \(run.id) was launched \(run.launches) times: ask for a new one"
            )
        }
        guard areThere(run.snapshot) else {
            throw AdmissionRefusal(
                .conflict,
                "run.snapshot_gone",
                "run \(run.id) has no snapshot any more to take a fresh clone of"
            )
        }
    }

    /// What of an ended run is there and nobody else's: its clone before its snapshot.
    func keepable(_ run: Run) -> [CopyName]? {
        let names = (run.clonesInUse + run.snapshots).filter { name in
            guard let copy = copies[name] else { return false }
            return copy.state == .present && copy.run == run.id
        }
        return names.isEmpty ? nil : names
    }

    /// A kept clone may be opened once nothing can be using it.
    func checkKeptClone(of id: RunID) throws(AdmissionRefusal) {
        guard let run = runs[id] else { throw archive.place(of: id) == nil ? .unknown(id) : .noKeptClone(id) }
        guard !run.phase.isActive else {
            throw AdmissionRefusal(.conflict, "run.not_ended", "run \(id) is in phase \(run.phase.rawValue) still")
        }
        guard let clones = run.clone.map({ $0.compactMap { copies[$0] } }), areThere(run.clone),
            clones.allSatisfy({ $0.heldUntil != nil })
        else { throw .noKeptClone(id) }
        try checkVolumes(of: run, clones.count, "run.clone_gone", "opens")
        for clone in clones {
            let holder = runs[clone.run]
            guard holder.map({ !$0.phase.isActive }) ?? true, users(of: clone).allSatisfy(\.isTerminal) else {
                throw AdmissionRefusal(
                    .conflict,
                    "run.clone_in_use",
                    "the clone of run \(id) is in use by run \(clone.run)"
                )
            }
        }
    }

    /// Copies of other volumes than the source has now are no copy of it.
    func checkVolumes(
        of run: Run,
        _ count: Int,
        _ code: String,
        _ field: String
    ) throws(AdmissionRefusal) {
        guard let source = sources[run.spec.source], source.nodeCount != count else { return }
        let message = "run \(run.id) had \(count) of its source's volumes, which are \(source.nodeCount) now"
        throw AdmissionRefusal(.conflict, code, message, field: field)
    }
}

extension AdmissionRefusal {
    fileprivate static func unknown(_ id: RunID) -> Self { Self(.unknown, "run.unknown_run", "there is no run \(id)") }

    fileprivate static func nothingToKeep(_ id: RunID) -> Self {
        Self(.conflict, "run.copies_gone", "run \(id) has ended and nothing of it is left to keep")
    }

    fileprivate static func hasEnded(_ id: RunID) -> Self {
        let message = "run \(id) has its result, and no lease to extend any more; 'keep' holds what is left of it"
        return Self(.conflict, "run.has_ended", message)
    }

    fileprivate static func notReady(_ id: RunID, _ phase: Phase) -> Self {
        let message = "only a service run that is ready can be reset; run \(id) is in phase \(phase.rawValue)"
        return Self(.conflict, "run.not_ready", message)
    }

    fileprivate static func noKeptClone(_ id: RunID) -> Self {
        let message = "run \(id) has no kept clone: ask for one with --keep-on-failure, or 'keep' it while it runs"
        return Self(.conflict, "run.clone_gone", message)
    }
}
