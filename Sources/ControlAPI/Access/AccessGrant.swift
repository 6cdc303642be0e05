import Model

/// A caller who was let in, and how to ask again whether it still would be.
struct AccessGrant: Sendable {
    /// As it was when it was let in.
    let caller: Caller
    private let proof: (token: Secret, tokens: TokenFile)?

    /// Whoever reaches a server that asks nobody for a token.
    static let anyone = AccessGrant(caller: .anyone, proof: nil)

    private init(caller: Caller, proof: (token: Secret, tokens: TokenFile)?) {
        self.caller = caller
        self.proof = proof
    }

    /// Lets in who presents a good token; nil for any other.
    init?(token: [UInt8], in tokens: TokenFile) {
        guard let caller = tokens.table().caller(presenting: token) else { return nil }
        // A good token is printable ASCII: nothing is lost.
        self.init(caller: caller, proof: (Secret(String(decoding: token, as: UTF8.self)), tokens))
    }

    /// True when it may be taken back.
    var isRevocable: Bool { proof != nil }

    /// True while the token is good, and of this role or a greater one.
    ///
    /// The tokens file is looked at as for a call, at most once a second.
    func holds(for role: AccessRole) -> Bool {
        guard let (token, tokens) = proof else { return true }
        return tokens.table().caller(presenting: Array(token.reveal().utf8)).map { $0.role >= role } ?? false
    }
}
