public import Model

/// What the sweep would do now about everything that is ours, or looks like it, and why.
public struct SweepPlan: Hashable, Sendable {
    /// What is done next.
    public enum Action: String, Hashable, Sendable, CaseIterable {
        /// It stays: something holds it.
        case keep
        /// It is made.
        case make
        /// Portworx is asked about it.
        case look
        /// Something has to come before.
        case wait
        /// It is deleted.
        case delete
        /// A task's end is asked for.
        case end
        /// It is none of ours.
        case nothing
    }

    /// What it is.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Read-only, of a source.
        case snapshot
        /// Writable, of a snapshot.
        case clone
        /// A volume with our label that is in no ledger, or was in none.
        case orphan
        /// A task of ours that no run knows.
        case task
    }

    /// One copy, volume or task.
    public struct Entry: Hashable, Sendable {
        /// The copy's name, the volume's, or the task's id.
        public var name: String
        /// What it is.
        public var kind: Kind
        /// Portworx' id; nil for a task, and before it was read back.
        public var volume: VolumeID?
        /// Whose it is; nil when nothing says so.
        public var run: RunID?
        /// `wanted`, `present`, `condemned`; `unknown` for what is in no ledger; a task's as Mesos says it.
        public var state: String
        /// What is done next.
        public var action: Action
        /// For people: why that.
        public var why: String
        /// What holds a copy that cannot be deleted; nil for what is not stuck.
        public var stuck: StuckCopy?

        /// True for a volume that the ledger does not know.
        public var isInNoLedger: Bool { state == Self.unknown }
        /// True for a copy that is to be deleted.
        public var isCondemned: Bool { state == Copy.State.condemned.rawValue }

        static let unknown = "unknown"
    }

    /// Copies by name, then volumes of no ledger and tasks of no run, by id.
    public var entries: [Entry]
    /// As of when the latest list of volumes is; nil before the first.
    public var listed: Instant?
    /// Why the latest list could not be had; nil when it could, or is on its way.
    public var fault: Fault?
}

extension SystemState {
    /// Says of everything that stands what the scheduler would do with it now.
    ///
    /// It only reads: ``due(at:)``, ``step(_:at:)`` and this ask the same functions.
    public func sweepPlan(at now: Instant) -> SweepPlan {
        let users = holders
        var entries = standing.sorted().compactMap { copies[$0] }.map { entry(for: $0, users, now) }
        entries += orphansSeen.values.sorted { $0.volume.id < $1.volume.id }.map { entry(for: $0, now) }
        entries += strays.sorted { $0.key < $1.key }.map { task, stray in
            SweepPlan.Entry(
                name: task.value,
                kind: .task,
                state: stray.state.rawValue,
                action: .end,
                why: "no run knows it since \(stray.since.rfc3339)"
            )
        }
        return SweepPlan(entries: entries, listed: listShows, fault: listFault)
    }

    /// True while the call is under way that takes this up.
    package func isUnderWay(_ key: Effect.Key) -> Bool { inFlight.contains(key) }

    private func entry(for copy: Copy, _ users: [CopyName: Set<RunID>], _ now: Instant) -> SweepPlan.Entry {
        var entry = SweepPlan.Entry(
            name: copy.name.value,
            kind: copy.planKind,
            volume: copy.volumeID?.id,
            run: copy.run.value.isEmpty ? nil : copy.run,
            state: copy.state.rawValue,
            action: .keep,
            why: ""
        )
        let named = copy.namedInstead.map { "; Portworx named it \($0)" } ?? ""
        if copy.state == .condemned {
            (entry.action, entry.why) = ending(of: copy, now)
            entry.why += named
            entry.stuck = stuck(copy, now)
            return entry
        }
        let work = work(on: copy, now)
        switch holding(of: copy, users, now) {
        case .nothing(let why): (entry.action, entry.why) = (.delete, "nothing holds it: \(why)")
        case .runs(let ids):
            entry.action = action(for: work)
            entry.why = "held by \(holders(ids))\(said(work, of: copy))\(named)"
        case .lease(let until):
            entry.action = action(for: work)
            entry.why = "kept until \(until.rfc3339)\(said(work, of: copy))\(named)"
        }
        return entry
    }

    private func holders(_ ids: [RunID]) -> String {
        ids.map { id in
            let ends = runs[id]?.leaseEnds.map { " until \($0.rfc3339)" } ?? ""
            return "run \(id)\(ends)"
        }.joined(separator: ", ")
    }

