import FoundationEssentials
import JWTKit
import Model

/// What a token of DC/OS says: whose it is, and until when.
struct Claims: JWTPayload {
    var uid: String
    /// Seconds since the epoch; a token without it does not end by itself.
    var exp: Double?

    /// Whoever asks has a clock of its own; that somebody is named is all that is asked here.
    func verify(using algorithm: some JWTAlgorithm) async throws {
        guard !uid.isEmpty else { throw JWTError.claimVerificationFailure(failedClaim: nil, reason: "no uid") }
    }

    /// When it ends; nil for never, and for a time that no clock tells.
    var end: Instant? {
        guard let exp, exp.isFinite, exp > 0, exp < 1e11 else { return nil }
        return Instant(milliseconds: Int64(exp * 1_000))
    }
}

/// A token of DC/OS, taken apart and not believed: who made it is not looked at here.
struct UnverifiedToken {
    /// Of a whole token; DC/OS's have some 500 to 1,500.
    static let bytesMax = 8 * 1_024

    private struct Header: Decodable {
        var alg: String?
        var kid: String?
    }

    let algorithm: String?
    let keyID: String?
    let claims: Claims

    /// Nil for what is no JSON web token.
    init?(_ token: String) {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard token.utf8.count <= Self.bytesMax, parts.count == 3,
            let header: Header = Self.decoded(parts[0]), let claims: Claims = Self.decoded(parts[1])
        else { return nil }
        algorithm = header.alg
        keyID = header.kid
        self.claims = claims
    }

    private static func decoded<Part: Decodable>(_ text: Substring) -> Part? {
        let base64 = text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        let padding = String(repeating: "=", count: (4 - base64.count % 4) % 4)
        guard let data = Data(base64Encoded: String(base64) + padding) else { return nil }
        // What cannot be read is no token, whatever is wrong with it.
        return try? JSONDecoder().decode(Part.self, from: data)
    }
}
