/// What a request's field holds, enough to bring it into the gateway's own dialect.
///
/// Reading accepts snake_case and camelCase names, numbers or strings for integers, names or numbers for enums, and ignores
/// unknown fields (`recordings/openstorage/sdk-rest/volume-create-camelcase-input`).
indirect enum FieldKind: Sendable {
    case string
    case bool
    /// 64 bits, written as a string.
    case signed64
    /// 64 bits, written as a string; none of ours needs the topmost bit.
    case unsigned64
    /// 32 bits, written as a number.
    case unsigned32
    /// The enum's full name, and its values by number.
    case enumeration(String, [String])
    case strings
    case map
    case message(RequestFields)
}

/// One message's fields.
struct RequestFields: Sendable {
    let kinds: [String: FieldKind]

    init(_ kinds: [String: FieldKind]) { self.kinds = kinds }

    /// The known fields that were said, zero ones included: an update needs to tell "false" from "not said".
    ///
    /// - Throws: code 3 for a value of the wrong type, an unknown enum name or an integer out of range.
    func read(_ value: JSONValue) throws(GatewayRefusal) -> [String: JSONValue] {
        guard case .object = value else { throw .invalid("json: cannot unmarshal a value that is no object") }
        var known: [String: JSONValue] = [:]
        for (name, kind) in kinds {
            guard let found = value[name] ?? value[Self.camelCase(name)] else { continue }
            known[name] = try Self.read(found, as: kind, field: name)
        }
        return known
    }

    private static func read(
        _ value: JSONValue,
        as kind: FieldKind,
        field: String
    ) throws(GatewayRefusal) -> JSONValue {
        switch kind {
        case .string: if case .string = value { return value }
        case .bool: if case .bool = value { return value }
        case .signed64: if let number = integer(value) { return .wide(number) }
        case .unsigned64: if let number = integer(value), number >= 0 { return .wide(number) }
        case .unsigned32: if let number = integer(value), UInt32(exactly: number) != nil { return .integer(number) }
        case .enumeration(let name, let values): return .string(try read(value, of: name, values))
        case .strings:
            if case .array(let elements) = value, elements.allSatisfy({ $0.text != nil }) { return value }
        case .map:
            if case .object(let members) = value, members.values.allSatisfy({ $0.text != nil }) { return value }
        case .message(let fields): return .object(try fields.read(value))
        }
        throw .invalid("json: cannot unmarshal the value of \(field)")
    }

    private static func integer(_ value: JSONValue) -> Int64? {
        switch value {
        case .integer(let number): number
        case .string(let digits): Int64(digits)
        case .null, .bool, .real, .array, .object: nil
        }
    }

    private static func read(
        _ value: JSONValue,
        of type: String,
        _ values: [String]
    ) throws(GatewayRefusal) -> String {
        let index: Int? =
            if case .integer(let number) = value { Int(exactly: number) } else {
                value.text.flatMap { values.firstIndex(of: $0) }
            }
        // Number 0 vanishes like any zero, whatever its name.
        if let index, values.indices.contains(index) { return index == 0 ? "" : values[index] }
        // The gateway quotes the value's JSON text once more.
        let literal = JSONValue.string(String(decoding: value.bytes.prefix(literalMax), as: UTF8.self))
        throw .invalid("unknown value \(String(decoding: literal.bytes, as: UTF8.self)) for enum \(type)")
    }

    /// In bytes; enough to see what was meant.
    private static let literalMax = 200

    private static func camelCase(_ name: String) -> String {
        let words = name.split(separator: "_")
        return words.dropFirst().reduce(String(words.first ?? "")) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
    }
}

// MARK: the SDK's messages

/// Field names and enum values are a contract with every client.
///
/// A field that this stand-in cannot honour, such as `placement_strategy`, is left out and so ignored, as the SDK ignores what
/// it does not know.
///
/// - Source: openstorage api.proto at SDK 0.186 (facts on Portworx, §4 and §7).
extension RequestFields {
    private static let cos = FieldKind.enumeration("openstorage.api.CosType", ["NONE", "LOW", "MEDIUM", "HIGH"])

    private static let ioProfile = FieldKind.enumeration(
        "openstorage.api.IoProfile",
        ["SEQUENTIAL", "RANDOM", "DB", "DB_REMOTE", "CMS", "SYNC_SHARED", "AUTO", "NONE", "JOURNAL", "AUTO_JOURNAL"]
            .map { "IO_PROFILE_" + $0 }
    )

    private static let format = FieldKind.enumeration(
        "openstorage.api.FSType",
        ["NONE", "BTRFS", "EXT4", "FUSE", "NFS", "VFS", "XFS", "ZFS", "XFSv2"].map { "FS_TYPE_" + $0 }
    )

    /// `VolumeSpec`, and `VolumeSpecUpdate` too, whose oneofs have the same flat names.
    private static let spec = RequestFields([
        "size": .unsigned64, "format": format, "block_size": .signed64, "ha_level": .signed64, "cos": cos,
        "io_profile": ioProfile, "snapshot_interval": .unsigned32, "shared": .bool, "sharedv4": .bool,
        "replica_set": .message(.init(["nodes": .strings, "pool_uuids": .strings])), "aggregation_level": .unsigned32,
        "snapshot_schedule": .string, "scale": .unsigned32, "sticky": .bool, "group": .message(.init(["id": .string])),
        "group_enforced": .bool, "journal": .bool, "nodiscard": .bool, "ephemeral": .bool, "auto_fstrim": .bool,
    ])

    static let create = RequestFields(["name": .string, "labels": .map, "spec": .message(spec)])
    static let update = RequestFields(["labels": .map, "spec": .message(spec)])
    static let filter = RequestFields(["name": .string, "labels": .map])
    static let snapshot = RequestFields(["volume_id": .string, "name": .string, "labels": .map])
    static let clone = RequestFields(["name": .string, "parent_id": .string, "additional_labels": .map])
    static let schedule = RequestFields(["snapshot_schedule_names": .strings])
    static let detach = RequestFields(["volume_id": .string])
}

extension [String: JSONValue] {
    /// Empty when absent.
    func text(_ field: String) -> String { self[field]?.text ?? "" }

    /// A map of strings; empty when absent.
    func map(_ field: String) -> [String: String] {
        guard case .object(let members)? = self[field] else { return [:] }
        return members.compactMapValues(\.text)
    }

    /// A list of strings; empty when absent.
    func strings(_ field: String) -> [String] {
        guard case .array(let elements)? = self[field] else { return [] }
        return elements.compactMap(\.text)
    }

    /// nil when absent.
    func message(_ field: String) -> [String: JSONValue]? {
        guard case .object(let members)? = self[field] else { return nil }
        return members
    }
}
