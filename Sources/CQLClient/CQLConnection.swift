public import CQL
import Model

/// A connection to a node that blocks its thread: one request, one answer.
///
/// Made for short conversations: readiness, sealing, a person's look. No pool, no discovery: it speaks to the address it was
/// given and to no other.
public final class CQLConnection {
    private let socket: BlockingSocket
    private let version: ProtocolVersion
    private var decoder = FrameDecoder(.response, bodyBytesMax: 64 * 1_024 * 1_024)

    /// Connects and starts, in v4 or, where the node speaks no v4, in v3.
    ///
    /// - Parameters:
    ///   - host: an IPv4 address, or `localhost`.
    ///   - port: for clients.
    ///   - timeoutSeconds: for connecting, and for each read and write.
    ///   - login: told only to a node that asks for one; nil for none.
    /// - Returns: a connection on which statements can be run.
    /// - Throws: `cql.unreachable`, `cql.bad_host`, `cql.closed`, `cql.login` when the node wants one, or another one,
    ///   `cql.refused`, or one of ``CQLError``'s codes.
    public static func open(
        host: String,
        port: UInt16,
        timeoutSeconds: Int = 10,
        login: CQLLogin? = nil
    ) throws(CQLClientError) -> CQLConnection {
        for version in [ProtocolVersion.v4, .v3] {
            let socket = try BlockingSocket.connect(host: host, port: port, timeoutSeconds: timeoutSeconds)
            let connection = CQLConnection(socket, version)
            switch try connection.ask(.startup(["CQL_VERSION": "3.0.0"])) {
            case .ready: return connection
            case .authenticate(let authenticator):
                try connection.logIn(login, to: authenticator)
                return connection
            case .error(let error) where error.code == .protocol && version != .v3: continue
            case .error(let error): throw CQLClientError(.refused, error.description)
            case .supported, .result, .event, .authChallenge, .authSuccess:
                throw CQLClientError(.malformed, "the answer to STARTUP is none")
            }
        }
        throw CQLClientError(.refused, "the node speaks neither v3 nor v4")
    }

    /// The port of this end.
    public var localPort: UInt16 { socket.localPort }

    /// As Cassandra's own authenticator takes it: SASL PLAIN (RFC 4616), without an identity to act as.
    private func logIn(_ login: CQLLogin?, to authenticator: String) throws(CQLClientError) {
        guard let login else { throw CQLClientError(.login, "the node wants a login for \(authenticator)") }
        switch try ask(.authResponse([0] + login.user.utf8 + [0] + login.password.reveal().utf8)) {
        case .authSuccess: return
        case .error(let error): throw CQLClientError(.login, error.description)
        case .ready, .authenticate, .supported, .result, .event, .authChallenge:
            throw CQLClientError(.malformed, "the answer to a login is none")
        }
    }

    private init(_ socket: BlockingSocket, _ version: ProtocolVersion) {
        self.socket = socket
        self.version = version
    }

    /// Runs a statement; after a throw other than `cql.refused`, connect anew.
    ///
    /// - Parameters:
    ///   - statement: without marks.
    ///   - consistency: of a node of one, all are the same.
    /// - Returns: what it came to.
    /// - Throws: `cql.refused` with the node's own words; `cql.closed`, `cql.timeout`, `cql.malformed`.
    public func query(
        _ statement: String,
        consistency: Consistency = .one
    ) throws(CQLClientError) -> Response.QueryResult {
        switch try ask(.query(statement, QueryParameters(consistency: consistency))) {
        case .result(let result): return result
        case .error(let error): throw CQLClientError(.refused, error.description)
        case .ready, .authenticate, .supported, .event, .authChallenge, .authSuccess:
            throw CQLClientError(.malformed, "the answer to a query is none")
        }
    }

    private func ask(_ request: Request) throws(CQLClientError) -> Response {
        try socket.send(request.frame(version, stream: 0).bytes)
        do {
            while true {
                if let frame = try decoder.next() {
                    let response = try Response(frame)
                    // Nothing is registered for; what comes by itself all the same is not the answer.
                    if case .event = response { continue }
                    return response
                }
                decoder.append(try socket.receive())
            }
        } catch let error as CQLClientError {
            throw error
        } catch let error as CQLError {
            throw CQLClientError(.malformed, error.description)
        } catch {
            throw CQLClientError(.malformed, "\(error)")
        }
    }
}
