import API
import Digest
import Model

/// Tokens against forms that other sites send in somebody's name: whoever has one has been shown our page.
///
/// Nothing is kept of them: each is a code over who it was shown to and when, under a secret of this process.
struct FormTokens: Sendable {
    /// What a form carries.
    struct Pass: Hashable, Sendable {
        /// 64 hexadecimal digits.
        let token: String
    }

    /// Of a form's body; ours has 70 bytes.
    private static let bodyBytesMax = 4 * 1_024
    private static let hour: Int64 = 3_600_000

    private let secret: Secret

    /// - Parameter secret: of at least 128 bits, and of this process alone.
    init(secret: Secret) { self.secret = secret }

    /// Good for one to two hours, for this caller alone.
    func pass(for caller: Caller, now: Instant) -> Pass { Pass(token: code(caller, now.milliseconds / Self.hour)) }

    /// Judges `token=…`, as a browser sends the form.
    ///
    /// - Parameters:
    ///   - body: application/x-www-form-urlencoded; of that nothing but the one field.
    ///   - caller: who sends it.
    ///   - now: on the clock that ``pass(for:now:)`` was given.
    /// - Returns: true for a token that was shown to this caller in this hour or the one before.
    func isGood(_ body: [UInt8], for caller: Caller, now: Instant) -> Bool {
        let name = Array("token=".utf8)
        guard body.count <= Self.bodyBytesMax, body.starts(with: name) else { return false }
        let given = Array(body.dropFirst(name.count))
        let hour = now.milliseconds / Self.hour
        // Both are compared, each to its end: how long it takes tells nothing.
        let isOfNow = Self.isEqual(given, Array(code(caller, hour).utf8))
        let isOfBefore = Self.isEqual(given, Array(code(caller, hour - 1).utf8))
        return isOfNow || isOfBefore
    }

    private func code(_ caller: Caller, _ hour: Int64) -> String {
        let message = "\(caller.role.rawValue)\n\(hour)\n\(caller.name ?? "")"
        return SHA256.hex(of: HMAC.sha256(Array(message.utf8), key: Array(secret.reveal().utf8)))
    }

    private static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
