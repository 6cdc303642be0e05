import CCrypt
public import Model

/// Passwords as Cassandra keeps them: bcrypt, `$2a$`.
///
/// - Source: crypt(5) of libxcrypt; Cassandra's PasswordAuthenticator, which reads them with jBCrypt.
public enum SaltedHash {
    /// Two to its power are the rounds: 4 is the least that bcrypt has, for a password that is random and of 128 bits.
    public static let roundsMin: UInt = 4

    /// The hash of a password.
    ///
    /// - Parameters:
    ///   - password: at most 72 bytes count.
    ///   - rounds: as a power of two, 4 to 31.
    /// - Returns: 60 characters; nil when the library refuses, or the system has no random bytes.
    public static func of(_ password: Secret, rounds: UInt = roundsMin) -> String? {
        var salt = [CChar](repeating: 0, count: Int(CRYPT_GENSALT_OUTPUT_SIZE))
        guard crypt_gensalt_rn("$2a$", rounds, nil, 0, &salt, Int32(salt.count)) != nil else { return nil }
        return hash(password, like: salt)
    }

    /// True for the password that a hash was made of.
    public static func matches(_ password: Secret, _ saltedHash: String) -> Bool {
        let setting = Array(saltedHash.utf8CString)
        guard let found = hash(password, like: setting) else { return false }
        // Nothing is to be learnt from the time that it takes.
        let pairs = zip(found.utf8, saltedHash.utf8)
        return found.utf8.count == saltedHash.utf8.count && pairs.reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func hash(_ password: Secret, like setting: [CChar]) -> String? {
        var memory = crypt_data()
        // SAFETY: the size goes with the memory; what is returned lies in it, and is copied before it ends.
        return withUnsafeMutablePointer(to: &memory) { memory in
            let size = Int32(MemoryLayout<crypt_data>.size)
            guard let result = crypt_rn(password.reveal(), setting, memory, size) else { return nil }
            let text = String(cString: result)
            return text.hasPrefix("$2") ? text : nil
        }
    }
}
