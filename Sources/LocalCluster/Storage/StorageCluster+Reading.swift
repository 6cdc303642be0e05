/// What the gateway tells without changing anything.
extension StorageCluster {
    static let capabilities = JSONValue.message([
        "capabilities": .array(
            ["CLUSTER", "NODE", "VOLUME", "MOUNT_ATTACH"].map { .message(["service": .message(["type": .string($0)])]) }
        )
    ])

    static let cluster = JSONValue.message([
        "cluster": .message([
            "status": .string("STATUS_OK"), "id": .string("understudy-stand-in"),
            "name": .string("understudy stand-in, not Portworx"),
        ])
    ])

    func version() -> JSONValue {
        let text = "\(sdkVersion.major).\(sdkVersion.minor).\(sdkVersion.patch)"
        return .message([
            "sdk_version": .message([
                "major": .integer(sdkVersion.major), "minor": .integer(sdkVersion.minor),
                "patch": .integer(sdkVersion.patch), "version": .string(text),
            ]),
            "version": .message([
                "driver": .string("understudy-stand-in"), "version": .string("1.0.0"),
                "details": .map(["note": "directories on loopback, not Portworx"]),
            ]),
        ])
    }

    /// Code 13 for a missing node, as the real server says it (`nodes-inspect-missing`).
    func node(_ id: String) throws(GatewayRefusal) -> JSONValue {
        guard let node = nodes[id] else { throw .driver("Unable to locate node with provided UUID '\(id)'.") }
        return .message(["node": nodes.inspected(node, used: usedByPool())])
    }

    func inspected(_ volume: StoredVolume) -> JSONValue {
        volume.inspected(usage: VolumeFiles.bytes(in: volume.directory))
    }

    /// Bytes by pool uuid, each replica counted in full: a copied directory shares nothing that we could tell.
    func usedByPool() -> [String: UInt64] {
        var used: [String: UInt64] = [:]
        for volume in stored() {
            let bytes = VolumeFiles.bytes(in: volume.directory)
            for replica in volume.replicas { used[replica.poolUUID, default: 0] += bytes }
        }
        return used
    }

    func usage(of volume: StoredVolume) -> JSONValue {
        let bytes = VolumeFiles.bytes(in: volume.directory)
        return .message([
            "capacity_usage_info": .message(["exclusive_bytes": .wide(bytes), "total_bytes": .wide(bytes)])
        ])
    }

    /// Those of the body's name and labels; its `group` is ignored, as the recorded server ignores it.
    func filtered(by request: GatewayRequest) throws(GatewayRefusal) -> [StoredVolume] {
        let asked = try RequestFields.filter.read(JSONValue.parse(request.body))
        return stored(ago: request.staleBy).filter { $0.matches(name: asked.text("name"), labels: asked.map("labels")) }
    }

    /// Everything with that parent, clones too; with any parent when the id is empty.
    func copies(
        of parent: String,
        labels: [String: String],
        ago seconds: Double? = nil
    ) throws(GatewayRefusal) -> JSONValue {
        if !parent.isEmpty { _ = try volume(parent) }
        let found = stored(ago: seconds).filter {
            !$0.parent.isEmpty && (parent.isEmpty || $0.parent == parent) && $0.matches(name: "", labels: labels)
        }
        return Self.ids(found, as: "volume_snapshot_ids")
    }

    static func ids(_ volumes: [StoredVolume], as field: String) -> JSONValue {
        .message([field: .strings(volumes.map(\.id))])
    }
}