    private func action(for work: CopyWork) -> SweepPlan.Action {
        switch work {
        case .start(.create): .make
        case .start: .look
        case .retry, .awaitsParent, .awaitsFramework, .awaitsList, .awaitsCopies, .awaitsTask, .awaitsDetachment:
            .wait
        case .rests: .keep
        }
    }

    /// What is met by a copy that is held.
    private func said(_ work: CopyWork, of copy: Copy) -> String {
        if let search = missing[copy.name] {
            return "; a list lacks it: looked for by its id \(search.looks) of \(settings.missesMax) times"
        }
        return switch work {
        case .start(.create): "; to be made"
        case .start(.find): "; looked up by name before it is used"
        case .start: "; Portworx is asked what became of it"
        case .retry(let at): "; asked for again \(at.rfc3339)\(copy.lastFault.map { ": \($0.message)" } ?? "")"
        case .awaitsParent(let parent): "; made once \(parent) is there"
        case .awaitsFramework: "; \(Self.removalObstacle)"
        case .awaitsList: "; not found by its name: looked for by its labels"
        case .awaitsCopies, .awaitsTask, .awaitsDetachment, .rests: ""
        }
    }

    /// What becomes of a copy that is condemned.
    private func ending(of copy: Copy, _ now: Instant) -> (SweepPlan.Action, String) {
        let reason = "condemned: \(copy.condemnedFor ?? "nothing holds it")"
        // What has to come before counts more than when it is looked at again.
        let work = copy.volumeID.flatMap { _ in deletionObstacle(copy, now) } ?? work(on: copy, now)
        switch work {
        case .start(.delete): return (.delete, "\(reason); detached")
        case .start(.find): return (.look, "\(reason); looked for until its absence is certain")
        case .start:
            if let node = copy.attachedOn { return (.look, "\(reason); waits for detachment, \(place(node, copy))") }
            return (.look, "\(reason); looked at before it is deleted")
        case .retry(let at):
            if copy.volumeID == nil { return (.wait, "\(reason); looked for again \(at.rfc3339)") }
            if let node = copy.attachedOn { return (.wait, "\(reason); waits for detachment, \(place(node, copy))") }
            return (.wait, "\(reason); tried again \(at.rfc3339)\(copy.lastFault.map { ": \($0.message)" } ?? "")")
        case .awaitsCopies(let names):
            let more = names.count > 1 ? " and \(names.count - 1) more" : ""
            return (.wait, "\(reason); waits for \(names[0])\(more), made of it")
        case .awaitsTask(let attempt):
            let lost = attempt.outOfSightSince.map { ", out of sight since \($0.rfc3339)" } ?? ""
            return (.wait, "\(reason); waits for its task's end on \(attempt.hostname)\(lost)")
        case .awaitsDetachment(let until):
            return (.wait, "\(reason); nobody saw its task end: has to be detached until \(until.rfc3339)")
        case .awaitsParent, .awaitsFramework, .awaitsList, .rests: return (.wait, reason)
        }
    }

    private func place(_ node: String, _ copy: Copy) -> String {
        let host = nodes.node(called: node)?.hostname ?? ""
        return "attached on \(node)" + (host.isEmpty || host == node ? "" : " (\(host))")
            + (copy.attachPath.map { " at \($0)" } ?? "")
    }

    private func entry(for orphan: OrphanSeen, _ now: Instant) -> SweepPlan.Entry {
        let volume = orphan.volume
        var entry = SweepPlan.Entry(
            name: volume.name,
            kind: .orphan,
            volume: volume.id,
            run: volume.labels[CopyLabel.run].map { RunID($0) },
            state: SweepPlan.Entry.unknown,
            action: .wait,
            why: ""
        )
        let seen = "orphan: seen for \((now - orphan.since).rounded) of \(settings.orphanGrace)"
        switch verdict(on: orphan, now) {
        case .ours: (entry.action, entry.why) = (.delete, "orphan: its grace of \(settings.orphanGrace) is over")
        case .inGrace: entry.why = seen
        case .attached(let node):
            let path = volume.attachPath.map { " at \($0)" } ?? ""
            entry.why = "\(seen); left alone while it is attached on \(node)\(path)"
        case .foreign(let why): (entry.action, entry.why) = (.nothing, "not ours: \(why)")
        }
        return entry
    }
}

extension Copy {
    fileprivate var planKind: SweepPlan.Kind {
        switch kind {
        case .snapshot: .snapshot
        case .clone: .clone
        case .orphan: .orphan
        }
    }
}
