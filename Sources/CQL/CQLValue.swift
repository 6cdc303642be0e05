/// A value, read.
///
/// Lengths are held against the type, texts against UTF-8: what can be read once can be read again.
public enum CQLValue: Hashable, Sendable {
    /// `text` and `ascii`.
    case text(String)
    /// `bigint`, `counter`, and `time` in nanoseconds since midnight.
    case bigint(Int64)
    /// `blob`, and every type that is not read any further here: varint, decimal, tuples, user-defined and custom ones.
    case blob([UInt8])
    case boolean(Bool)
    case double(Double)
    case float(Float)
    case int(Int32)
    /// Milliseconds since the epoch.
    case timestamp(Int64)
    /// `uuid` and `timeuuid`.
    case uuid(CQLUUID)
    /// 4 or 16 bytes.
    case inet([UInt8])
    /// Days, 2^31 of them before the epoch.
    case date(UInt32)
    case smallint(Int16)
    case tinyint(Int8)
    /// In its order.
    case list([CQLValue])
    /// In the order written.
    case set([CQLValue])
    /// In the order written.
    case map([Entry])

    /// One of a map.
    public struct Entry: Hashable, Sendable {
        /// Not null.
        public var key: CQLValue
        /// Not null.
        public var value: CQLValue

        /// Wraps both.
        public init(_ key: CQLValue, _ value: CQLValue) {
            self.key = key
            self.value = value
        }
    }

    /// Reads one.
    ///
    /// - Throws: `cql.length`, `cql.value`.
    public init(_ bytes: [UInt8], _ type: DataType) throws(CQLError) {
        var reader = ByteReader(bytes)
        switch type {
        case .simple(let simple):
            self = try Self.simple(simple, bytes, &reader)
        case .list(let element):
            self = .list(try Self.elements(element, &reader))
        case .set(let element):
            self = .set(try Self.elements(element, &reader))
        case .map(let key, let value):
            var entries: [Entry] = []
            for _ in 0..<(try Self.count(&reader)) {
                let key = try CQLValue(try Self.element(&reader), key)
                entries.append(Entry(key, try CQLValue(try Self.element(&reader), value)))
            }
            self = .map(entries)
        case .tuple, .userDefined, .custom:
            self = .blob(bytes)
            return
        }
        try reader.finish("a value of type \(type.name)")
    }

    private static func simple(
        _ type: DataType.Simple,
        _ bytes: [UInt8],
        _ reader: inout ByteReader
    ) throws(CQLError) -> CQLValue {
        let what = "a value of type \(type.name)"
        switch type {
        case .text: return .text(try reader.rest(what))
        case .ascii:
            guard bytes.allSatisfy({ $0 < 0x80 }) else { throw CQLError(.value, "\(what) is not ASCII") }
            return .text(try reader.rest(what))
        case .bigint, .counter, .time: return .bigint(try reader.long(what))
        case .blob, .decimal, .varint: return .blob(Array(try reader.take(bytes.count, what)))
        case .boolean: return .boolean(try reader.byte(what) != 0)
        case .double: return .double(Double(bitPattern: UInt64(bitPattern: try reader.long(what))))
        case .float: return .float(Float(bitPattern: UInt32(bitPattern: try reader.int(what))))
        case .int: return .int(try reader.int(what))
        case .timestamp: return .timestamp(try reader.long(what))
        case .uuid, .timeuuid:
            guard let uuid = CQLUUID(bytes: Array(try reader.take(16, what))) else {
                throw CQLError(.length, "\(what) has 16 bytes")
            }
            guard type == .uuid || uuid.version == 1 else { throw CQLError(.value, "\(what) is of version 1") }
            return .uuid(uuid)
        case .inet:
            guard bytes.count == 4 || bytes.count == 16 else { throw CQLError(.length, "\(what) has 4 or 16 bytes") }
            return .inet(Array(try reader.take(bytes.count, what)))
        case .date: return .date(UInt32(bitPattern: try reader.int(what)))
        case .smallint: return .smallint(Int16(bitPattern: try reader.short(what)))
        case .tinyint: return .tinyint(Int8(bitPattern: try reader.byte(what)))
        }
    }

    private static func elements(_ type: DataType, _ reader: inout ByteReader) throws(CQLError) -> [CQLValue] {
        var elements: [CQLValue] = []
        for _ in 0..<(try count(&reader)) { elements.append(try CQLValue(try element(&reader), type)) }
        return elements
    }

    private static func count(_ reader: inout ByteReader) throws(CQLError) -> Int32 {
        let count = try reader.int("the number of elements")
        // An element is at least its length.
        guard count >= 0, Int(count) <= reader.left / 4 else {
            throw CQLError(.length, "\(count) elements in \(reader.left) bytes")
        }
        return count
    }

    private static func element(_ reader: inout ByteReader) throws(CQLError) -> [UInt8] {
        guard let bytes = try reader.bytes("an element") else { throw CQLError(.value, "an element is null") }
        return bytes
    }

    /// As its type writes it: what ``init(_:_:)`` reads.
    public var bytes: [UInt8] {
        var writer = ByteWriter()
        switch self {
        case .text(let text): writer.raw(text.utf8)
        case .bigint(let number), .timestamp(let number): writer.long(number)
        case .blob(let bytes), .inet(let bytes): writer.raw(bytes)
        case .boolean(let isTrue): writer.byte(isTrue ? 1 : 0)
        case .double(let number): writer.long(Int64(bitPattern: number.bitPattern))
        case .float(let number): writer.int(Int32(bitPattern: number.bitPattern))
        case .int(let number): writer.int(number)
        case .uuid(let uuid): writer.raw(uuid.bytes)
        case .date(let days): writer.int(Int32(bitPattern: days))
        case .smallint(let number): writer.short(UInt16(bitPattern: number))
        case .tinyint(let number): writer.byte(UInt8(bitPattern: number))
        case .list(let elements), .set(let elements):
            writer.int(Int32(clamping: elements.count))
            for element in elements { writer.bytes(element.bytes) }
        case .map(let entries):
            writer.int(Int32(clamping: entries.count))
            for entry in entries {
                writer.bytes(entry.key.bytes)
                writer.bytes(entry.value.bytes)
            }
        }
        return writer.bytes
    }
}
