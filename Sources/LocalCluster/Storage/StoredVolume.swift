import FoundationEssentials

/// A volume, snapshot or clone of the stand-in.
struct StoredVolume: Sendable {
    /// One replica: on which node, in which pool.
    struct Replica: Hashable, Sendable {
        let node: String
        let poolUUID: String
    }

    /// A decimal number, as Portworx' ids are.
    let id: String
    let name: String
    /// As the request said it, which may be a name (`snapshot-inspect-parent-by-name`); empty for none.
    var parent = ""
    /// True for a snapshot.
    var readOnly = false
    var labels: [String: String]
    /// In the gateway's dialect, zero values included.
    var spec: [String: JSONValue]
    let replicas: [Replica]
    /// The directory with the volume's files.
    let directory: String
    let createdAt = Date()
    /// The node that has it attached; nil when none has.
    var attachedOn: String?
    /// Who has it mounted, and the process groups that each started.
    var containers: [String: Set<Int32>] = [:]

    /// In bytes, as asked for.
    var size: Int64 { Int64(spec.text("size")) ?? 0 }
    /// Why it is no use; empty for a sound one.
    var error = ""
    var isSticky: Bool { spec["sticky"] == .bool(true) }

    /// True when every label is there, and the name is this one unless empty.
    func matches(name: String, labels wanted: [String: String]) -> Bool {
        (name.isEmpty || name == self.name) && wanted.allSatisfy { labels[$0.key] == $0.value }
    }

    /// `{volume, name, labels}`, as every inspecting call answers; `usage` is in bytes.
    ///
    /// What the recorded fake driver leaves empty, Portworx fills: `readonly`, `usage`, `state`, `attached_on`,
    /// `replica_sets` (facts on Portworx, §0 and §7).
    func inspected(usage: UInt64) -> JSONValue {
        let time = JSONValue.string(Self.rfc3339(createdAt))
        let volume = JSONValue.message([
            "id": .string(id),
            "source": .message(["parent": .string(parent)]),
            "locator": .message(["name": .string(name), "volume_labels": .map(labels)]),
            "readonly": .bool(readOnly),
            "ctime": time,
            "spec": .message(spec),
            "usage": .wide(usage),
            "last_scan": time,
            "format": spec["format"] ?? .string("FS_TYPE_EXT4"),
            "status": .string(error.isEmpty ? "VOLUME_STATUS_UP" : "VOLUME_STATUS_DOWN"),
            "error": .string(error),
            "state": .string(attachedOn == nil ? "VOLUME_STATE_DETACHED" : "VOLUME_STATE_ATTACHED"),
            "attached_on": .string(attachedOn ?? ""),
            "device_path": .string(attachedOn == nil ? "" : "/dev/pxd/pxd\(id)"),
            "attach_path": .strings(containers.isEmpty ? [] : [directory]),
            "replica_sets": replicaSets,
        ])
        return .message(["volume": volume, "name": .string(name), "labels": .map(labels)])
    }

    private var replicaSets: JSONValue {
        guard !replicas.isEmpty else { return .null }
        return .array([
            .message(["nodes": .strings(replicas.map(\.node)), "pool_uuids": .strings(replicas.map(\.poolUUID))])
        ])
    }

    private static func rfc3339(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
