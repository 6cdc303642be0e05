import CryptoExtras
import FoundationEssentials
import Hummingbird
import JWTKit

/// What is sent to log in.
struct IdentityQuestion: Decodable {
    var uid: String
    var token: String
}

/// What tokens say.
private struct IdentityClaims: JWTPayload {
    var uid: String
    var exp: Double

    /// Its end is compared by whoever has the clock.
    func verify(using algorithm: some JWTAlgorithm) async throws {}
}

/// The key that the identity service signs with.
struct IdentityKey: Sendable {
    /// A login token that is good for longer is none.
    private static let loginSecondsMax = 300.0
    private static let id = "understudy-local-cluster"

    /// Of all services of a process: it takes a while to make one.
    private static let made = Result {
        try JWTKit.Insecure.RSA.PrivateKey(backing: _RSA.Signing.PrivateKey(keySize: .bits2048))
    }

    private let key: JWTKit.Insecure.RSA.PrivateKey

    /// - Throws: when there is no randomness.
    init() throws { key = try Self.made.get() }

    func sign(_ uid: String, end: Double) async throws -> String {
        let keys = await JWTKeyCollection().add(rsa: key, digestAlgorithm: .sha256, kid: JWKIdentifier(string: Self.id))
        return try await keys.sign(IdentityClaims(uid: uid, exp: end), kid: JWKIdentifier(string: Self.id))
    }

    /// Whose a token of ours is; nil for any other, and for one that has ended.
    func user(of token: String, now: Double) async -> String? {
        guard let claims = await Self.claims(of: token, by: key.publicKey), claims.exp > now else { return nil }
        return claims.uid
    }

    /// True when an account's key has signed its login, which has not ended and will soon.
    static func proves(_ question: IdentityQuestion, by key: JWTKit.Insecure.RSA.PublicKey, now: Double) async -> Bool {
        guard let claims = await claims(of: question.token, by: key) else { return false }
        return claims.uid == question.uid && claims.exp > now && claims.exp <= now + loginSecondsMax
    }

    private static func claims(of token: String, by key: JWTKit.Insecure.RSA.PublicKey) async -> IdentityClaims? {
        let keys = await JWTKeyCollection().add(rsa: key, digestAlgorithm: .sha256)
        // Whatever is wrong with it, it proves nothing.
        return try? await keys.verify(token, as: IdentityClaims.self, iteratingKeys: true)
    }

    /// The set of one, as the IAM publishes it.
    func document() throws -> JSONValue {
        let (modulus, exponent) = try key.publicKey.getKeyPrimitives()
        return .object([
            "keys": .array([
                .object([
                    "kty": .string("RSA"), "use": .string("sig"), "alg": .string("RS256"), "kid": .string(Self.id),
                    "n": .string(Self.base64URL(modulus)), "e": .string(Self.base64URL(exponent)),
                ])
            ])
        ])
    }

    private static func base64URL(_ data: Data) -> String {
        String(data.base64EncodedString().map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }.filter { $0 != "=" })
    }
}

/// How the identity service answers: each says what it is.
enum IdentityAnswer {
    static func json(_ status: HTTPResponse.Status, _ value: JSONValue) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json", .server: "understudy local cluster (stand-in)"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: value.bytes))
        )
    }

    /// In the IAM's form.
    static func refusal(_ status: HTTPResponse.Status, _ code: String) -> Response {
        json(
            status,
            .object([
                "title": .string(status.reasonPhrase), "code": .string(code),
                "description": .string("a stand-in for DC/OS's IAM says so"),
            ])
        )
    }
}
