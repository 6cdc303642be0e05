import CryptoExtras
import FoundationEssentials
import LocalCluster
import Logging

/// A stand-in for the IAM with an account of the scheduler's, for as long as a test plays.
struct ClusterLogins {
    static let account = "understudy-principal"

    let identity: IdentityService
    /// The account's, as PEM.
    let key: String

    /// A local cluster whose master and agents want its tokens.
    var settings: LocalClusterSettings {
        var settings = LocalClusterSettings()
        settings.identity = identity
        return settings
    }

    /// Starts it, lets the body have it, and ends it whatever happens.
    static func play(_ body: (ClusterLogins) async throws -> Void) async throws {
        var logger = Logger(label: "identity")
        logger.logLevel = .error
        let identity = try IdentityService(logger: logger)
        try await identity.start()
        let result: Result<Void, any Error>
        do {
            let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
            try identity.register(account, publicKey: key.publicKey.pemRepresentation)
            result = .success(try await body(ClusterLogins(identity: identity, key: key.pkcs8PEMRepresentation)))
        } catch {
            result = .failure(error)
        }
        await identity.stop()
        try result.get()
    }

    /// The account's credential as DC/OS hands it over, with its key or another.
    func credential(key: String? = nil) throws -> Data {
        let fields = [
            "uid": Self.account, "scheme": "RS256", "private_key": key ?? self.key,
            "login_endpoint": identity.loginEndpoint,
        ]
        return try JSONEncoder().encode(fields)
    }
}
