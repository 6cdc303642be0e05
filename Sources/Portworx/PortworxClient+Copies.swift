public import Model

/// Making and deleting copies.
extension PortworxClient {
    /// Makes a read-only snapshot, unless one of this name and parent is there already.
    ///
    /// An answer's id does not mean success: look at ``Volume/up`` and ``Volume/error`` of what is read back.
    ///
    /// - Parameters:
    ///   - parent: by id; a name would be stored as it is, and never be found again (facts on Portworx, §5.4).
    ///   - name: ours alone.
    ///   - labels: ours; Portworx adds the parent's.
    /// - Returns: refused: no volume of that name was made. Unknown: look for it.
    public func snapshot(of parent: VolumeID, name: CopyName, labels: [String: String]) async -> Outcome<Volume> {
        await make(name, of: parent, labels) { () throws(PortworxError) in
            let request = WireSnapshotRequest(volume_id: parent.value, name: name.value, labels: labels)
            let call = GatewayCall(
                method: "POST",
                path: "/v1/volumes/snapshots",
                body: try self.encode(request),
                isSlow: true
            )
            let answer: WireSnapshotID = try await self.read(call)
            return answer.snapshot_id
        }
    }

    /// Makes a writable clone, unless one of this name and parent is there already.
    ///
    /// What it inherits and must not keep (`sticky`, snapshot schedules) is cleared; what is read back says whether it was.
    ///
    /// - Parameters:
    ///   - parent: a volume or a snapshot.
    ///   - name: ours alone.
    ///   - labels: ours; Portworx adds the parent's.
    /// - Returns: as ``snapshot(of:name:labels:)``.
    public func clone(of parent: VolumeID, name: CopyName, labels: [String: String]) async -> Outcome<Volume> {
        let takesLabels: Bool
        do throws(PortworxError) {
            takesLabels = try await version().labelsClones
        } catch {
            return .refused(error.fault)
        }
        return await make(name, of: parent, labels) { () throws(PortworxError) in
            let request = WireCloneRequest(
                name: name.value,
                parent_id: parent.value,
                additional_labels: takesLabels ? labels : nil
            )
            let call = GatewayCall(
                method: "POST",
                path: "/v1/volumes/clone",
                body: try self.encode(request),
                isSlow: true
            )
            let answer: WireVolumeID = try await self.read(call)
            return answer.volume_id
        }
    }

    /// Takes up a copy that may have been asked for in an earlier life: looks for it, and finishes it when it is there.
    ///
    /// - Returns: nil when there is no volume of that name; one of another parent as it is.
    public func adopt(
        _ name: CopyName,
        of parent: VolumeID,
        labels: [String: String]
    ) async throws(PortworxError) -> Volume? {
        guard let found = try await volume(named: name.value) else { return nil }
        return try await finish(found, name, of: parent, labels)
    }

    /// Deletes a copy; one that is not there is deleted already.
    ///
    /// One that has inherited its parent's `sticky` stays otherwise: whoever made it may have died before clearing that.
    ///
    /// - Returns: refused with `portworx.volume_attached` while somebody uses it.
    public func delete(_ copy: CopyVolumeID) async -> Outcome<Void> {
        do throws(PortworxError) {
            do throws(PortworxError) {
                try await askToDelete(copy)
            } catch {
                guard error.code == .refused, let volume = try await inspect(copy.id), volume.sticky else {
                    throw error
                }
                try await clearInherited(of: copy, volume)
                try await askToDelete(copy)
            }
            return .done(())
        } catch {
            return error.code == .outcomeUnknown ? .unknown(error.fault) : .refused(error.fault)
        }
    }

    private func askToDelete(_ copy: CopyVolumeID) async throws(PortworxError) {
        let path = "/v1/volumes/\(try Self.checked(copy.id.value))"
        let call = GatewayCall(method: "DELETE", path: path, isSlow: true)
        let answer = try await transport.send(call)
        // 404 is not what a gateway answers here; should one do so, what it says is what we want.
        if answer.status == 404, error(in: answer)?.code == 5 { return }
        try check(answer, call)
    }

    // MARK: making

