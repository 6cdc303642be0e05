public import Model

extension RequestLimits {
    /// Below, a token could be guessed; beyond, it is no token but something else.
    public static let tokenCharacters = 16...256
    /// What a token is, for messages.
    public static let tokenForm =
        "\(tokenCharacters.lowerBound) to \(tokenCharacters.upperBound) printable ASCII characters without blanks"

    /// True for a character that a token may have: any that is printed, but no blank, as headers hold it.
    package static func isTokenByte(_ byte: UInt8) -> Bool { (0x21...0x7E).contains(byte) }
}

extension Secret {
    /// Reads a token: ``RequestLimits/tokenForm``; nil for anything else.
    ///
    /// - Parameter text: from a file or the environment, never from the command line.
    public init?(checkingToken text: some StringProtocol) {
        guard RequestLimits.tokenCharacters.contains(text.utf8.count), text.utf8.allSatisfy(RequestLimits.isTokenByte)
        else { return nil }
        self.init(String(text))
    }
}
