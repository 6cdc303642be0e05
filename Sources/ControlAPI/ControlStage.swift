import API
import HTTPTypes
import Hummingbird
import Model
import Synchronization

/// Why a scheduler does not act: another one does, or nobody knows yet.
public struct Standby: Hashable, Sendable {
    /// For people: who acts, as far as that is known.
    public var obstacle: String
    /// True when the store can be reached.
    public var store: Bool

    /// Wraps both.
    public init(obstacle: String, store: Bool) {
        self.obstacle = obstacle
        self.store = store
    }
}

/// Who answers: a scheduler's runs, or a standby that refuses every call but those about itself.
final class ControlStage: HTTPResponder {
    typealias Context = ControlContext

    private struct State {
        var responder: ControlResponder?
        var standby: Standby
        var since: Instant
    }

    private let state: Mutex<State>
    private let access: AccessGate
    private let now: @Sendable () -> Instant
    private let desk: PageDesk

    /// - Throws: `control_api.bad_page`.
    init(
        _ standby: Standby,
        access: AccessGate,
        now: @escaping @Sendable () -> Instant
    ) throws(ControlAPIError) {
        desk = try PageDesk(now: now)
        state = Mutex(State(responder: nil, standby: standby, since: now()))
        self.access = access
        self.now = now
    }

    func lead(_ responder: ControlResponder) { state.withLock { $0.responder = responder } }

    func standBy(_ standby: Standby) {
        let now = now()
        state.withLock { state in
            if state.standby.store != standby.store { state.since = now }
            state.standby = standby
        }
    }

    func respond(to request: Request, context: ControlContext) async throws -> Response {
        let (responder, standby, since) = state.withLock { ($0.responder, $0.standby, $0.since) }
        if let responder { return try await responder.respond(to: request, context: context, showing: desk) }
        let route = ControlRoute(path: (request.head.path ?? "").prefix { $0 != "?" })
        let looks = ["GET", "HEAD"].contains(request.method.rawValue)
        let said = looks ? route.flatMap { aboutItself($0, standby, since) } : nil
        var answer = said ?? ControlResponder.unread(request, .standby(standby))
        if route?.isPage == true { answer = desk.readable(answer, at: route) }
        return answer.response(to: request, on: context.channel)
    }

    /// What a standby answers; nil for all that it refuses.
    private func aboutItself(_ route: ControlRoute, _ standby: Standby, _ since: Instant) -> ControlAnswer? {
        switch route {
        case .health: ControlAnswer(503, health(standby, since))
        case .alive: ControlAnswer(200, AliveView(alive: true, role: .standby))
        case .serviceStatus: ControlAnswer(ServiceStatus(standby: standby.obstacle))
        case .plans: ControlAnswer(200, [PlanView.Name.deploy.description])
        case .plan(.deploy): ControlAnswer(PlanView.deploy(standby: standby.obstacle))
        case .pageStyle: StatusPage.style
        case .runs, .run, .log, .file, .command, .explain, .events, .login, .helper, .forecast, .sources, .source,
            .snapshots, .sweep, .frameworkReset, .uninstall, .plan(.run(_)), .endpoints, .endpoint, .frameworkID, .page,
            .runPage, .pageRelease:
            nil
        }
    }

    private func health(_ standby: Standby, _ since: Instant) -> HealthView {
        HealthView(
            subscribed: false,
            leader: false,
            store: standby.store,
            portworx: false,
            since: Timestamp(since),
            obstacle: standby.obstacle,
            access: access.asksForTokens ? .tokens : .none,
            refusedTokens: access.refusedTokens
        )
    }
}

extension APIRefusal {
    /// Another scheduler acts, or will: nothing has happened.
    static func standby(_ standby: Standby) -> APIRefusal {
        APIRefusal(status: 503, code: "api.standby", message: standby.obstacle)
    }

    /// This one acts, and cannot now: nothing has happened.
    static func paused(_ obstacle: String) -> APIRefusal {
        APIRefusal(status: 503, code: "api.paused", message: obstacle)
    }
}
