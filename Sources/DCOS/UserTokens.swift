import Digest
import FoundationEssentials
public import HTTPTransport
public import Model

/// Says whose a person's DC/OS token is.
///
/// By the keys that the IAM publishes, where it does: RS256 alone, and not beyond the token's end. Otherwise Admin Router
/// is asked with the token itself, which it does not let through to what needs a login unless it is good. Nothing that
/// a token says of itself counts before.
///
/// - Source: Admin Router's `/metadata` needs a login in every variant of DC/OS, and no permission.
public actor UserTokens {
    /// What is known of a token.
    public enum Verdict: Hashable, Sendable {
        /// Good for so long, as far as is known now.
        case user(String, for: Span)
        /// Nobody's.
        case unknown
        /// Nobody could be asked; why.
        case unavailable(String)
    }

    /// An answer of Admin Router's counts for so long.
    static let answerLife = Span.minutes(1)
    /// Cached answers; what came first goes first.
    static let answersMax = 1_000
    /// Tokens that Admin Router is asked about at the same time.
    static let questionsMax = 8
    /// For so long it is believed that Admin Router asks for logins, or does not.
    private static let asksLife = Span.seconds(10)
    /// Of a token that names no end, until it is looked at again.
    private static let endlessLife = Span.hours(1)
    private static let uidBytes = 1...100

    private struct Answer {
        var verdict: Verdict
        var end: Instant
    }

    private let keys: KeySet
    private let router: RouterLogin
    private let now: @Sendable () -> Instant
    private var answers: [[UInt8]: Answer] = [:]
    /// That Admin Router asks for logins, as it was last seen to.
    private var asks: (answer: RouterLogin.Answer, until: Instant)?
    private var underWay: [[UInt8]: Task<Verdict, Never>] = [:]
    private var order: [[UInt8]] = []

    /// Sends nothing yet.
    ///
    /// - Parameters:
    ///   - url: Admin Router's, `https://master.mesos`.
    ///   - http: shared with others at will.
    ///   - now: the wall clock.
    /// - Throws: `dcos.bad_address`.
    public init(url: String, http: HTTPClient, now: @escaping @Sendable () -> Instant) throws(DCOSError) {
        guard ClusterURL.isGood(url) else {
            throw DCOSError(.badAddress, "Admin Router's address has to be http(s)://HOST…, without a login in it")
        }
        keys = KeySet(url: ClusterURL.below(url, "/acs/api/v1/auth/jwks"), http: http, now: now)
        router = RouterLogin(url: ClusterURL.below(url, "/metadata"), http: http)
        self.now = now
    }

    /// Whose a token is.
    ///
    /// - Parameter token: as it was presented, without `token=`.
    /// - Returns: what is known of it.
    public func verdict(on token: Secret) async -> Verdict {
        let text = token.reveal()
        let now = now()
        guard let unverified = UnverifiedToken(text), Self.isName(unverified.claims.uid),
            unverified.claims.end.map({ $0 > now }) ?? true
        else { return .unknown }
        let end = unverified.claims.end ?? now + Self.endlessLife
        switch await keys.proves(text, unverified) {
        case .yes: return .user(unverified.claims.uid, for: end - now)
        case .no: return .unknown
        case .unavailable(let why): return .unavailable(why)
        case .noKeys: return await asked(text, unverified.claims.uid, end: end)
        }
    }

    private func asked(_ token: String, _ uid: String, end: Instant) async -> Verdict {
        let digest = SHA256.bytes(of: Array(token.utf8))
        if let answer = answers[digest], answer.end > now() { return answer.verdict }
        if let task = underWay[digest] { return await task.value }
        // Whoever sends forged tokens has Admin Router asked no more often than this.
        guard underWay.count < Self.questionsMax else { return .unavailable("too many tokens are looked at already") }
        let task = Task { await self.ask(token, uid, end: end) }
        underWay[digest] = task
        let verdict = await task.value
        underWay[digest] = nil
        if case .unavailable = verdict { return verdict }
        keep(Answer(verdict: verdict, end: min(end, now() + Self.answerLife)), for: digest)
        return verdict
    }

    private func ask(_ token: String, _ uid: String, end: Instant) async -> Verdict {
        if asks.map({ $0.until <= now() }) ?? true { asks = (await router.asksForLogin(), now() + Self.asksLife) }
        if case .unavailable(let why) = asks?.answer { return .unavailable(why) }
        return switch await router.takes(token) {
        case .yes: .user(uid, for: end - now())
        case .no: .unknown
        case .unavailable(let why): .unavailable(why)
        }
    }

    private func keep(_ answer: Answer, for digest: [UInt8]) {
        if answers.updateValue(answer, forKey: digest) == nil { order.append(digest) }
        guard order.count > Self.answersMax else { return }
        answers[order.removeFirst()] = nil
    }

    /// Users are named by addresses of mail, or by words; names are shown and stored.
    private static func isName(_ uid: String) -> Bool {
        uidBytes.contains(uid.utf8.count)
            && uid.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x41...0x5A).contains($0) || (0x30...0x39).contains($0)
                    || "@._+-".utf8.contains($0)
            }
    }
}
