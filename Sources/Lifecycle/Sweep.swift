import Model

extension SystemState {
    /// Condemns every copy that nothing holds.
    mutating func condemnUnheld(_ now: Instant, _ transition: inout Transition) {
        guard !standing.isEmpty else { return }
        var held: Set<CopyName> = []
        for id in unfinished {
            guard let run = runs[id], run.phase.isActive else { continue }
            if let snapshot = run.snapshot { held.insert(snapshot) }
            if let clone = run.clone { held.insert(clone) }
        }
        for name in standing.sorted() {
            guard var copy = copies[name] else { continue }
            if copy.state == .wanted || copy.state == .present {
                if held.contains(name) { continue }
                if let until = copy.heldUntil, until > now { continue }
                copy.condemn(copy.heldUntil == nil ? "its run needs it no more" : "its lease has ended")
                transition.notes.append(Note(.info, "copy condemned", ["copy.name": name.value]))
            }
            // Never asked for: there is nothing to look for.
            if copy.state == .condemned, copy.askedAt == nil, copy.volumeID == nil { copy.vanish(now) }
            put(copy)
        }
    }

    /// Compares what Portworx has under our label with the ledger.
    mutating func listed(
        _ result: Result<[Volume], ReadFault>,
        _ now: Instant,
        _ transition: inout Transition
    ) {
        inFlight.remove(.list)
        guard case .success(let volumes) = result else {
            let count = (failures[.list]?.count ?? 0) + 1
            failures[.list] = (count, now + settings.retryDelay(failures: count))
            return
        }
        failures[.list] = nil
        listedAt = now
        let known = Set(copies.values.compactMap { $0.state == .gone ? nil : $0.volumeID?.id })
        var orphans: [VolumeID: Instant] = [:]
        for volume in volumes where !known.contains(volume.id) {
            let name = CopyName(volume.name)
            if let copy = copies[name], !isBeingMade(copy) {
                // Deleted while the list was on its way: it shows what was.
                if copy.state == .gone, copy.goneAt.map({ $0 >= listAskedAt ?? $0 }) ?? false { continue }
                if reappeared(volume, copy, now, &transition) { continue }
            } else if copies[name] != nil {
                continue
            }
            let since = orphansSeen[volume.id] ?? now
            if now - since >= settings.orphanGrace, adopt(volume, now, &transition) { continue }
            orphans[volume.id] = since
            if orphansSeen[volume.id] == nil {
                transition.notes.append(
                    Note(
                        .warning,
                        "a volume with our label is in no ledger",
                        ["volume.id": volume.id.value, "volume.name": volume.name]
                    )
                )
            }
        }
        orphansSeen = orphans
    }

    private func isBeingMade(_ copy: Copy) -> Bool { copy.state == .wanted && copy.volumeID == nil }

    /// A tombstone's volume that came after all.
    private mutating func reappeared(
        _ volume: Volume,
        _ copy: Copy,
        _ now: Instant,
        _ transition: inout Transition
    ) -> Bool {
        guard copy.state == .gone || copy.volumeID == nil,
            let id = CopyVolumeID(volume, createdAs: copy.name, from: copy.parent, sources: sourceVolumes)
        else { return false }
        var copy = copy
        copy.volumeID = id
        copy.state = .condemned
        copy.goneAt = nil
        copy.condemnedFor = "it appeared after we had given up on it"
        copy.nextTryAt = nil
        copy.failures = 0
        copy.read(volume, now)
        put(copy)
        transition.notes.append(
            Note(.warning, "a copy that we had given up on appeared", ["copy.name": copy.name.value])
        )
        return true
    }

    /// Takes an orphan into the ledger, condemned, once its grace is over and its labels prove that it is ours.
    private mutating func adopt(_ volume: Volume, _ now: Instant, _ transition: inout Transition) -> Bool {
        guard let id = CopyVolumeID(orphan: volume, install: install, sources: sourceVolumes),
            let parent = volume.parent,
            // Ids are read back now and then, a name is known always: a restored production may carry our labels.
            !sources.values.contains(where: { $0.volume == volume.name }),
            // Somebody may have copied it on, or be using it.
            volume.attachedOn == nil,
            volume.id.value.utf8.allSatisfy({ $0.isIDByte }), volume.id.value.utf8.count <= 100
        else { return false }
        var copy = Copy(
            name: CopyName("orphan-\(volume.id)"),
            kind: .orphan,
            run: RunID(volume.labels[CopyLabel.run] ?? ""),
            source: SourceName(volume.labels[CopyLabel.source] ?? ""),
            parent: parent,
            parentCopy: nil,
            createdAt: now,
            state: .condemned
        )
        copy.volumeID = id
        copy.condemnedFor = "an orphan past its grace"
        copy.read(volume, now)
        put(copy)
        transition.notes.append(Note(.warning, "an orphan is deleted", ["volume.id": volume.id.value]))
        return true
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

extension UInt8 {
    /// True for what may stand in a store's key.
    fileprivate var isIDByte: Bool {
        (0x30...0x39).contains(self) || (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self) || self == 0x2D
    }
}
