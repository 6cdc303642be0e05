public import Model

extension SystemState {
    /// True when a run of this id is, or was, and is remembered.
    public func knows(_ id: RunID) -> Bool { runs[id] != nil || archive.place(of: id) != nil }

    /// Which data a run is of, also one of the archive; nil when it is not remembered.
    public func source(of id: RunID) -> SourceName? { runs[id]?.spec.source ?? archive[id]?.source }

    /// Where a run stands among all, also one of the archive; nil when it is not remembered.
    public func listPlace(of id: RunID) -> ListPlace? { runs[id]?.listPlace ?? archive[id]?.listPlace }

    /// Ended runs that are remembered as a whole.
    private var endedCount: Int { runs.count - unfinished.count }

    /// Ended runs of which nothing is left to become or to hold, the longest ended first.
    ///
    /// - Returns: none while there are fewer than make up a chunk, and between the times that history is looked through:
    ///   looking costs as much as there are runs and copies.
    public func archivable(at now: Instant) -> [Run] {
        guard tidiedAt == now, endedCount >= settings.archiveBatch else { return [] }
        var blocked: Set<RunID> = []
        for copy in copies.values where !(copy.goneAt.map { now - $0 >= settings.archiveAfter } ?? false) {
            blocked.insert(copy.run)
        }
        let found = runs.values.filter { run in
            run.phase == .ended && now - run.phaseSince >= settings.archiveAfter && !blocked.contains(run.id)
                && !withLiveTasks.contains(run.id) && !wantingOutput.contains(run.id)
                // What goes in is what is durable.
                && !hasChanged(run.id)
                // Another's, and whoever asks for the same data as this run's finds it by this run.
                && standing.isDisjoint(with: run.snapshots + run.clonesInUse)
        }
        guard found.count >= settings.archiveBatch else { return [] }
        return found.sorted { ($0.phaseSince, $0.id) < ($1.phaseSince, $1.id) }
    }

    /// Keeps of these runs what finds them, and forgets their copies, all of which are gone.
    ///
    /// - Parameter ended: as ``archivable(at:)`` gave them; whoever calls writes their record, and that they and the
    ///   copies are no more beside it, in one batch.
    /// - Returns: the copies.
    public mutating func archive(_ ended: [Run]) -> [CopyName] {
        let ids = Set(ended.map(\.id))
        let theirs = copies.values.filter { ids.contains($0.run) }
        for copy in theirs { drop(copy) }
        archive.append(Archive.Chunk(number: archive.nextNumber, runs: ended.map(EndedRun.init)))
        for run in ended { drop(run) }
        return theirs.map(\.name).sorted()
    }

    /// Drops what is older, or more, than is to be remembered: chunks as a whole.
    mutating func forgetOld(_ now: Instant) {
        giveUpLostTasks(now)
        for copy in copies.values where copy.state == .gone && runs[copy.run] == nil {
            if let gone = copy.goneAt, now - gone > settings.historyKept { forget(copy) }
        }
        let (whole, settings) = (endedCount, settings)
        pruneArchive { runs, lastEnd, count in
            count - runs + whole >= settings.historyMax || now - lastEnd > settings.historyKept
        }
        guard archive.count == 0 else { return }
        forgetWhole(now)
    }

    /// Those that no chunk was made of, since they are too few, or something was left of them for so long.
    private mutating func forgetWhole(_ now: Instant) {
        let ended = runs.values.filter { $0.phase == .ended && !withLiveTasks.contains($0.id) }
        let isOver = ended.contains { now - $0.phaseSince > settings.historyKept }
        guard ended.count > settings.historyMax || isOver else { return }
        let copiesOfRun = Dictionary(grouping: copies.values, by: \.run)
        for (index, run) in ended.sorted(by: { $0.phaseSince < $1.phaseSince }).enumerated() {
            guard ended.count - index > settings.historyMax || now - run.phaseSince > settings.historyKept else {
                return
            }
            let mine = copiesOfRun[run.id] ?? []
            guard mine.allSatisfy({ $0.state == .gone }) else { continue }
            for copy in mine { forget(copy) }
            forget(run)
        }
    }
}
