import Model

extension SystemState {
    mutating func nodesRead(_ result: Result<[StorageNode], ReadFault>, _ now: Instant) {
        inFlight.remove(.nodes)
        switch result {
        case .success(let read):
            nodes = NodeIndex(read, agentNodes: settings.agentNodes)
            nodesAt = now
            storageFault = nil
            failures[.nodes] = nil
        case .failure(let failure):
            storageFault = failure.fault
            failed(.nodes, now)
        }
    }

    mutating func sourceRead(_ name: SourceName, _ result: Result<[Volume?], ReadFault>, _ now: Instant) {
        inFlight.remove(.source(name))
        switch result {
        case .success(let volumes):
            readings[name] = SourceReading(volumes: volumes, at: now)
            failures[.source(name)] = nil
        case .failure(let failure):
            failed(.source(name), now)
            for id in unfinished where runs[id]?.phase == .requested && runs[id]?.spec.source == name {
                guard var run = runs[id] else { continue }
                run.obstacle = "the source's volume cannot be read: \(failure.fault)"
                put(run)
            }
        }
    }

    /// Another failure in a row: the next try is later.
    mutating func failed(_ key: Effect.Key, _ now: Instant) {
        let count = (failures[key]?.count ?? 0) + 1
        failures[key] = (count, now + settings.retryDelay(failures: count))
    }

    mutating func created(
        _ name: CopyName,
        _ outcome: Outcome<Volume>,
        _ now: Instant,
        _ transition: inout Transition
    ) {
        inFlight.remove(.copy(name))
        guard var copy = copies[name] else { return }
        switch outcome {
        case .done(let volume): accept(volume, &copy, now, &transition)
        case .refused(let fault):
            // Nothing was made: the name may be asked for again, or is done with.
            copy.fail(fault, now, settings)
            if copy.state == .condemned || !fault.transient {
                copy.vanish(now)
            } else {
                copy.askedAt = nil
            }
        case .unknown(let fault):
            // It may have been made: the next thing is a look.
            copy.fail(fault, now, settings)
        }
        put(copy)
    }

    mutating func found(
        _ name: CopyName,
        _ result: Result<Volume?, ReadFault>,
        _ now: Instant,
        _ transition: inout Transition
    ) {
        inFlight.remove(.copy(name))
        guard var copy = copies[name] else { return }
        switch (result, copy.state) {
        case (.failure(let failure), _): copy.fail(failure.fault, now, settings)
        case (.success(let volume), .present): return verify(copy, volume, now, &transition)
        // Its deletion is by id, whatever its name leads to by now.
        case (.success, .condemned) where copy.volumeID != nil: break
        case (.success(let volume?), .wanted), (.success(let volume?), .condemned):
            accept(volume, &copy, now, &transition)
        case (.success(nil), .wanted): sought[name] = sought[name] ?? now
        case (.success(nil), .condemned):
            copy.absences += 1
            let since = absentHere[name] ?? now
            absentHere[name] = since
            if copy.absences >= 2, now >= absenceCounts(copy, since) {
                copy.vanish(now)
            } else {
                copy.nextTryAt = now + settings.retryDelay(failures: copy.absences)
            }
        case (.success, .gone): break
        }
        put(copy)
    }

    /// From when on the absence of something that we asked for means something.
    ///
    /// - Parameters:
    ///   - copy: when it was asked for may be by another clock.
    ///   - since: when this process found it absent first.
    /// - Returns: the first moment.
    private func absenceCounts(_ copy: Copy, _ since: Instant) -> Instant {
        max(copy.askedAt ?? copy.createdAt, since) + settings.createDeadline + settings.absenceGrace
    }

