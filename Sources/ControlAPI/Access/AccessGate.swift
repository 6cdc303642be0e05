import API
import HTTPTypes
import Logging
import Model
import Synchronization

/// Time, as the gate meets it.
struct AccessClock: Sendable {
    /// On a clock that never jumps; its origin does not matter.
    var now: @Sendable () -> Instant
    /// Waits, or throws when the task is cancelled.
    var sleep: @Sendable (Span) async throws -> Void

    /// The real one.
    static let monotonic = AccessClock(
        now: monotonicNow,
        sleep: { try await Task.sleep(for: $0.duration) }
    )
}

/// Decides who a caller is, and holds wrong tokens back.
final class AccessGate: Sendable {
    /// Who asks, or what to answer instead.
    enum Decision: Sendable {
        case admitted(AccessGrant)
        case refused(ControlAnswer)
    }

    private struct State {
        var wrong: WrongTokens
        /// When a line about wrong tokens may be logged again.
        var nextLine: Instant?
    }

    /// Between two lines about wrong tokens: a log is no place for a flood.
    private static let linePause = Span.seconds(1)

    /// Nobody's grant lasts longer without a look: of a stream that stays open.
    private static let personLife = Span.hours(1)

    private let tokens: TokenFile?
    private let users: UserAccess?
    private let clock: AccessClock
    private let logger: Logger
    private let state: Mutex<State>

    /// - Parameters:
    ///   - tokens: ours; nil for none.
    ///   - users: the cluster's people; nil for none. With neither everybody is let in.
    ///   - logger: is told about wrong tokens, never what they were.
    ///   - limits: for wrong ones.
    ///   - clock: time.
    init(
        tokens: TokenFile?,
        users: UserAccess? = nil,
        logger: Logger,
        limits: WrongTokens.Limits = WrongTokens.Limits(),
        clock: AccessClock = .monotonic
    ) {
        self.tokens = tokens
        self.users = users
        self.logger = logger
        self.clock = clock
        state = Mutex(State(wrong: WrongTokens(limits: limits)))
    }

    /// True when callers need tokens.
    var asksForTokens: Bool { tokens != nil || users != nil }

    /// Wrong ones so far.
    var refusedTokens: Int { state.withLock { $0.wrong.count } }

    /// Finds out who asks; the answer to a wrong token takes its time.
    ///
    /// - Parameters:
    ///   - headers: the request's.
    ///   - route: nil for a path that leads nowhere, of which a stranger is told nothing.
    ///   - client: the caller's address.
    /// - Returns: who it is, or what to answer.
    func caller(
        _ headers: HTTPFields,
        for route: ControlRoute?,
        from client: @autoclosure () -> String
    ) async -> Decision {
        guard asksForTokens, route?.isOpen != true else { return .admitted(.anyone) }
        switch Bearer(headers) {
        case .absent:
            return .refused(Self.unauthorized("this needs a token: Authorization: Bearer TOKEN"))
        case .malformed: return .refused(await wrong(client()))
        case .token(let bytes):
            if let tokens, let grant = AccessGrant(token: bytes, in: tokens) { return .admitted(grant) }
            return .refused(await wrong(client()))
        case .person(let token): return await person(token, from: client())
        }
    }

    private func person(_ token: Secret, from client: String) async -> Decision {
        guard let users else {
            return .refused(
                Self.unauthorized(
                    "this scheduler knows no DC/OS users (--users), and needs a token of its own: Authorization: Bearer TOKEN"
                )
            )
        }
        let refusal: APIRefusal
        switch await users.directory.user(presenting: token) {
        case .user(let name, let life):
            if let role = users.roles.role(of: name) {
                let end = clock.now() + min(life, Self.personLife)
                return .admitted(AccessGrant(person: Caller(name: name, role: role), until: end, now: clock.now))
            }
            refusal = APIRefusal(
                status: 403,
                code: APIError.Code.forbidden.description,
                message: "\(name) has no role here: --users (the package's api.users) gives one"
            )
        case .unknown: return .refused(await wrong(client))
        case .unavailable(let why):
            refusal = APIRefusal(
                status: 503,
                code: "api.users_unavailable",
                message: "whose token this is cannot be found out now: \(why)"
            )
        }
        return .refused(ControlAnswer(refusal))
    }

    /// What a caller is told whose role is too small; nil when it is not.
    static func forbidden(_ caller: Caller, _ route: ControlRoute, _ method: String) -> APIRefusal? {
        guard let needed = route.role(for: method), caller.role < needed else { return nil }
        return APIRefusal(
            status: 403,
            code: APIError.Code.forbidden.description,
            message: "this needs a token of role \(needed.rawValue); that of \(caller.name ?? "this caller") has "
                + "role \(caller.role.rawValue)"
        )
    }

    private func wrong(_ client: String) async -> ControlAnswer {
        let now = clock.now()
        let (verdict, count, isLine) = state.withLock { state in
            let verdict = state.wrong.note(client, at: now)
            let isLine = state.nextLine.map { $0 <= now } ?? true
            if isLine { state.nextLine = now + Self.linePause }
            return (verdict, state.wrong.count, isLine)
        }
        if isLine {
            logger.warning(
                "refused a wrong token",
                metadata: ["http.client": "\(client)", "access.refused": "\(count)"]
            )
        }
        switch verdict {
        case .hold(let delay):
            // Cancelled only when the server stops: then the answer comes at once.
            try? await clock.sleep(delay)
            state.withLock { $0.wrong.answered(client) }
            return Self.unauthorized("this token is none of those that are good here now")
        case .tooMany:
            return tooMany
        }
    }

    private var tooMany: ControlAnswer {
        let seconds = state.withLock { $0.wrong.limits.delayMax }.milliseconds / 1_000
        var answer = ControlAnswer(
            APIRefusal(
                status: 429,
                code: "api.too_many_wrong_tokens",
                message: "too many wrong tokens; try again later"
            )
        )
        answer.headers[.retryAfter] = "\(max(seconds, 1))"
        return answer
    }

    private static func unauthorized(_ message: String) -> ControlAnswer {
        var answer = ControlAnswer(
            APIRefusal(status: 401, code: APIError.Code.unauthorized.description, message: message)
        )
        answer.headers[.wwwAuthenticate] = "Bearer"
        return answer
    }
}
