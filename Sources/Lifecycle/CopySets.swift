import Model

/// The copies that a run asks for: one per volume of its source.
extension SystemState {
    mutating func wantSnapshot(_ run: inout Run, of volumes: [Volume], _ now: Instant) {
        var names: [CopyName] = []
        for volume in volumes {
            let name = newName(&run.snapshotAttempts, "\(run.id)-s")
            names.append(name)
            want(name, .snapshot, for: run, of: volume.id, nil, now)
        }
        run.snapshot = OneOrMore(names)
    }

    mutating func wantClone(_ run: inout Run, _ now: Instant) {
        let snapshots = run.snapshots.compactMap { copies[$0] }.filter { $0.state == .present }
        let ids = snapshots.compactMap(\.volumeID)
        guard !ids.isEmpty, ids.count == run.snapshots.count else {
            run.clone = nil
            return
        }
        var names: [CopyName] = []
        for (place, id) in ids.enumerated() {
            let name = newName(&run.cloneAttempts, "\(run.id)-\(place)-c")
            names.append(name)
            want(name, .clone, for: run, of: id.id, snapshots[place].name, now)
        }
        run.clone = OneOrMore(names)
        run.clones += names
    }

    /// A name that was never asked for.
    private func newName(_ attempts: inout Int, _ stem: String) -> CopyName {
        while true {
            attempts += 1
            let name = CopyName("\(settings.slug)-\(stem)\(attempts)")
            // The ledger is written before the run: after a crash in between it knows a name that the run does not.
            if copies[name] == nil { return name }
        }
    }

    private mutating func want(
        _ name: CopyName,
        _ kind: Copy.Kind,
        for run: Run,
        of parent: VolumeID,
        _ parentCopy: CopyName?,
        _ now: Instant
    ) {
        let copy = Copy(
            name: name,
            kind: kind,
            run: run.id,
            source: run.spec.source,
            parent: parent,
            parentCopy: parentCopy,
            createdAt: now
        )
        put(copy)
    }

    /// True when there is one of every volume's, and each is present.
    func areThere(_ names: OneOrMore<CopyName>?) -> Bool {
        names?.allSatisfy { copies[$0]?.state == .present } ?? false
    }

    /// What a set of copies has come to: the first that is lost, else the first that is still to come.
    enum Standing {
        case lost(Copy)
        case wanted(Copy)
        case whole([Copy])
    }

    /// Of copies that belong together; nil when there are none, or the ledger lacks one.
    func standing(of names: [CopyName]) -> Standing? {
        let set = names.compactMap { copies[$0] }
        guard !set.isEmpty, set.count == names.count else { return nil }
        if let lost = set.first(where: { $0.state == .condemned || $0.state == .gone }) { return .lost(lost) }
        return set.first { $0.state == .wanted }.map(Standing.wanted) ?? .whole(set)
    }
}
