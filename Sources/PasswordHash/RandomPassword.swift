public import Model

/// Passwords that nobody thought of.
public enum RandomPassword {
    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")

    /// 24 of `[A-Za-z0-9]`, which no shell, dotenv file or URL has to quote: 142 bits.
    public static func make(using generator: inout some RandomNumberGenerator) -> Secret {
        Secret(String((0..<24).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }))
    }
}
