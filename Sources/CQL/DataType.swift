/// The type of a column or of a mark.
///
/// - Source: native_protocol_v4.spec of Cassandra, section 4.2.5.2.
public indirect enum DataType: Hashable, Sendable {
    /// One of those without parts.
    case simple(Simple)
    /// Values in their order.
    case list(DataType)
    /// Values without order, each once.
    case set(DataType)
    /// Values by key.
    case map(DataType, DataType)
    /// Some values side by side.
    case tuple([DataType])
    /// A type that a keyspace defines.
    case userDefined(keyspace: String, name: String, fields: [Field])
    /// A Java class.
    case custom(String)

    /// One of a user-defined type.
    public struct Field: Hashable, Sendable {
        /// As defined.
        public var name: String
        /// As defined.
        public var type: DataType

        /// Wraps both.
        public init(_ name: String, _ type: DataType) {
            self.name = name
            self.type = type
        }
    }

    /// Types without parts; the numbers are the protocol's.
    public enum Simple: UInt16, Hashable, Sendable, CaseIterable {
        case ascii = 0x0001
        case bigint = 0x0002
        case blob = 0x0003
        case boolean = 0x0004
        case counter = 0x0005
        case decimal = 0x0006
        case double = 0x0007
        case float = 0x0008
        case int = 0x0009
        case timestamp = 0x000B
        case uuid = 0x000C
        /// The protocol's name is varchar.
        case text = 0x000D
        case varint = 0x000E
        case timeuuid = 0x000F
        case inet = 0x0010
        case date = 0x0011
        case time = 0x0012
        case smallint = 0x0013
        case tinyint = 0x0014

        /// As in a statement.
        public var name: String { "\(self)" }
    }

    /// Types may be nested so deep; a deeper one is an attack.
    static let depthMax = 16

    /// As in a statement.
    public var name: String {
        switch self {
        case .simple(let simple): simple.name
        case .list(let element): "list<\(element.name)>"
        case .set(let element): "set<\(element.name)>"
        case .map(let key, let value): "map<\(key.name), \(value.name)>"
        case .tuple(let parts): "tuple<\(parts.map(\.name).joined(separator: ", "))>"
        case .userDefined(_, let name, _): name
        case .custom(let name): "'\(name)'"
        }
    }

    init(_ reader: inout ByteReader, depth: Int = 0) throws(CQLError) {
        guard depth < Self.depthMax else {
            throw CQLError(.value, "a type is nested deeper than \(Self.depthMax)")
        }
        let number = try reader.short("a type")
        if let simple = Simple(rawValue: number) {
            self = .simple(simple)
            return
        }
        switch number {
        case 0x0000: self = .custom(try reader.string("the class of a type"))
        case 0x0020: self = .list(try DataType(&reader, depth: depth + 1))
        case 0x0021:
            let key = try DataType(&reader, depth: depth + 1)
            self = .map(key, try DataType(&reader, depth: depth + 1))
        case 0x0022: self = .set(try DataType(&reader, depth: depth + 1))
        case 0x0030:
            let keyspace = try reader.string("the keyspace of a type")
            let name = try reader.string("the name of a type")
            var fields: [Field] = []
            for _ in 0..<(try reader.short("the number of fields")) {
                let field = try reader.string("the name of a field")
                fields.append(Field(field, try DataType(&reader, depth: depth + 1)))
            }
            self = .userDefined(keyspace: keyspace, name: name, fields: fields)
        case 0x0031:
            var parts: [DataType] = []
            for _ in 0..<(try reader.short("the number of parts")) {
                parts.append(try DataType(&reader, depth: depth + 1))
            }
            self = .tuple(parts)
        default: throw CQLError(.value, "there is no type \(number)")
        }
    }

    func write(to writer: inout ByteWriter) {
        switch self {
        case .simple(let simple): writer.short(simple.rawValue)
        case .custom(let name):
            writer.short(0x0000)
            writer.string(name)
        case .list(let element):
            writer.short(0x0020)
            element.write(to: &writer)
        case .map(let key, let value):
            writer.short(0x0021)
            key.write(to: &writer)
            value.write(to: &writer)
        case .set(let element):
            writer.short(0x0022)
            element.write(to: &writer)
        case .userDefined(let keyspace, let name, let fields):
            writer.short(0x0030)
            writer.string(keyspace)
            writer.string(name)
            writer.short(UInt16(clamping: fields.count))
            for field in fields {
                writer.string(field.name)
                field.type.write(to: &writer)
            }
        case .tuple(let parts):
            writer.short(0x0031)
            writer.short(UInt16(clamping: parts.count))
            for part in parts { part.write(to: &writer) }
        }
    }
}
