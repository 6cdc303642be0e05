/// What a statement has changed of the schema.
///
/// - Source: native_protocol_v4.spec of Cassandra, section 4.2.5.5.
public struct SchemaChange: Hashable, Sendable {
    /// What was done.
    public enum Change: String, Hashable, Sendable, CaseIterable {
        case created = "CREATED"
        case updated = "UPDATED"
        case dropped = "DROPPED"
    }

    /// To what.
    public enum Target: Hashable, Sendable {
        case keyspace(String)
        case table(keyspace: String, name: String)
        case type(keyspace: String, name: String)
        case function(keyspace: String, name: String, arguments: [String])
        case aggregate(keyspace: String, name: String, arguments: [String])
    }

    /// What was done.
    public var change: Change
    /// To what.
    public var target: Target

    /// Wraps both.
    public init(_ change: Change, _ target: Target) {
        self.change = change
        self.target = target
    }

    init(_ reader: inout ByteReader) throws(CQLError) {
        let text = try reader.string("the change")
        guard let change = Change(rawValue: text) else { throw CQLError(.value, "there is no change \(text)") }
        self.change = change
        let kind = try reader.string("what has changed")
        let keyspace = try reader.string("the keyspace")
        switch kind {
        case "KEYSPACE": target = .keyspace(keyspace)
        case "TABLE": target = .table(keyspace: keyspace, name: try reader.string("the table"))
        case "TYPE": target = .type(keyspace: keyspace, name: try reader.string("the type"))
        case "FUNCTION", "AGGREGATE":
            let name = try reader.string("the name")
            let arguments = try reader.strings("the arguments")
            target =
                kind == "FUNCTION"
                ? .function(keyspace: keyspace, name: name, arguments: arguments)
                : .aggregate(keyspace: keyspace, name: name, arguments: arguments)
        default: throw CQLError(.value, "\(kind) is nothing that changes")
        }
    }

    func write(to writer: inout ByteWriter) {
        writer.string(change.rawValue)
        switch target {
        case .keyspace(let keyspace):
            writer.string("KEYSPACE")
            writer.string(keyspace)
        case .table(let keyspace, let name): writer.strings("TABLE", keyspace, name)
        case .type(let keyspace, let name): writer.strings("TYPE", keyspace, name)
        case .function(let keyspace, let name, let arguments):
            writer.strings("FUNCTION", keyspace, name)
            writer.strings(arguments)
        case .aggregate(let keyspace, let name, let arguments):
            writer.strings("AGGREGATE", keyspace, name)
            writer.strings(arguments)
        }
    }
}
