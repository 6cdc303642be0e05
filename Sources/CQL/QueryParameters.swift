/// What goes with a statement: values for its marks, and how to answer.
///
/// - Source: native_protocol_v4.spec of Cassandra, section 4.1.4.
public struct QueryParameters: Hashable, Sendable {
    /// Values for the marks, by place or by name.
    public enum Values: Hashable, Sendable {
        /// One for each `?`, in their order.
        case positional([BoundValue])
        /// One for each `:name`, in the order sent.
        case named([NamedValue])

        /// How many there are.
        public var count: Int {
            switch self {
            case .positional(let values): values.count
            case .named(let values): values.count
            }
        }
    }

    /// A value for `:name`.
    public struct NamedValue: Hashable, Sendable {
        /// Without the colon.
        public var name: String
        /// See ``BoundValue``.
        public var value: BoundValue

        /// Wraps both.
        public init(_ name: String, _ value: BoundValue) {
            self.name = name
            self.value = value
        }
    }

    private struct Flags: OptionSet {
        let rawValue: UInt8
        static let values = Flags(rawValue: 0x01)
        static let skipMetadata = Flags(rawValue: 0x02)
        static let pageSize = Flags(rawValue: 0x04)
        static let pagingState = Flags(rawValue: 0x08)
        static let serialConsistency = Flags(rawValue: 0x10)
        static let timestamp = Flags(rawValue: 0x20)
        static let names = Flags(rawValue: 0x40)
        static let known: Flags = [
            .values, .skipMetadata, .pageSize, .pagingState, .serialConsistency, .timestamp, .names,
        ]
    }

    /// Of reads and writes.
    public var consistency: Consistency
    /// For the statement's marks.
    public var values: Values
    /// Rows come without a description of their columns, which the client has from preparing.
    public var skipsMetadata: Bool
    /// Rows a page.
    public var pageSize: Int32?
    /// Where the last page ended, as that said.
    public var pagingState: [UInt8]?
    /// Of the paxos phase of a conditional write.
    public var serialConsistency: Consistency?
    /// In microseconds since the epoch; the server's clock without.
    public var timestamp: Int64?

    /// Wraps the usual two.
    public init(consistency: Consistency = .one, values: Values = .positional([])) {
        self.consistency = consistency
        self.values = values
        skipsMetadata = false
    }

    init(_ reader: inout ByteReader, _ version: ProtocolVersion) throws(CQLError) {
        consistency = try reader.consistency("the consistency")
        let flags = Flags(rawValue: try reader.byte("the flags of a query"))
        guard flags.isSubset(of: .known) else {
            throw CQLError(.value, "the flags of a query are \(flags.rawValue), and some of them are not known here")
        }
        values = try Self.values(flags, &reader, version)
        skipsMetadata = flags.contains(.skipMetadata)
        pageSize = flags.contains(.pageSize) ? try reader.int("the page size") : nil
        pagingState = flags.contains(.pagingState) ? try reader.bytes("the paging state") : nil
        serialConsistency = flags.contains(.serialConsistency) ? try reader.consistency("the serial consistency") : nil
        timestamp = flags.contains(.timestamp) ? try reader.long("the timestamp") : nil
    }

    private static func values(
        _ flags: Flags,
        _ reader: inout ByteReader,
        _ version: ProtocolVersion
    ) throws(CQLError) -> Values {
        guard flags.contains(.values) else {
            guard !flags.contains(.names) else { throw CQLError(.value, "names of values, and no values") }
            return .positional([])
        }
        let count = Int(try reader.short("the number of values"))
        if flags.contains(.names) {
            var named: [NamedValue] = []
            for _ in 0..<count {
                let name = try reader.string("the name of a value")
                named.append(NamedValue(name, try reader.value("the value of \(name)", version)))
            }
            return .named(named)
        }
        var positional: [BoundValue] = []
        for place in 0..<count { positional.append(try reader.value("value \(place + 1)", version)) }
        return .positional(positional)
    }

    func write(to writer: inout ByteWriter) {
        writer.short(consistency.rawValue)
        writer.byte(flags.rawValue)
        if flags.contains(.values) {
            writer.short(UInt16(clamping: values.count))
            switch values {
            case .positional(let values):
                for value in values { writer.value(value) }
            case .named(let values):
                for value in values {
                    writer.string(value.name)
                    writer.value(value.value)
                }
            }
        }
        if let pageSize { writer.int(pageSize) }
        if let pagingState { writer.bytes(pagingState) }
        if let serialConsistency { writer.short(serialConsistency.rawValue) }
        if let timestamp { writer.long(timestamp) }
    }

    private var flags: Flags {
        var flags: Flags = []
        if values.count > 0 { flags.insert(.values) }
        if case .named(let values) = values, !values.isEmpty { flags.insert(.names) }
        if skipsMetadata { flags.insert(.skipMetadata) }
        if pageSize != nil { flags.insert(.pageSize) }
        if pagingState != nil { flags.insert(.pagingState) }
        if serialConsistency != nil { flags.insert(.serialConsistency) }
        if timestamp != nil { flags.insert(.timestamp) }
        return flags
    }
}
