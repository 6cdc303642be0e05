public import Model

/// A copy that is to be deleted and cannot be, for so long that a person should look.
public struct StuckCopy: Hashable, Sendable {
    /// Since when it cannot be deleted.
    public var since: Instant
    /// Tries in a row that failed.
    public var failures: Int
    /// What Portworx last said.
    public var cause: String
    /// The node that has it attached, as Portworx names it; nil when it is attached nowhere.
    public var node: String?
    /// That node's host; nil when not known.
    public var host: String?
    /// Where it is mounted there; nil when Portworx does not say.
    public var path: String?
    /// What a person can do.
    public var advice: String
}

extension Copy {
    /// Of the fault of a copy that is to be deleted and is attached.
    static let attachedCode = "copy.attached"
}

extension SystemState {
    /// How many copies are stuck now.
    public func stuckCopies(at now: Instant) -> Int {
        standing.count { name in copies[name].map { isStuck($0, at: now) } ?? false }
    }

    /// True for a copy that is to be deleted and cannot be, for so long that a person should look.
    public func isStuck(_ copy: Copy, at now: Instant) -> Bool { stuck(copy, now) != nil }

    /// What holds a copy that cannot be deleted; nil for one that is not stuck.
    ///
    /// While Portworx answers nothing, or a task may be using the copy, it only waits.
    func stuck(_ copy: Copy, _ now: Instant) -> StuckCopy? {
        guard copy.state == .condemned, let id = copy.volumeID, copy.failures > 0, let fault = copy.lastFault,
            let since = copy.failingSince, storageFault == nil,
            copy.attachedOn == nil ? copy.failures >= settings.stuckFailures : now - since >= settings.stuckPatience,
            deletionObstacle(copy, now) == nil
        else { return nil }
        let host = copy.attachedOn.flatMap { nodes.node(called: $0) }?.hostname
        return StuckCopy(
            since: since,
            failures: copy.failures,
            cause: fault.message,
            node: copy.attachedOn,
            host: host.flatMap { $0.isEmpty ? nil : $0 },
            path: copy.attachPath,
            advice: copy.attachedOn == nil
                ? "remove what Portworx complains of; the delete is tried again every 30s by itself"
                : Self.advice(onDetaching: id.id, from: host, at: copy.attachPath)
        )
    }

    private static func advice(onDetaching volume: VolumeID, from host: String?, at path: String?) -> String {
        let place = host.flatMap { $0.isEmpty ? nil : "on \($0)" } ?? "there"
        let id = volume.value.shellWord
        let unmount = path.map { "pxctl host unmount --path \($0.shellWord) \(id) && " } ?? ""
        return "if no container uses it any more, run \(place): \(unmount)pxctl host detach \(id); "
            + "then it is deleted by itself"
    }

    /// Says of each stuck copy so, once.
    mutating func noteStuck(_ now: Instant, _ transition: inout Transition) {
        let untold = standing.filter { copies[$0]?.state == .condemned && !stuckTold.contains($0) }
        for name in untold.sorted() {
            guard let copy = copies[name], let stuck = stuck(copy, now) else { continue }
            stuckTold.insert(name)
            transition.notes.append(
                Note(
                    .warning,
                    "a copy that is to be deleted is stuck",
                    [
                        "copy.name": name.value, "volume.id": copy.volumeID?.id.value ?? "",
                        "node.id": stuck.node ?? "", "node.host": stuck.host ?? "", "mount.path": stuck.path ?? "",
                        "error.cause": stuck.cause,
                    ]
                )
            )
        }
    }

    /// What is attached by somebody is looked at every few seconds, until it is stuck.
    func lookSoon(at copy: inout Copy, _ now: Instant) {
        guard let next = copy.nextTryAt, let since = copy.failingSince, now - since < settings.stuckPatience else {
            return
        }
        let condemned = standing.count { copies[$0]?.state == .condemned }
        copy.nextTryAt = min(next, now + settings.alertInterval(volumes: condemned))
    }
}

extension String {
    /// As a shell takes it for one word: somebody may copy what Portworx called a path.
    fileprivate var shellWord: String {
        let isPlain = utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || [0x2D, 0x2E, 0x2F, 0x5F].contains(byte)
        }
        guard !isPlain || isEmpty else { return self }
        return "'" + split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}

extension NodeIndex {
    /// The node that Portworx means by a volume's `attached_on`: its id or one of its addresses.
    func node(called name: String) -> StorageNode? {
        self[NodeID(name)] ?? nodes.first { $0.managementAddress == name || $0.dataAddress == name }
    }
}
