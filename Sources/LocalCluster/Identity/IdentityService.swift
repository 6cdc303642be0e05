import FoundationEssentials
import Hummingbird
import JWTKit
public import Logging
import Synchronization

/// DC/OS's IAM and the part of Admin Router that asks for a login, on a loopback port.
///
/// A stand-in, and its answers say so. Accounts log in with tokens that their own keys have signed, which is verified; what it gives is signed by a key of its
/// own, which it publishes.
///
/// - Source: DC/OS's IAM API for paths, statuses and codes.
public final class IdentityService: Sendable {
    /// How it behaves; all of it may change while it runs.
    public struct Manner: Sendable {
        /// Seconds that what it gives is good for.
        public var tokenLife = 432_000.0
        /// False for a DC/OS without published keys.
        public var publishesKeys = true
        /// False for an Admin Router that lets everybody in.
        public var asksForLogin = true
        /// Answered to logins instead of looking at them; nil for none.
        public var loginStatus: Int?
    }

    private struct State {
        var manner = Manner()
        var accounts: [String: Insecure.RSA.PublicKey] = [:]
        var revoked: Set<String> = []
        var given: Set<String> = []
        var counts = Counts()
    }

    /// What it was asked so far.
    public struct Counts: Hashable, Sendable {
        /// Logins that it let in.
        public var logins = 0
        /// Logins that it did not.
        public var refusals = 0
        /// Questions for its keys.
        public var keys = 0
        /// Questions that need a login, with one or without.
        public var questions = 0

        /// As it was asked.
        public init(logins: Int = 0, refusals: Int = 0, keys: Int = 0, questions: Int = 0) {
            self.logins = logins
            self.refusals = refusals
            self.keys = keys
            self.questions = questions
        }
    }

    private let key: IdentityKey
    private let state = Mutex(State())
    private let server = Mutex<LoopbackServer?>(nil)
    private let logger: Logger
    private let now: @Sendable () -> Double

    /// Makes its key; does not listen yet.
    ///
    /// - Parameters:
    ///   - logger: hears of warnings only.
    ///   - now: seconds since the epoch; nil for the wall clock's.
    /// - Throws: when no key can be made.
    public init(logger: Logger, now: (@Sendable () -> Double)? = nil) throws {
        key = try IdentityKey()
        self.logger = logger
        self.now = now ?? secondsSinceEpoch
    }

    /// Listens from now on.
    ///
    /// - Parameter port: 0 picks one.
    /// - Throws: when the port cannot be had.
    public func start(port: Int = 0) async throws {
        let started = try await LoopbackServer.start(port: port, logger: logger) { [self] request, _ in
            try await answer(request)
        }
        server.withLock { $0 = started }
    }

    /// Closes the port and all connections.
    public func stop() async { await server.withLock { $0 }?.stop() }

    /// `http://127.0.0.1:PORT`; empty before ``start(port:)``.
    public var url: String { server.withLock { $0.map { "http://127.0.0.1:\($0.port)" } ?? "" } }

    /// Where accounts log in.
    public var loginEndpoint: String { url + "/acs/api/v1/auth/login" }

    /// What it was asked so far.
    public var counts: Counts { state.withLock { $0.counts } }

    /// Makes an account, or gives it another key.
    ///
    /// - Parameters:
    ///   - uid: its name.
    ///   - publicKey: as PEM.
    /// - Throws: for what is no RSA key.
    public func register(_ uid: String, publicKey: String) throws {
        let key = try Insecure.RSA.PublicKey(pem: publicKey)
        state.withLock { $0.accounts[uid] = key }
    }

    /// A token as somebody has it who logged in.
    ///
    /// - Parameters:
    ///   - uid: whose.
    ///   - life: seconds; less than none for one that has ended.
    /// - Returns: a JSON web token.
    /// - Throws: when it cannot be signed.
    public func token(of uid: String, life: Double = 432_000) async throws -> String {
        let token = try await key.sign(uid, end: now() + life)
        state.withLock { _ = $0.given.insert(token) }
        return token
    }

    /// From now on nothing counts that was given before.
    public func revokeAll() { state.withLock { $0.revoked = $0.given } }

    /// Changes how it behaves.
    public func behave(_ change: (inout Manner) -> Void) { state.withLock { change(&$0.manner) } }

    /// Whose a header `Authorization` is; nil for nobody's.
    func user(_ header: String?) async -> String? {
        guard let header, header.hasPrefix("token=") else { return nil }
        let token = String(header.dropFirst("token=".count))
        guard state.withLock({ !$0.revoked.contains(token) }) else { return nil }
        return await key.user(of: token, now: now())
    }

    private func answer(_ original: Request) async throws -> Response {
        var request = original
        switch request.uri.path {
        case "/acs/api/v1/auth/login" where request.method == .post:
            return try await login(Array(try await request.collectBody(upTo: 64 * 1_024).readableBytesView))
        case "/acs/api/v1/auth/jwks":
            let isPublished = state.withLock { state in
                state.counts.keys += 1
                return state.manner.publishesKeys
            }
            return isPublished
                ? IdentityAnswer.json(.ok, try key.document()) : IdentityAnswer.refusal(.notFound, "ERR_UNKNOWN_PATH")
        case "/metadata":
            let asks = state.withLock { state in
                state.counts.questions += 1
                return state.manner.asksForLogin
            }
            guard asks else { return IdentityAnswer.json(.ok, Self.metadata) }
            let user = await user(request.headers[.authorization])
            return user == nil ? IdentityAnswer.refusal(.unauthorized, "") : IdentityAnswer.json(.ok, Self.metadata)
        default: return IdentityAnswer.refusal(.notFound, "ERR_UNKNOWN_PATH")
        }
    }

    private static let metadata = JSONValue.object(["CLUSTER_ID": .string("local (stand-in)")])

    private func login(_ body: [UInt8]) async throws -> Response {
        let (accounts, manner) = state.withLock { ($0.accounts, $0.manner) }
        if let status = manner.loginStatus {
            state.withLock { $0.counts.refusals += 1 }
            return IdentityAnswer.refusal(.init(code: status), "ERR_ON_PURPOSE")
        }
        guard let question = try? JSONDecoder().decode(IdentityQuestion.self, from: Data(body)) else {
            return IdentityAnswer.refusal(.badRequest, "ERR_INVALID_DATA")
        }
        guard let account = accounts[question.uid],
            await IdentityKey.proves(question, by: account, now: now())
        else {
            state.withLock { $0.counts.refusals += 1 }
            return IdentityAnswer.refusal(.unauthorized, "ERR_INVALID_CREDENTIALS")
        }
        state.withLock { $0.counts.logins += 1 }
        return IdentityAnswer.json(
            .ok,
            .object(["token": .string(try await token(of: question.uid, life: manner.tokenLife))])
        )
    }
}
