import CQL
import Model

/// One client's side of the protocol: a request in, a response out.
struct Session {
    private let engine: Engine
    private var keyspace: String?
    private let asksForLogin: Bool
    private var hasStarted = false
    private var awaitsLogin = false
    /// What the client wants to hear of.
    private(set) var registered: Set<String> = []

    init(_ engine: Engine, asksForLogin: Bool = false) {
        self.engine = engine
        self.asksForLogin = asksForLogin
    }

    /// Answers a frame; a request that cannot be read is answered with an error too.
    mutating func answer(_ frame: Frame) -> Frame {
        let response: Response
        do {
            response = try answer(try Request(frame))
        } catch let error as ErrorMessage {
            response = .error(error)
        } catch let error as CQLError {
            response = .error(ErrorMessage(.protocol, error.message))
        } catch {
            response = .error(ErrorMessage(.server, "\(error)"))
        }
        return response.frame(frame.version, stream: frame.stream)
    }

    private mutating func answer(_ request: Request) throws(ErrorMessage) -> Response {
        switch request {
        case .options: return .supported(Self.supported)
        case .startup(let options):
            guard options["CQL_VERSION"] != nil else {
                throw ErrorMessage(.protocol, "Missing value CQL_VERSION in STARTUP message")
            }
            if let compression = options["COMPRESSION"] {
                throw ErrorMessage(.protocol, "Unknown compression algorithm: \(compression)")
            }
            guard !asksForLogin else {
                awaitsLogin = true
                return .authenticate("org.apache.cassandra.auth.PasswordAuthenticator")
            }
            hasStarted = true
            return .ready
        case .authResponse(let token) where awaitsLogin:
            try logIn(token)
            return .authSuccess(nil)
        case .query, .prepare, .execute, .register, .batch, .authResponse:
            guard hasStarted else {
                throw ErrorMessage(.protocol, "Unexpected message \(request.opcode), expecting STARTUP or OPTIONS")
            }
            return try answerStarted(request)
        }
    }

    /// SASL PLAIN (RFC 4616), as Cassandra takes it.
    private mutating func logIn(_ token: [UInt8]?) throws(ErrorMessage) {
        let parts = (token ?? []).split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw ErrorMessage(.protocol, "Authentication ID must not be null") }
        let user = String(decoding: parts[1], as: UTF8.self)
        guard try engine.admits(user, Secret(String(decoding: parts[2], as: UTF8.self))) else {
            throw ErrorMessage(
                .badCredentials,
                "Provided username \(user.prefix(200)) and/or password are incorrect"
            )
        }
        awaitsLogin = false
        hasStarted = true
    }

    private mutating func answerStarted(_ request: Request) throws(ErrorMessage) -> Response {
        switch request {
        case .query(let text, let parameters): return .result(try engine.query(text, parameters, using: &keyspace))
        case .prepare(let text): return .result(.prepared(try engine.prepare(text, using: keyspace)))
        case .execute(let id, let parameters): return .result(try engine.execute(id, parameters, using: &keyspace))
        case .batch(let batch): return .result(try engine.batch(batch, using: keyspace))
        case .register(let types):
            if let unknown = types.first(where: { !Event.types.contains($0) }) {
                throw ErrorMessage(.protocol, "Invalid value '\(unknown)' for Type")
            }
            registered.formUnion(types)
            return .ready
        case .authResponse: throw ErrorMessage(.protocol, "Unexpected message authResponse: nobody asked for a login")
        case .options, .startup: return try answer(request)
        }
    }

    private static let supported = [
        "CQL_VERSION": [Node.cqlVersion], "COMPRESSION": [], "PROTOCOL_VERSIONS": ["3/v3", "4/v4"],
    ]

    /// What is said to a frame that cannot be read, before the connection ends.
    ///
    /// In Cassandra's words: drivers find their way to an older version by them.
    static func refusal(_ error: CQLError, _ head: FrameDecoder.Refused?) -> Frame {
        let message =
            error.code == .version
            ? "Invalid or unsupported protocol version (\(head?.version ?? 0)); supported versions are (3/v3, 4/v4)"
            : error.message
        let version = head.flatMap { ProtocolVersion(rawValue: $0.version) } ?? .v4
        return Response.error(ErrorMessage(.protocol, message)).frame(version, stream: head?.stream ?? 0)
    }
}
