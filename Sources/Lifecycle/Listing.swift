public import Model

/// A volume with our label that the ledger does not know.
public struct OrphanSeen: Hashable, Sendable {
    /// As last listed.
    public var volume: Volume
    /// When a list showed it first.
    public var since: Instant
}

/// What becomes of a volume that the ledger does not know.
enum OrphanVerdict: Hashable, Sendable {
    /// Ours, and its grace is over: it is taken into the ledger and deleted.
    case ours(CopyVolumeID, parent: VolumeID)
    /// Ours, once its grace is over.
    case inGrace(until: Instant)
    /// Ours, and left alone while somebody has it attached.
    case attached(on: String)
    /// Not ours, for this reason.
    case foreign(String)
}

extension SystemState {
    /// Compares what Portworx has under our label with the ledger.
    mutating func listed(
        _ result: Result<[Volume], ReadFault>,
        _ now: Instant,
        _ transition: inout Transition
    ) {
        inFlight.remove(.list)
        let volumes: [Volume]
        switch result {
        case .success(let listed): volumes = listed
        case .failure(let failure):
            listFault = failure.fault
            stopSeeking(shownBy: [], now)
            failed(.list, now)
            return
        }
        failures[.list] = nil
        listFault = nil
        listedAt = now
        listShows = listAskedAt
        if let cleared = clearedAt, let shows = listShows, shows >= cleared { listsSinceCleared += 1 }
        volumesListed = volumes.count
        // What was deleted while the list was on its way may be in it: it shows what was.
        let known = Set(copies.values.compactMap { $0.goneAt.map(isBeforeList) ?? false ? nil : $0.volumeID?.id })
        var orphans: [VolumeID: OrphanSeen] = [:]
        hasOrphanInGrace = false
        for volume in volumes where !known.contains(volume.id) {
            if let copy = copies[CopyName(volume.name)] {
                if isBeingMade(copy) { continue }
                if copy.state == .gone, copy.goneAt.map({ !isBeforeList($0) }) ?? false { continue }
                if reappeared(volume, copy, now, &transition) { continue }
            } else if let copy = askedFor(volume) {
                found(volume, as: copy, now, &transition)
                continue
            }
            let orphan = OrphanSeen(volume: volume, since: orphansSeen[volume.id]?.since ?? now)
            switch verdict(on: orphan, now) {
            case .ours(let id, let parent):
                adopt(volume, id, of: parent, now, &transition)
                continue
            case .inGrace: hasOrphanInGrace = true
            case .attached, .foreign: break
            }
            orphans[volume.id] = orphan
            if orphansSeen[volume.id] == nil { note(orphan, &transition) }
        }
        stopSeeking(shownBy: volumes, now)
        orphansSeen = orphans
        suspect(missingFrom: volumes, now)
    }

    private func note(_ orphan: OrphanSeen, _ transition: inout Transition) {
        let volume = orphan.volume
        transition.notes.append(
            Note(
                .warning,
                "a volume with our label is in no ledger",
                ["volume.id": volume.id.value, "volume.name": volume.name]
            )
        )
    }

    private func isBeforeList(_ at: Instant) -> Bool { listAskedAt.map { at < $0 } ?? false }

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
        takeBack(&copy, id, volume, now, &transition)
        return true
    }

    /// What we had given up on is there after all: it goes.
    mutating func takeBack(
        _ copy: inout Copy,
        _ id: CopyVolumeID,
        _ volume: Volume,
        _ now: Instant,
        _ transition: inout Transition
    ) {
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
    }

    // MARK: orphans

    /// What becomes of a volume that the ledger does not know: rule 2.
    func verdict(on orphan: OrphanSeen, _ now: Instant) -> OrphanVerdict {
        let volume = orphan.volume
        guard let id = CopyVolumeID(orphan: volume, install: install, sources: sourceVolumes),
            let parent = volume.parent
        else { return .foreign(whyForeign(volume)) }
        // Ids are read back now and then, a name is known always: a restored production may carry our labels.
        guard !sources.values.contains(where: { $0.volume == volume.name }) else {
            return .foreign("it has the name of a source's volume")
        }
        guard volume.id.value.utf8.allSatisfy({ $0.isIDByte }), volume.id.value.utf8.count <= 100 else {
            return .foreign("its id is none of Portworx'")
        }
        // Somebody may have copied it on, or be using it.
        if let node = volume.attachedOn { return .attached(on: node) }
        let until = orphan.since + settings.orphanGrace
        return now < until ? .inGrace(until: until) : .ours(id, parent: parent)
    }

    /// Why a volume with our install label is no copy of ours, for people.
    private func whyForeign(_ volume: Volume) -> String {
        if sourceVolumes.contains(volume.id) { return "it is a source's volume" }
        guard let parent = volume.parent else { return "it has our labels and no parent: restored from a copy" }
        guard let label = volume.labels[CopyLabel.parent] else { return "no label of ours names its parent" }
        return label == parent.value
            ? "its labels are not this installation's"
            : "its parent label names volume \(label.prefix(64)), its parent is \(parent): somebody else's copy"
    }

    /// Takes an orphan into the ledger, condemned.
    private mutating func adopt(
        _ volume: Volume,
        _ id: CopyVolumeID,
        of parent: VolumeID,
        _ now: Instant,
        _ transition: inout Transition
    ) {
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
    }
}

extension UInt8 {
    /// True for what may stand in a store's key.
    fileprivate var isIDByte: Bool {
        (0x30...0x39).contains(self) || (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self) || self == 0x2D
    }
}
