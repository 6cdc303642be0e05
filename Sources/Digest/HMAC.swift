/// Keyed digests with SHA-256.
///
/// - Source: RFC 2104.
public enum HMAC {
    private static let blockBytes = 64

    /// The digest of a message under a key: 32 bytes.
    public static func sha256(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        var block = key.count > blockBytes ? SHA256.bytes(of: key) : key
        block += [UInt8](repeating: 0, count: blockBytes - block.count)
        let inner = SHA256.bytes(of: block.map { $0 ^ 0x36 } + message)
        return SHA256.bytes(of: block.map { $0 ^ 0x5C } + inner)
    }
}
