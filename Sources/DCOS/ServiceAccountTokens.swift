public import HTTPTransport
import JWTKit
public import Model

/// The token that a service account is known by in its cluster, kept fresh.
///
/// - However many ask, one login is under way at a time.
/// - A token is renewed while a tenth of its life is left, or when a master has refused it.
/// - After a failed login nothing is sent for 1 s, doubled with each further one up to a minute, less a random part of
///   it; who asks meanwhile is told the failure, or given the old token while it lives.
public actor ServiceAccountTokens {
    /// Of the outside world, for tests.
    public struct Surroundings: Sendable {
        /// The wall clock.
        public var now: @Sendable () -> Instant
        /// 0..<1, evenly.
        public var draw: @Sendable () -> Double

        /// Wraps both.
        public init(now: @escaping @Sendable () -> Instant, draw: @escaping @Sendable () -> Double) {
            self.now = now
            self.draw = draw
        }
    }

    private struct Current {
        var token: Secret
        var renewal: Instant
        var end: Instant
    }

    /// DC/OS's own; a token that says more, or nothing, is renewed by then.
    static let longestLife = Span.hours(5 * 24)
    /// Between two logins for the reason that somebody has refused a token.
    static let refusalPause = Span.minutes(1)
    /// A token that ends sooner, by our clock, is used for so long all the same: the IAM's clock may be another.
    static let shortestLife = Span.seconds(30)
    private static let firstPause = Span.seconds(1)
    private static let longestPause = Span.minutes(1)

    private let login: Login
    private let surroundings: Surroundings
    private var current: Current?
    private var underWay: Task<Result<Secret, DCOSError>, Never>?
    /// When somebody's refusal last had a token fetched.
    private var renewedAt: Instant?
    private var failure: (error: DCOSError, count: Int, until: Instant)?

    /// Sends nothing yet.
    ///
    /// - Parameters:
    ///   - account: who we are.
    ///   - endpoint: where to log in when the credential does not say.
    ///   - http: shared with others at will.
    ///   - surroundings: clock and dice.
    /// - Throws: `dcos.bad_credential` when nobody says where to log in.
    public init(
        _ account: ServiceAccount,
        endpoint: String?,
        http: HTTPClient,
        surroundings: Surroundings
    ) throws(DCOSError) {
        guard let endpoint = account.loginEndpoint ?? endpoint else {
            throw DCOSError(.badCredential, "the service account's credential names no login_endpoint")
        }
        login = Login(account: account, endpoint: endpoint, http: http)
        self.surroundings = surroundings
    }

    /// A token that is good now, as far as its own words go.
    ///
    /// While it is renewed the old one is given as long as it lives: nobody waits for an IAM that hangs.
    ///
    /// - Throws: as the last login failed.
    public func token() async throws(DCOSError) -> Secret {
        let now = surroundings.now()
        if let current, now < current.renewal { return current.token }
        if let failure, now < failure.until { return try living(at: now, else: failure.error) }
        let task = underWay ?? begin(at: now)
        if let current, now < current.end { return current.token }
        switch await task.value {
        case .success(let token): return token
        case .failure(let error): return try living(at: surroundings.now(), else: error)
        }
    }

    /// Takes note that a token was answered with 401.
    ///
    /// - Parameter token: as it was presented; one that is not the present one changes nothing.
    /// - Returns: true when another is there, or will be; false when one was fetched for the same reason within the last
    ///   minute, and the present one stays: whoever refuses that too will refuse the next.
    public func refused(_ token: Secret) -> Bool {
        let now = surroundings.now()
        guard let current, current.token == token else { return true }
        if let renewedAt, now - renewedAt < Self.refusalPause { return false }
        renewedAt = now
        self.current = nil
        return true
    }

    private func living(at now: Instant, else error: DCOSError) throws(DCOSError) -> Secret {
        guard let current, now < current.end else { throw error }
        return current.token
    }

    private func begin(at now: Instant) -> Task<Result<Secret, DCOSError>, Never> {
        let task = Task { self.finish(await self.login.send(at: now)) }
        underWay = task
        return task
    }

    private func finish(_ result: Result<String, DCOSError>) -> Result<Secret, DCOSError> {
        underWay = nil
        let now = surroundings.now()
        switch result {
        case .success(let text):
            let token = Secret(text)
            let life = min(
                max((UnverifiedToken(text)?.claims.end).map { $0 - now } ?? Self.longestLife, .zero),
                Self.longestLife
            )
            current = Current(
                token: token,
                renewal: now + max(Span(milliseconds: life.milliseconds / 10 * 9), Self.shortestLife),
                end: now + max(life, Self.shortestLife)
            )
            failure = nil
            return .success(token)
        case .failure(let error):
            note(error, at: now)
            return .failure(error)
        }
    }

    private func note(_ error: DCOSError, at now: Instant) {
        let count = (failure?.count ?? 0) + 1
        // Six doublings are past the longest.
        let ceiling = min(Self.firstPause.milliseconds << min(count - 1, 6), Self.longestPause.milliseconds)
        let pause = Span(milliseconds: ceiling / 2 + Int64(surroundings.draw() * Double(ceiling / 2)))
        failure = (error, count, now + pause)
    }
}