    /// Takes a volume as the one that we asked for, if it is.
    mutating func accept(
        _ volume: Volume,
        _ copy: inout Copy,
        _ now: Instant,
        _ transition: inout Transition
    ) {
        guard
            let id = CopyVolumeID(volume, createdAs: copy.name, from: copy.parent, sources: sourceVolumes)
                ?? namedOtherwise(volume, copy)
        else {
            // Somebody else's volume under our name: not ours to delete, and not ours to use.
            let fault = Fault(
                code: "copy.not_ours",
                message: "volume \(volume.id) is named \(volume.name) but is no copy of \(copy.parent)",
                transient: false
            )
            copy.vanish(now)
            copy.lastFault = fault
            transition.notes.append(Note(.error, "a name of ours is taken", ["copy.name": copy.name.value]))
            return
        }
        copy.volumeID = id
        copy.read(volume, now)
        sought[copy.name] = nil
        take(name: volume.name, of: &copy, &transition)
        guard copy.state == .wanted else { return }
        if let error = volume.error {
            copy.lastFault = Fault(code: "copy.failed", message: error, transient: true)
            copy.condemn("Portworx failed to make it: \(error)")
        } else if volume.up {
            copy.state = .present
            copy.presentAt = now
            copy.failures = 0
            copy.nextTryAt = nil
            copy.lastFault = nil
            transition.notes.append(
                Note(
                    .info,
                    "copy made",
                    ["copy.name": copy.name.value, "copy.kind": copy.kind.rawValue, "volume.id": id.id.value]
                )
            )
        } else {
            // An id does not mean success (facts on Portworx, §5.3): it may come up, within the phase's deadline.
            copy.fail(
                Fault(code: "copy.not_up", message: "Portworx says \(volume.status)", transient: true),
                now,
                settings
            )
        }
    }

    mutating func inspected(
        _ name: CopyName,
        _ result: Result<Volume?, ReadFault>,
        _ now: Instant,
        _ transition: inout Transition
    ) {
        inFlight.remove(.copy(name))
        guard var copy = copies[name] else { return }
        if copy.state == .present { return lookedForByID(&copy, result, now, &transition) }
        if copy.state == .wanted { return lookedAtUnready(&copy, result, now, &transition) }
        switch result {
        case .failure(let failure): copy.fail(failure.fault, now, settings)
        case .success(nil):
            copy.vanish(now)
            transition.notes.append(Note(.info, "copy gone", ["copy.name": name.value]))
        case .success(let volume?):
            guard volume.id == copy.volumeID?.id, !sourceVolumes.contains(volume.id) else {
                let wrong = "asked for \(copy.volumeID?.id.value ?? "") and read \(volume.id)"
                copy.fail(Fault(code: "copy.not_ours", message: wrong, transient: false), now, settings)
                break
            }
            copy.read(volume, now)
            if let node = volume.attachedOn {
                let fault = Fault(code: Copy.attachedCode, message: "attached on node \(node)", transient: true)
                copy.fail(fault, now, settings)
                lookSoon(at: &copy, now)
                detachedHere[name] = nil
            } else {
                // The wait is over; what fails from here on is another matter.
                if copy.lastFault?.code == Copy.attachedCode {
                    copy.failures = 0
                    copy.lastFault = nil
                }
                inspectedAt[name] = now
                if detachedHere[name] == nil { detachedHere[name] = now }
                copy.nextTryAt = nil
            }
        }
        put(copy)
    }

    mutating func deleted(
        _ name: CopyName,
        _ outcome: Outcome<Void>,
        _ now: Instant,
        _ transition: inout Transition
    ) {
        inFlight.remove(.copy(name))
        inspectedAt[name] = nil
        guard var copy = copies[name] else { return }
        switch outcome {
        case .done:
            copy.vanish(now)
            copy.lastFault = nil
            copy.failures = 0
            transition.notes.append(Note(.info, "copy deleted", ["copy.name": name.value]))
        case .refused(let fault), .unknown(let fault):
            copy.fail(fault, now, settings)
        }
        put(copy)
    }
}

extension Copy {
    mutating func fail(_ fault: Fault, _ now: Instant, _ settings: Settings) {
        if failures == 0 || failingSince == nil { failingSince = now }
        failures += 1
        lastFault = fault
        nextTryAt = now + settings.retryDelay(failures: failures)
    }

    /// The end of its life.
    mutating func vanish(_ now: Instant) {
        state = .gone
        goneAt = now
    }

    /// Irreversible.
    mutating func condemn(_ why: String) {
        guard state == .wanted || state == .present else { return }
        state = .condemned
        condemnedFor = why
        failures = 0
        nextTryAt = nil
    }

    /// Keeps what was read.
    mutating func read(_ volume: Volume, _ now: Instant) {
        sizeBytes = volume.sizeBytes
        replicas = volume.replicas
        attachedOn = volume.attachedOn
        attachPath = volume.attachPath
        detachedSince = volume.attachedOn == nil ? detachedSince ?? now : nil
    }
}
