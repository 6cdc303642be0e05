import Model

/// How a copy is looked for by its id that a list lacks.
struct Search: Hashable, Sendable {
    /// Looks that have found nothing.
    var looks = 0
    /// In this very process' time, as the record's may be of a clock that was wrong.
    var nextTryAt: Instant
}

/// Copies that somebody else has deleted.
///
/// A list that lacks one proves nothing, since lists lag: it is looked for by its id, several times, before its absence
/// is believed. Should it turn up after all, it is a name that was given up on, and goes.
extension SystemState {
    /// Remembers which copies that were there when the list was asked for it does not have.
    mutating func suspect(missingFrom volumes: [Volume], _ now: Instant) {
        let listed = Set(volumes.map(\.id))
        for name in standing {
            guard let copy = copies[name], copy.state == .present, let id = copy.volumeID else { continue }
            if listed.contains(id.id) {
                missing[name] = nil
            } else if presentAtList.contains(name), missing[name] == nil {
                missing[name] = Search(nextTryAt: now)
            }
        }
    }

    /// What a look by id says of a copy that a list lacks.
    mutating func lookedForByID(
        _ copy: inout Copy,
        _ result: Result<Volume?, ReadFault>,
        _ now: Instant,
        _ transition: inout Transition
    ) {
        switch result {
        case .failure: missing[copy.name]?.nextTryAt = now + settings.sweepIntervalAlert
        case .success(let volume?):
            missing[copy.name] = nil
            guard volume.id == copy.volumeID?.id else { break }
            copy.read(volume, now)
        case .success(nil):
            let looks = (missing[copy.name]?.looks ?? 0) + 1
            missing[copy.name] = Search(looks: looks, nextTryAt: now + settings.retryDelay(failures: looks))
            guard looks >= settings.missesMax else { break }
            copy.lastFault = Fault(
                code: "copy.deleted_by_others",
                message: "the \(copy.kind.rawValue) \(copy.name) is gone from Portworx: somebody deleted it",
                transient: false
            )
            copy.nextTryAt = nil
            copy.vanish(now)
            transition.notes.append(
                Note(
                    .warning,
                    "a copy is gone from Portworx: somebody else deleted it",
                    [
                        "copy.name": copy.name.value, "volume.id": copy.volumeID?.id.value ?? "",
                        "run.id": copy.run.value,
                    ]
                )
            )
        }
        put(copy)
    }

    /// Ends a run that cannot go on without a copy that somebody else has deleted.
    mutating func endsWithItsCopy(_ run: inout Run, _ now: Instant, _ transition: inout Transition) -> Bool {
        guard let copy = neededCopies(of: run).compactMap({ copies[$0] }).first(where: { $0.state == .gone })
        else { return false }
        let gone = copy.lastFault?.message ?? "the \(copy.kind.rawValue) \(copy.name) is gone"
        finish(&run, .error, gone, now, &transition)
        put(run)
        return true
    }

    /// The copies that a run needs in its phase and that nothing can take the place of.
    private func neededCopies(of run: Run) -> [CopyName] {
        switch run.phase {
        case .requested: run.spec.opens != nil ? run.clonesInUse : run.spec.sameDataAs != nil ? run.snapshots : []
        // Once a clone is asked for, what comes of that decides.
        case .cloning:
            run.snapshots.enumerated().compactMap { place, snapshot in
                let clone = run.clonesInUse.dropFirst(place).first.flatMap { copies[$0] }
                return clone?.askedAt == nil ? snapshot : nil
            }
        case .waiting: run.clonesInUse
        // A green suite on the right volumes stays green, whatever became of them since.
        case .launching, .starting, .sealing, .ready, .testing:
            run.current.allSatisfy(\.verified) && run.attempt?.suite?.state == .finished ? [] : run.clonesInUse
        case .quiescing, .snapshotting, .ending, .ended: []
        }
    }
}
