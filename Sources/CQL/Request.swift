/// What a client asks.
///
/// - Source: native_protocol_v4.spec of Cassandra, section 4.1.
public enum Request: Hashable, Sendable {
    /// The first: options, `CQL_VERSION` among them.
    case startup([String: String])
    /// Which options there are.
    case options
    /// Run a statement.
    case query(String, QueryParameters)
    /// Read a statement, to be run later.
    case prepare(String)
    /// Run a prepared statement.
    case execute([UInt8], QueryParameters)
    /// Hear of events, by their types.
    case register([String])
    /// Run several.
    case batch(Batch)
    /// What the authenticator asked for.
    case authResponse([UInt8]?)

    /// Reads a frame's body.
    ///
    /// - Throws: `cql.length`, `cql.value`; `cql.opcode` for a frame of the other direction.
    public init(_ frame: Frame) throws(CQLError) {
        var reader = ByteReader(frame.body)
        if frame.flags.contains(.customPayload) { try reader.skipPayload() }
        switch frame.opcode {
        case .startup: self = .startup(try reader.stringMap("the options"))
        case .options: self = .options
        case .query:
            let text = try reader.longString("the statement")
            self = .query(text, try QueryParameters(&reader, frame.version))
        case .prepare: self = .prepare(try reader.longString("the statement"))
        case .execute:
            let id = try reader.shortBytes("the statement's id")
            self = .execute(id, try QueryParameters(&reader, frame.version))
        case .register: self = .register(try reader.strings("the types of events"))
        case .batch: self = .batch(try Batch(&reader, frame.version))
        case .authResponse: self = .authResponse(try reader.bytes("the token"))
        case .error, .ready, .authenticate, .supported, .result, .event, .authChallenge, .authSuccess:
            throw CQLError(.opcode, "\(frame.opcode) is no request")
        }
        try reader.finish("\(frame.opcode)")
    }

    /// What it is about.
    public var opcode: Opcode {
        switch self {
        case .startup: .startup
        case .options: .options
        case .query: .query
        case .prepare: .prepare
        case .execute: .execute
        case .register: .register
        case .batch: .batch
        case .authResponse: .authResponse
        }
    }

    /// The frame that asks it.
    ///
    /// - Parameters:
    ///   - version: agreed on, or tried.
    ///   - stream: not in use by another request of this connection; not negative.
    /// - Returns: the whole frame.
    public func frame(_ version: ProtocolVersion, stream: Int16) -> Frame {
        var writer = ByteWriter()
        switch self {
        case .startup(let options): writer.stringMap(options)
        case .options: break
        case .query(let text, let parameters):
            writer.longString(text)
            parameters.write(to: &writer)
        case .prepare(let text): writer.longString(text)
        case .execute(let id, let parameters):
            writer.shortBytes(id)
            parameters.write(to: &writer)
        case .register(let types): writer.strings(types)
        case .batch(let batch): batch.write(to: &writer)
        case .authResponse(let token): writer.bytes(token)
        }
        return Frame(version: version, stream: stream, opcode: opcode, body: writer.bytes)
    }
}
