import Digest
public import Model

/// The logins of runs: made from a secret of the installation's and the run's id, so that none has to be written down.
public struct RunLogins: Sendable {
    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    private static let passwordLength = 24

    private let secret: Secret

    /// - Parameter secret: random, as ``makeSecret()`` gives it; never changes.
    public init(secret: Secret) { self.secret = secret }

    /// 256 bits, in hexadecimal.
    public static func makeSecret() -> Secret {
        Secret((0..<4).map { _ in String(UInt64.random(in: (1 << 60)...(.max)), radix: 16) }.joined())
    }

    /// The name of a run's role: `ci_<run>`.
    public static func user(of run: RunID) -> String { "ci_\(run)" }

    /// A run's password: 24 of `[A-Za-z0-9]`; always the same for the same run.
    public func password(of run: RunID) -> Secret {
        let digest = HMAC.sha256(Array("login of run \(run)".utf8), key: Array(secret.reveal().utf8))
        let characters = digest.prefix(Self.passwordLength).map { Self.alphabet[Int($0) % Self.alphabet.count] }
        return Secret(String(characters))
    }
}
