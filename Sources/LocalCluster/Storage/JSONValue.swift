import FoundationEssentials

/// A JSON value as the gateway reads and writes it.
indirect enum JSONValue: Hashable, Codable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// Any other number.
    case real(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// Reads the one value that a body is; an empty body is an empty object, as the SDK's gateway takes it.
    ///
    /// - Throws: code 3, with the decoder's own words.
    static func parse(_ bytes: [UInt8]) throws(GatewayRefusal) -> JSONValue {
        guard !bytes.isEmpty else { return .object([:]) }
        guard nesting(of: bytes) <= nestingMax else { throw .invalid("nested deeper than \(nestingMax) levels") }
        do {
            return try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
        } catch {
            throw .invalid("invalid JSON: unexpected character or end")
        }
    }

    /// Far deeper than any message of the SDK, and far from the end of a thread's stack.
    private static let nestingMax = 32

    /// An upper bound: brackets within strings count too.
    private static func nesting(of bytes: [UInt8]) -> Int {
        var depth = 0
        var deepest = 0
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                deepest = max(deepest, depth)
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
        }
        return deepest
    }

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        // Each `try?` asks "is it of this type?"; the last `try` reports what is none of them.
        if value.decodeNil() {
            self = .null
        } else if let found = try? value.decode(Bool.self) {
            self = .bool(found)
        } else if let found = try? value.decode(String.self) {
            self = .string(found)
        } else if let found = try? value.decode(Int64.self) {
            self = .integer(found)
        } else if let found = try? value.decode(Double.self) {
            self = .real(found)
        } else if let found = try? value.decode([JSONValue].self) {
            self = .array(found)
        } else {
            self = .object(try value.decode([String: JSONValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .real(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    /// The compact text in UTF-8, keys sorted.
    var bytes: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return [UInt8](try encoder.encode(self))
        } catch {
            // Only a number that is no number cannot be encoded, and none is ever made here.
            return Array("{}".utf8)
        }
    }

    /// The member of that key; nil when there is none, when it is null, or when this is no object.
    subscript(_ key: String) -> JSONValue? {
        guard case .object(let members) = self, let value = members[key], value != .null else { return nil }
        return value
    }

    /// The text of a string; nil for anything else.
    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }
}

// MARK: the dialect of the SDK's gateway

extension JSONValue {
    /// An object without its zero members, as the protobuf marshaller writes it; an empty message stays (`"source":{}`).
    static func message(_ members: [String: JSONValue]) -> JSONValue {
        .object(members.filter { !$0.value.isZero })
    }

    /// A 64-bit integer: a string of digits.
    static func wide(_ value: some BinaryInteger) -> JSONValue { .string(String(value)) }

    /// A map of strings; an empty one vanishes, which an empty message does not.
    static func map(_ values: [String: String]) -> JSONValue {
        values.isEmpty ? .null : .object(values.mapValues { .string($0) })
    }

    /// A list of strings.
    static func strings(_ values: [String]) -> JSONValue { .array(values.map { .string($0) }) }

    private var isZero: Bool {
        switch self {
        case .null: true
        case .bool(let value): !value
        case .integer(let value): value == 0
        case .real(let value): value == 0
        case .string(let text): text.isEmpty || text == "0"
        case .array(let elements): elements.isEmpty
        case .object: false
        }
    }
}
