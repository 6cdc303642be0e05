/// Several statements that count as one.
///
/// - Source: native_protocol_v4.spec of Cassandra, section 4.1.7.
public struct Batch: Hashable, Sendable {
    /// What holds the statements together; the numbers are the protocol's.
    public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        case logged = 0
        case unlogged = 1
        case counter = 2
    }

    /// One of them.
    public struct Statement: Hashable, Sendable {
        /// What is run.
        public enum Source: Hashable, Sendable {
            /// A statement's text.
            case text(String)
            /// The id of a prepared one.
            case prepared([UInt8])
        }

        /// What is run.
        public var source: Source
        /// For its marks, by place: names do not work in batches.
        public var values: [BoundValue]

        /// Wraps both.
        public init(_ source: Source, values: [BoundValue] = []) {
            self.source = source
            self.values = values
        }
    }

    private struct Flags: OptionSet {
        let rawValue: UInt8
        static let serialConsistency = Flags(rawValue: 0x10)
        static let timestamp = Flags(rawValue: 0x20)
        static let known: Flags = [.serialConsistency, .timestamp]
    }

    /// See ``Kind``.
    public var kind: Kind
    /// In the order sent.
    public var statements: [Statement]
    /// Of the writes.
    public var consistency: Consistency
    /// Of the paxos phase of conditional writes.
    public var serialConsistency: Consistency?
    /// In microseconds since the epoch; the server's clock without.
    public var timestamp: Int64?

    /// Wraps the usual three.
    public init(_ kind: Kind, _ statements: [Statement], consistency: Consistency = .one) {
        self.kind = kind
        self.statements = statements
        self.consistency = consistency
    }

    init(_ reader: inout ByteReader, _ version: ProtocolVersion) throws(CQLError) {
        let number = try reader.byte("the kind of a batch")
        guard let kind = Kind(rawValue: number) else { throw CQLError(.value, "there is no batch of kind \(number)") }
        self.kind = kind
        var statements: [Statement] = []
        for place in 0..<(try reader.short("the number of statements")) {
            statements.append(try Self.statement("statement \(place + 1)", &reader, version))
        }
        self.statements = statements
        consistency = try reader.consistency("the consistency")
        let flags = Flags(rawValue: try reader.byte("the flags of a batch"))
        guard flags.isSubset(of: .known) else {
            throw CQLError(.value, "the flags of a batch are \(flags.rawValue), and some of them are not known here")
        }
        serialConsistency = flags.contains(.serialConsistency) ? try reader.consistency("the serial consistency") : nil
        timestamp = flags.contains(.timestamp) ? try reader.long("the timestamp") : nil
    }

    private static func statement(
        _ what: String,
        _ reader: inout ByteReader,
        _ version: ProtocolVersion
    ) throws(CQLError) -> Statement {
        let source: Statement.Source
        switch try reader.byte("the kind of \(what)") {
        case 0: source = .text(try reader.longString(what))
        case 1: source = .prepared(try reader.shortBytes("the id of \(what)"))
        case let kind: throw CQLError(.value, "\(what) is of kind \(kind)")
        }
        var values: [BoundValue] = []
        for place in 0..<(try reader.short("the number of values of \(what)")) {
            values.append(try reader.value("value \(place + 1) of \(what)", version))
        }
        return Statement(source, values: values)
    }

    func write(to writer: inout ByteWriter) {
        writer.byte(kind.rawValue)
        writer.short(UInt16(clamping: statements.count))
        for statement in statements {
            switch statement.source {
            case .text(let text):
                writer.byte(0)
                writer.longString(text)
            case .prepared(let id):
                writer.byte(1)
                writer.shortBytes(id)
            }
            writer.short(UInt16(clamping: statement.values.count))
            for value in statement.values { writer.value(value) }
        }
        writer.short(consistency.rawValue)
        var flags: Flags = []
        if serialConsistency != nil { flags.insert(.serialConsistency) }
        if timestamp != nil { flags.insert(.timestamp) }
        writer.byte(flags.rawValue)
        if let serialConsistency { writer.short(serialConsistency.rawValue) }
        if let timestamp { writer.long(timestamp) }
    }
}
