import Model

/// Copies that Portworx named otherwise than asked: they are known by their parent and their labels.
extension SystemState {
    /// The entry whose volume this was, or that it was asked for as, the oldest of several; nil for none.
    func askedFor(_ volume: Volume) -> Copy? {
        let sources = sourceVolumes
        guard copies[CopyName(volume.name)] == nil, !sources.contains(volume.id) else { return nil }
        if let before = copies.values.first(where: { $0.volumeID?.id == volume.id }) { return before }
        return copies.values.filter { copy in
            copy.volumeID == nil && copy.askedAt != nil
                && CopyVolumeID(volume, labelled: labels(for: copy), from: copy.parent, sources: sources) != nil
        }.min { ($0.createdAt, $0.name) < ($1.createdAt, $1.name) }
    }

    /// Takes such a volume, as a list shows it, for what was asked for.
    mutating func found(_ volume: Volume, as copy: Copy, _ now: Instant, _ transition: inout Transition) {
        // The call that made it, or looks for it, is about to say so.
        if copy.state == .wanted, inFlight.contains(.copy(copy.name)) { return }
        var copy = copy
        if let id = copy.volumeID, copy.state == .gone {
            // It was deleted, or so it was said: a list that lags, or a volume that came back.
            takeBack(&copy, id, volume, now, &transition)
        } else if copy.state == .wanted {
            accept(volume, &copy, now, &transition)
            put(copy)
        } else if let id = namedOtherwise(volume, copy) {
            take(name: volume.name, of: &copy, &transition)
            takeBack(&copy, id, volume, now, &transition)
        }
    }

    /// The proof that such a volume is this copy, and no other; nil without one.
    func namedOtherwise(_ volume: Volume, _ copy: Copy) -> CopyVolumeID? {
        let isAnother = copies.values.contains { $0.name != copy.name && $0.volumeID?.id == volume.id }
        guard copy.askedAt != nil, !isAnother, copies[CopyName(volume.name)] == nil else { return nil }
        return CopyVolumeID(volume, labelled: labels(for: copy), from: copy.parent, sources: sourceVolumes)
    }

    /// Keeps the name that Portworx gave a copy.
    mutating func take(name: String, of copy: inout Copy, _ transition: inout Transition) {
        guard name != copy.name.value, copy.namedInstead != name else { return }
        copy.namedInstead = name
        transition.notes.append(
            Note(
                .warning,
                "Portworx named a copy otherwise than asked",
                ["copy.name": copy.name.value, "volume.name": name, "volume.id": copy.volumeID?.id.value ?? ""]
            )
        )
        // A snapshot is used by its id; a clone is mounted by its name, which leads nowhere.
        guard copy.kind == .clone, copy.state == .wanted else { return }
        copy.lastFault = Fault(code: "copy.named_otherwise", message: "Portworx named it \(name)", transient: true)
        copy.condemn("Portworx named it otherwise, and agents mount by name")
    }

    /// What a look by id says of such a copy that is not up yet.
    mutating func lookedAtUnready(
        _ copy: inout Copy,
        _ result: Result<Volume?, ReadFault>,
        _ now: Instant,
        _ transition: inout Transition
    ) {
        switch result {
        case .failure(let failure): copy.fail(failure.fault, now, settings)
        case .success(nil): copy.condemn("it is gone before it was up")
        case .success(let volume?): accept(volume, &copy, now, &transition)
        }
        put(copy)
    }

    /// Gives up on what the list was to show and does not.
    ///
    /// It may yet come: another name is asked for, this one stays a tombstone.
    mutating func stopSeeking(shownBy volumes: [Volume], _ now: Instant) {
        let names = Set(volumes.map { CopyName($0.name) })
        for (name, since) in sought where listAskedAt.map({ since <= $0 }) ?? true {
            sought[name] = nil
            // Under its name after all: it is looked up once more.
            guard var copy = copies[name], copy.state == .wanted, !names.contains(name) else { continue }
            copy.condemn("its creation had no answer and left nothing to see")
            copy.absences = 1
            copy.nextTryAt = now + settings.retryDelay(failures: copy.absences)
            put(copy)
        }
    }
}
