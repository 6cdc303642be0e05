import Model

/// A caller who was let in, and how to ask again whether it still would be.
struct AccessGrant: Sendable {
    private enum Proof: Sendable {
        case nothing
        case token(Secret, TokenFile)
        /// A person's, good until then on the gate's clock.
        case person(until: Instant, now: @Sendable () -> Instant)
    }

    /// As it was when it was let in.
    let caller: Caller
    private let proof: Proof

    /// Whoever reaches a server that asks nobody for a token.
    static let anyone = AccessGrant(caller: .anyone, proof: .nothing)

    private init(caller: Caller, proof: Proof) {
        self.caller = caller
        self.proof = proof
    }

    /// Lets in who presents a good token; nil for any other.
    init?(token: [UInt8], in tokens: TokenFile) {
        guard let caller = tokens.table().caller(presenting: token) else { return nil }
        // A good token is printable ASCII: nothing is lost.
        self.init(caller: caller, proof: .token(Secret(String(decoding: token, as: UTF8.self)), tokens))
    }

    /// Lets in a person of the cluster, until then.
    init(person: Caller, until end: Instant, now: @escaping @Sendable () -> Instant) {
        self.init(caller: person, proof: .person(until: end, now: now))
    }

    /// True when it may be taken back.
    var isRevocable: Bool {
        switch proof {
        case .nothing: false
        case .token, .person: true
        }
    }

    /// True while the token is good, and of this role or a greater one.
    ///
    /// The tokens file is looked at as for a call, at most once a second.
    func holds(for role: AccessRole) -> Bool {
        switch proof {
        case .nothing: true
        case .token(let token, let tokens):
            tokens.table().caller(presenting: Array(token.reveal().utf8)).map { $0.role >= role } ?? false
        case .person(let end, let now): now() < end && caller.role >= role
        }
    }
}
