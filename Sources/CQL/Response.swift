/// What a server answers, or says by itself.
///
/// - Source: native_protocol_v4.spec of Cassandra, section 4.2.
public enum Response: Hashable, Sendable {
    /// It was not done.
    case error(ErrorMessage)
    /// The connection can be used.
    case ready
    /// A login is wanted, by this class.
    case authenticate(String)
    /// Which options there are.
    case supported([String: [String]])
    /// It was done.
    case result(QueryResult)
    /// What the client had registered for.
    case event(Event)
    /// More of a login is wanted.
    case authChallenge([UInt8]?)
    /// The login has gone well.
    case authSuccess([UInt8]?)

    /// What a statement came to.
    public enum QueryResult: Hashable, Sendable {
        /// Nothing to say.
        case void
        /// Rows.
        case rows(ResultRows)
        /// A keyspace is used from now on.
        case setKeyspace(String)
        /// The statement can be run.
        case prepared(Prepared)
        /// The schema has changed.
        case schemaChange(SchemaChange)
    }

    /// A statement that was read.
    public struct Prepared: Hashable, Sendable {
        /// To run it by.
        public var id: [UInt8]
        /// Its marks.
        public var marks: ResultRows
        /// v4: which marks are the partition key, by place, in the key's order; empty when they are not all there.
        public var keys: [UInt16]
        /// Its rows, to be.
        public var result: ResultRows

        /// Wraps the four.
        public init(id: [UInt8], marks: ResultRows, keys: [UInt16], result: ResultRows) {
            self.id = id
            self.marks = marks
            self.keys = keys
            self.result = result
        }
    }

    /// Reads a frame's body.
    ///
    /// Trace, warnings and payload before it are skipped: nothing here asks for them.
    ///
    /// - Throws: `cql.length`, `cql.value`; `cql.opcode` for a frame of the other direction.
    public init(_ frame: Frame) throws(CQLError) {
        var reader = ByteReader(frame.body)
        if frame.flags.contains(.tracing) { _ = try reader.take(16, "the trace's id") }
        if frame.flags.contains(.warning) { _ = try reader.strings("the warnings") }
        if frame.flags.contains(.customPayload) { try reader.skipPayload() }
        switch frame.opcode {
        case .error: self = .error(try ErrorMessage(&reader))
        case .ready: self = .ready
        case .authenticate: self = .authenticate(try reader.string("the authenticator"))
        case .supported: self = .supported(try reader.stringMultimap("the options"))
        case .result: self = .result(try QueryResult(&reader, frame.version))
        case .event: self = .event(try Event(&reader))
        case .authChallenge: self = .authChallenge(try reader.bytes("the token"))
        case .authSuccess: self = .authSuccess(try reader.bytes("the token"))
        case .startup, .options, .query, .prepare, .execute, .register, .batch, .authResponse:
            throw CQLError(.opcode, "\(frame.opcode) is no response")
        }
        try reader.finish("\(frame.opcode)")
    }

    /// What it is about.
    public var opcode: Opcode {
        switch self {
        case .error: .error
        case .ready: .ready
        case .authenticate: .authenticate
        case .supported: .supported
        case .result: .result
        case .event: .event
        case .authChallenge: .authChallenge
        case .authSuccess: .authSuccess
        }
    }

    /// The frame that says it.
    ///
    /// - Parameters:
    ///   - version: the request's.
    ///   - stream: the request's; -1 for an event.
    /// - Returns: the whole frame.
    public func frame(_ version: ProtocolVersion, stream: Int16) -> Frame {
        var writer = ByteWriter()
        switch self {
        case .error(let error): error.write(to: &writer)
        case .ready: break
        case .authenticate(let authenticator): writer.string(authenticator)
        case .supported(let options): writer.stringMultimap(options)
        case .result(let result): result.write(to: &writer, version)
        case .event(let event): event.write(to: &writer)
        case .authChallenge(let token), .authSuccess(let token): writer.bytes(token)
        }
        return Frame(version: version, stream: stream, opcode: opcode, body: writer.bytes)
    }
}

extension Response.QueryResult {
    init(_ reader: inout ByteReader, _ version: ProtocolVersion) throws(CQLError) {
        switch try reader.int("the kind of a result") {
        case 1: self = .void
        case 2: self = .rows(try ResultRows(&reader))
        case 3: self = .setKeyspace(try reader.string("the keyspace"))
        case 4:
            let id = try reader.shortBytes("the statement's id")
            var keys: [UInt16]? = version >= .v4 ? [] : nil
            let marks = try ResultRows(metadata: &reader, keys: &keys)
            var none: [UInt16]?
            let result = try ResultRows(metadata: &reader, keys: &none)
            self = .prepared(Response.Prepared(id: id, marks: marks, keys: keys ?? [], result: result))
        case 5: self = .schemaChange(try SchemaChange(&reader))
        case let kind: throw CQLError(.value, "there is no result of kind \(kind)")
        }
    }

    func write(to writer: inout ByteWriter, _ version: ProtocolVersion) {
        switch self {
        case .void: writer.int(1)
        case .rows(let rows):
            writer.int(2)
            rows.write(to: &writer)
        case .setKeyspace(let keyspace):
            writer.int(3)
            writer.string(keyspace)
        case .prepared(let prepared):
            writer.int(4)
            writer.shortBytes(prepared.id)
            prepared.marks.writeMetadata(to: &writer, keys: version >= .v4 ? prepared.keys : nil)
            prepared.result.writeMetadata(to: &writer, keys: nil)
        case .schemaChange(let change):
            writer.int(5)
            change.write(to: &writer)
        }
    }
}
