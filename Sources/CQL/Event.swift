/// What a server says by itself to clients that have registered for it.
///
/// - Source: native_protocol_v4.spec of Cassandra, section 4.2.6.
public enum Event: Hashable, Sendable {
    /// A node came, went or moved: `NEW_NODE`, `REMOVED_NODE`, `MOVED_NODE`.
    case topologyChange(String, Node)
    /// A node is `UP` or `DOWN`.
    case statusChange(String, Node)
    /// The schema has changed.
    case schemaChange(SchemaChange)

    /// What a client registers for.
    public static let types = ["TOPOLOGY_CHANGE", "STATUS_CHANGE", "SCHEMA_CHANGE"]

    /// Where a node speaks to clients.
    public struct Node: Hashable, Sendable {
        /// 4 or 16 bytes.
        public var address: [UInt8]
        /// 0 to 65,535.
        public var port: Int32

        /// Wraps both.
        public init(address: [UInt8], port: Int32) {
            self.address = address
            self.port = port
        }
    }

    init(_ reader: inout ByteReader) throws(CQLError) {
        switch try reader.string("the type of an event") {
        case "TOPOLOGY_CHANGE":
            let change = try reader.string("the change")
            self = .topologyChange(change, try Node(&reader))
        case "STATUS_CHANGE":
            let change = try reader.string("the change")
            self = .statusChange(change, try Node(&reader))
        case "SCHEMA_CHANGE": self = .schemaChange(try SchemaChange(&reader))
        case let type: throw CQLError(.value, "there is no event of type \(type)")
        }
    }

    /// What a client has to have registered for.
    public var type: String {
        switch self {
        case .topologyChange: Self.types[0]
        case .statusChange: Self.types[1]
        case .schemaChange: Self.types[2]
        }
    }

    func write(to writer: inout ByteWriter) {
        writer.string(type)
        switch self {
        case .topologyChange(let change, let node), .statusChange(let change, let node):
            writer.string(change)
            writer.byte(UInt8(clamping: node.address.count))
            writer.raw(node.address)
            writer.int(node.port)
        case .schemaChange(let change): change.write(to: &writer)
        }
    }
}

extension Event.Node {
    init(_ reader: inout ByteReader) throws(CQLError) {
        address = try reader.address("a node's address")
        port = try reader.int("a node's port")
    }
}