    /// Looks, asks, reads back and finishes.
    private func make(
        _ name: CopyName,
        of parent: VolumeID,
        _ labels: [String: String],
        ask: () async throws(PortworxError) -> String?
    ) async -> Outcome<Volume> {
        let found: Volume?
        do throws(PortworxError) {
            found = try await volume(named: name.value)
        } catch {
            // Nothing has been asked for yet, whatever has gone wrong with the look.
            return .refused(error.fault)
        }
        if let found { return await takeUp(found, name, of: parent, labels) }
        let id: String?
        do throws(PortworxError) {
            id = try await ask()
        } catch {
            return await afterRefusal(error, name, of: parent, labels)
        }
        do throws(PortworxError) {
            guard let id, let made = try await inspect(VolumeID(id)) else {
                throw PortworxError(.outcomeUnknown, "\(name) was made, and cannot be read back", transient: true)
            }
            return .done(try await finish(made, name, of: parent, labels))
        } catch {
            // It is there: somebody has to look for it.
            return .unknown(error.fault)
        }
    }

    /// A driver's no comes as 500, and so does its stumbling: only a look tells whether there is something.
    private func afterRefusal(
        _ refusal: PortworxError,
        _ name: CopyName,
        of parent: VolumeID,
        _ labels: [String: String]
    ) async -> Outcome<Volume> {
        switch refusal.code {
        case .outcomeUnknown: return .unknown(refusal.fault)
        case .unreachable, .denied, .notFound, .badAddress: return .refused(refusal.fault)
        // 503 may be a connection that broke inside the gateway, after the request (gRPC's UNAVAILABLE).
        case .nameTaken, .volumeAttached, .tooManySnapshots, .busy, .badAnswer, .refused: break
        }
        let found: Volume?
        do throws(PortworxError) {
            found = try await volume(named: name.value)
        } catch {
            return .unknown(refusal.fault)
        }
        if let found { return await takeUp(found, name, of: parent, labels) }
        // A yes that cannot be read is still a yes: what it made may not show yet.
        return refusal.code == .badAnswer ? .unknown(refusal.fault) : .refused(refusal.fault)
    }

    /// Finishes a volume that has the name.
    ///
    /// - Returns: never refused when it is ours: it is there, so somebody has to look for it.
    private func takeUp(
        _ found: Volume,
        _ name: CopyName,
        of parent: VolumeID,
        _ labels: [String: String]
    ) async -> Outcome<Volume> {
        guard found.parent == parent else { return .refused(Self.taken(name, by: found)) }
        do throws(PortworxError) {
            return .done(try await finish(found, name, of: parent, labels))
        } catch {
            return .unknown(error.fault)
        }
    }

    private static func taken(_ name: CopyName, by volume: Volume) -> Fault {
        let parent = volume.parent?.value ?? "nothing"
        return PortworxError(.nameTaken, "volume \(volume.id) is named \(name) already, and is a copy of \(parent)")
            .fault
    }

    /// Sets our labels and clears what was inherited, where that is not so already.
    ///
    /// - Returns: as read back, whether it worked or not.
    private func finish(
        _ volume: Volume,
        _ name: CopyName,
        of parent: VolumeID,
        _ labels: [String: String]
    ) async throws(PortworxError) -> Volume {
        let hasLabels = labels.allSatisfy { volume.labels[$0.key] == $0.value }
        guard !hasLabels || volume.hasInheritedSettings else { return volume }
        guard let copy = CopyVolumeID(volume, createdAs: name, from: parent, sources: [parent]) else { return volume }
        try await clearInherited(of: copy, volume, labels: hasLabels ? nil : labels)
        guard let read = try await inspect(copy.id) else {
            throw PortworxError(.outcomeUnknown, "\(name) is gone while it was being set up", transient: true)
        }
        return read
    }

    private func clearInherited(
        of copy: CopyVolumeID,
        _ volume: Volume,
        labels: [String: String]? = nil
    ) async throws(PortworxError) {
        let path = try Self.checked(copy.id.value)
        let update = WireUpdate(labels: labels, spec: volume.hasInheritedSettings ? WireUpdate.Spec() : nil)
        try await put(GatewayCall(method: "PUT", path: "/v1/volumes/\(path)", body: try encode(update), isSlow: true))
        guard !volume.snapshotSchedule.isEmpty else { return }
        let none = try encode(WireSchedules(snapshot_schedule_names: []))
        let schedules = "/v1/volumes/snapshot/schedules/\(path)"
        try await put(GatewayCall(method: "POST", path: schedules, body: none, isSlow: true))
    }

    private func put(_ call: GatewayCall) async throws(PortworxError) {
        let answer = try await transport.send(call)
        try check(answer, call)
    }
}

extension Volume {
    /// True for what a copy takes over from its parent and must not keep.
    fileprivate var hasInheritedSettings: Bool {
        sticky || snapshotIntervalMinutes != 0 || !snapshotSchedule.isEmpty
    }
}
