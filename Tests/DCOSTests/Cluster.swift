import CryptoExtras
import Foundation
import HTTPTransport
import JWTKit
import LocalCluster
import Logging
import Model
import Synchronization

@testable import DCOS

/// A clock that a test moves.
final class MovableClock: Sendable {
    private let state = Mutex(Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000)))
    var now: Instant { state.withLock { $0 } }
    func pass(_ span: Span) { state.withLock { $0 = $0 + span } }
}

/// A stand-in for the IAM, an account that it knows, and a clock.
struct Cluster {
    static let uid = "understudy-principal"
    /// Made once: it takes a while, and nobody else can be heard meanwhile.
    private static let account = Result { try _RSA.Signing.PrivateKey(keySize: .bits2048) }

    let identity: IdentityService
    let key: String
    let http: HTTPClient
    let clock: MovableClock

    /// Lets a test have one, and stops it whatever happens.
    static func with(_ body: (Cluster) async throws -> Void) async throws {
        var logger = Logger(label: "identity")
        logger.logLevel = .error
        let clock = MovableClock()
        let identity = try IdentityService(logger: logger, now: { Double(clock.now.milliseconds) / 1_000 })
        try await identity.start()
        let key = try account.get()
        try identity.register(uid, publicKey: key.publicKey.pemRepresentation)
        let http = try HTTPClient()
        let cluster = Cluster(identity: identity, key: key.pkcs8PEMRepresentation, http: http, clock: clock)
        let result: Result<Void, any Error>
        do { result = .success(try await body(cluster)) } catch { result = .failure(error) }
        await cluster.http.shutdown()
        await identity.stop()
        try result.get()
    }

    func credential(
        uid: String = Self.uid,
        key: String? = nil,
        endpoint: String? = nil,
        scheme: String = "RS256"
    ) throws -> [UInt8] {
        let fields = [
            "uid": uid, "scheme": scheme, "private_key": key ?? self.key,
            "login_endpoint": endpoint ?? identity.loginEndpoint,
        ]
        return Array(try JSONEncoder().encode(fields))
    }

    func tokens(_ credential: [UInt8]? = nil) throws -> ServiceAccountTokens {
        try ServiceAccountTokens(
            try ServiceAccount(credential: credential ?? self.credential()),
            endpoint: nil,
            http: http,
            surroundings: .init(now: { clock.now }, draw: { 0.5 })
        )
    }

    func users() throws -> UserTokens { try UserTokens(url: identity.url, http: http, now: { clock.now }) }
}
