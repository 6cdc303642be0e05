import FoundationEssentials

/// An integer that the gateway writes as a number or, when it has 64 bits, as text (facts on Portworx, §2).
struct WireInteger: Decodable {
    let value: UInt64

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // A number or a text: the first that it is counts, the last error is reported.
        if let number = try? container.decode(UInt64.self) {
            value = number
            return
        }
        let text = try container.decode(String.self)
        guard text.utf8.count <= 20, let number = UInt64(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no integer: \(text.prefix(40))")
        }
        value = number
    }
}

/// Every field may be missing: zero, false and empty are not written.
struct WireVolume: Decodable {
    struct Source: Decodable { var parent: String? }
    struct Locator: Decodable {
        var name: String?
        var volume_labels: [String: String]?
    }
    struct Spec: Decodable {
        var size: WireInteger?
        var cos: String?
        var sticky: Bool?
        var snapshot_interval: WireInteger?
        var snapshot_schedule: String?
    }
    struct ReplicaSet: Decodable {
        var nodes: [String]?
        var pool_uuids: [String]?
    }

    var id: String?
    var source: Source?
    var locator: Locator?
    var spec: Spec?
    var readonly: Bool?
    var status: String?
    var state: String?
    var error: String?
    var attached_on: String?
    var attach_path: [String]?
    var replica_sets: [ReplicaSet]?
}

struct WireInspection: Decodable { var volume: WireVolume? }
struct WireInspections: Decodable { var volumes: [WireInspection]? }

struct WireNode: Decodable {
    struct Pool: Decodable {
        var ID: WireInteger?
        var Cos: String?
        var TotalSize: WireInteger?
        var Used: WireInteger?
        var labels: [String: String]?
        var uuid: String?
    }

    var id: String?
    var status: String?
    var mgmt_ip: String?
    var data_ip: String?
    var hostname: String?
    var scheduler_node_name: String?
    var pools: [Pool]?
}

struct WireNodes: Decodable { var nodes: [WireNode]? }
struct WireNodeInspection: Decodable { var node: WireNode? }
struct WireNodeIDs: Decodable { var node_ids: [String]? }

struct WireVersion: Decodable {
    struct SDK: Decodable {
        var major: Int?
        var minor: Int?
        var patch: Int?
    }
    struct Driver: Decodable {
        var driver: String?
        var version: String?
    }
    var sdk_version: SDK?
    var version: Driver?
}

struct WireSnapshotID: Decodable { var snapshot_id: String? }
struct WireVolumeID: Decodable { var volume_id: String? }

struct WireError: Decodable {
    var error: String?
    var message: String?
    var code: Int?
}

struct WireName: Encodable { var name: String }
struct WireLabels: Encodable { var labels: [String: String] }

struct WireSnapshotRequest: Encodable {
    var volume_id: String
    var name: String
    var labels: [String: String]
}

struct WireCloneRequest: Encodable {
    var name: String
    var parent_id: String
    var additional_labels: [String: String]?
}

/// Fields stand flat: the wrappers that the proto file has are silently ignored by the gateway (facts on Portworx, §4).
struct WireUpdate: Encodable {
    struct Spec: Encodable {
        var sticky = false
        var snapshot_interval = 0
        var snapshot_schedule = ""
    }
    var labels: [String: String]?
    var spec: Spec?
}

struct WireSchedules: Encodable { var snapshot_schedule_names: [String] }
