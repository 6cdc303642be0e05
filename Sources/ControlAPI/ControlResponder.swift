import API
import HTTPTypes
import Hummingbird
import Logging
import Model
import NIOCore

/// What Hummingbird tells about a request beside the request.
struct ControlContext: InitializableFromSource {
    let channel: any Channel

    /// Under which name the caller is counted.
    var client: String { ClientAddress.name(of: channel.remoteAddress) }

    init(source: ApplicationRequestContextSource) { channel = source.channel }
}

/// Turns a request into a question to the service, and what it says into an answer.
struct ControlResponder: Sendable {
    let service: any RunService
    let access: AccessGate
    let bodies: BodyGate
    let streams: EventStreams
    let helper: HelperFile?
    let logger: Logger
    var life = LifeProbe()

    /// Answers one request.
    ///
    /// - Parameters:
    ///   - request: its body has not been read.
    ///   - context: where it came from.
    ///   - desk: shows the page.
    /// - Returns: the answer.
    /// - Throws: the connection's own error when it breaks.
    func respond(to request: Request, context: ControlContext, showing desk: PageDesk) async throws -> Response {
        let target = (request.head.path ?? "").split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let route = target.first.flatMap(ControlRoute.init(path:))
        let method = request.method.rawValue
        var answer: ControlAnswer
        switch await access.caller(request.headers, for: route, from: context.client) {
        case .refused(let refused):
            answer = refused
            answer.closes = Self.hasBody(request)
        case .admitted(let grant):
            let query = target.count == 2 ? target[1] : ""
            let asked = (method: method, route: route, query: query)
            do {
                answer = try await self.answer(request, from: grant, asked, on: context.channel, desk)
            } catch let refusal as APIRefusal {
                // What is kept of a run that ended long ago cannot be read, whatever was asked of it.
                logger.error("a run cannot be shown", metadata: ["error.cause": "\(refusal.body.message)"])
                answer = Self.unread(request, refusal)
            }
        }
        if route?.isPage == true { answer = desk.readable(answer, at: route) }
        if method != "POST", method != "PUT", Self.hasBody(request) { answer.closes = true }
        logger.debug(
            "answered a request",
            metadata: [
                "http.method": "\(method.prefix(16))", "http.route": "\(route?.template ?? "none")",
                "http.status": "\(answer.status)",
            ]
        )
        return answer.response(to: request, on: context.channel)
    }

    static func hasBody(_ request: Request) -> Bool {
        request.headers[.transferEncoding] != nil || (request.headers[.contentLength] ?? "0") != "0"
    }

    private func answer(
        _ request: Request,
        from grant: AccessGrant,
        _ asked: (method: String, route: ControlRoute?, query: Substring),
        on channel: any Channel,
        _ desk: PageDesk
    ) async throws -> ControlAnswer {
        let (method, route, query) = asked
        let caller = grant.caller
        guard let route else {
            return Self.unread(
                request,
                APIRefusal(status: 404, code: "api.not_found", message: "there is no such path")
            )
        }
        guard route.methods.contains(method) else {
            let allowed = route.methods.joined(separator: ", ")
            let refusal = APIRefusal(status: 405, code: "api.method_not_allowed", message: "this path takes \(allowed)")
            var answer = Self.unread(request, refusal)
            answer.headers[.allow] = allowed
            return answer
        }
        if let refusal = AccessGate.forbidden(caller, route, method) { return Self.unread(request, refusal) }
        // Our page has no scripts, and its forms have tokens: a browser that sends an origin acts for somebody else's.
        if !route.isPage, !["GET", "HEAD"].contains(method), request.headers[.origin] != nil {
            let message = "a web page may not change anything here"
            return Self.unread(request, APIRefusal(status: 403, code: "api.cross_origin", message: message))
        }
        // Other services behind the same Admin Router are of the same origin: their scripts have our callers' cookies.
        if route != .pageStyle, let mode = request.headers[.secFetchMode], mode != "navigate" {
            let message = "a script of a web page may not read anything here"
            return Self.unread(request, APIRefusal(status: 403, code: "api.cross_origin", message: message))
        }
        switch route {
        case .runs: return try await method == "POST" ? submit(request, from: caller) : list(query)
        case .run(let id): return try await method == "DELETE" ? release(id) : show(id)
        case .log(let id): return await log(id, query)
        case .file(let id): return await file(id, query)
        case .command(let command, let id): return try await obey(command, id, request, from: caller)
        case .explain(let id):
            return try await service.explain(id).map { ControlAnswer(200, $0) } ?? unknown(id)
        case .forecast: return try await forecast(request, from: caller)
        case .sources: return await ControlAnswer(200, service.sources())
        case .source(let name):
            return try await method == "PUT" ? putSource(name, request) : removeSource(name)
        case .snapshots: return await ControlAnswer(200, service.copies())
        case .sweep:
            return try await method == "POST" ? sweep(request) : ControlAnswer(200, service.sweepPlan())
        case .events(let id): return try await events(of: id, request, for: grant, on: channel)
        case .frameworkReset: return try await resetFramework(request)
        case .login(let id): return try await login(id)
        case .helper(let sha256): return helper(sha256, request)
        case .uninstall: return try await uninstall(request)
        case .health: return await health()
        case .alive: return await alive()
        case .serviceStatus: return await serviceStatus()
        case .plans: return await plans()
        case .plan(let name): return try await plan(name)
        case .endpoints: return await endpoints()
        case .endpoint(let name): return await endpoint(name, on: channel)
        case .frameworkID: return await frameworkID()
        case .page: return try await overview(desk)
        case .runPage(let id): return try await page(of: id, for: caller, desk)
        case .pageRelease(let id): return try await pageRelease(id, request, from: caller, desk)
        case .pageStyle: return StatusPage.style
        }
    }

    private func login(_ id: RunID) async throws -> ControlAnswer {
        switch try await service.login(id) {
        case .success(let view): ControlAnswer(200, view)
        case .failure(let refusal): ControlAnswer(refusal)
        }
    }

    private func helper(_ sha256: String, _ request: Request) -> ControlAnswer {
        guard let helper, helper.sha256 == sha256 else {
            return Self.unread(
                request,
                APIRefusal(status: 404, code: "api.unknown_helper", message: "there is no helper of this SHA-256 here")
            )
        }
        return ControlAnswer(helper: helper, isHead: request.method == .head)
    }

    static func unread(_ request: Request, _ refusal: APIRefusal) -> ControlAnswer {
        var answer = ControlAnswer(refusal)
        answer.closes = hasBody(request)
        return answer
    }

    private func submit(_ request: Request, from caller: Caller) async throws -> ControlAnswer {
        try await reading(request, RunRequest.read) { await answer(service.submit($0, by: caller)) }
    }

    private func forecast(_ request: Request, from caller: Caller) async throws -> ControlAnswer {
        try await reading(request, RunRequest.read) { await ControlAnswer(200, service.forecast($0, by: caller)) }
    }

    private func obey(
        _ command: ControlRoute.Command,
        _ id: RunID,
        _ request: Request,
        from caller: Caller
    ) async throws -> ControlAnswer {
        switch command {
        case .keep:
            try await reading(request, LeaseRequest.read) { await order(.keep($0.lease), id, 200) }
        case .extend:
            try await reading(request, LeaseRequest.read) { await order(.extend($0.lease), id, 200) }
        case .open:
            try await reading(request, OpenRequest.read) { await answer(service.open(id, $0, by: caller)) }
        case .reset:
            try await reading(request, EmptyRequest.read) { _ in await order(.reset, id, 202) }
        }
    }

    private func order(_ order: RunOrder, _ id: RunID, _ status: Int) async -> ControlAnswer {
        switch await service.command(order, on: id) {
        case .success(let run): ControlAnswer(status, run)
        case .failure(let refusal): ControlAnswer(refusal)
        }
    }

    /// Reads the body, and the request in it, and answers; or says what is wrong with either.
    func reading<Value: Sendable>(
        _ request: Request,
        _ read: ([UInt8]) throws(APIError) -> Value,
        _ use: (Value) async -> ControlAnswer
    ) async throws -> ControlAnswer {
        do {
            return try await bodies.withBody(of: request) { bytes in
                let value: Value
                do throws(APIError) {
                    value = try read(bytes)
                } catch {
                    return ControlAnswer(error.code == .bodyTooLarge ? 413 : 400, error.body)
                }
                return await use(value)
            }
        } catch let refusal as APIRefusal {
            // The only refusals that come as errors are those of a body that was not read to its end.
            return Self.unread(request, refusal)
        }
    }

    private func answer(_ submission: Submission) -> ControlAnswer {
        switch submission {
        case .created(let run):
            var answer = ControlAnswer(201, run)
            answer.headers[.location] = "/v1/runs/\(run.id)"
            return answer
        case .existing(let run): return ControlAnswer(200, run)
        case .refused(let refusal): return ControlAnswer(refusal)
        }
    }

    private func list(_ text: Substring) async throws(APIRefusal) -> ControlAnswer {
        let query: RunsQuery
        do throws(APIError) { query = try RunsQuery.read(text) } catch { return ControlAnswer(400, error.body) }
        return ControlAnswer(200, try await service.runs(query))
    }

    private func show(_ id: RunID) async throws(APIRefusal) -> ControlAnswer {
        guard let run = try await service.run(id) else { return unknown(id) }
        return ControlAnswer(200, run)
    }

    private func log(_ id: RunID, _ text: Substring) async -> ControlAnswer {
        do throws(APIError) {
            switch await service.log(id, try LogQuery.read(text)) {
            case .success(let view): return ControlAnswer(200, view)
            case .failure(let refusal): return ControlAnswer(refusal)
            }
        } catch {
            return ControlAnswer(400, error.body)
        }
    }

    private func file(_ id: RunID, _ text: Substring) async -> ControlAnswer {
        do throws(APIError) {
            switch await service.file(id, path: try FileQuery.read(text).path) {
            case .success(let bytes): return ControlAnswer(file: bytes)
            case .failure(let refusal): return ControlAnswer(refusal)
            }
        } catch {
            return ControlAnswer(400, error.body)
        }
    }

    private func release(_ id: RunID) async -> ControlAnswer {
        switch await service.release(id) {
        case .success(let run?): return ControlAnswer(202, run)
        case .success(nil): return unknown(id)
        case .failure(let refusal): return ControlAnswer(refusal)
        }
    }

    func unknown(_ id: RunID) -> ControlAnswer {
        ControlAnswer(APIRefusal(status: 404, code: "api.unknown_run", message: "there is no run \(id)"))
    }

    private func resetFramework(_ request: Request) async throws -> ControlAnswer {
        try await reading(request, EmptyRequest.read) { _ in
            switch await service.resetFramework() {
            case .success(let health): ControlAnswer(202, health)
            case .failure(let refusal): ControlAnswer(refusal)
            }
        }
    }

    private func sweep(_ request: Request) async throws -> ControlAnswer {
        try await reading(request, EmptyRequest.read) { _ in
            switch await service.sweep() {
            case .success(let plan): ControlAnswer(202, plan)
            case .failure(let refusal): ControlAnswer(refusal)
            }
        }
    }

    private func health() async -> ControlAnswer {
        let health = await shownHealth()
        return ControlAnswer(health.isAbleToAct ? 200 : 503, health)
    }

    /// The service's, and who may call.
    func shownHealth() async -> HealthView {
        var health = await service.health()
        health.access = access.asksForTokens ? .tokens : .none
        health.refusedTokens = access.refusedTokens
        return health
    }
}

extension HTTPField.Name {
    /// In which way a browser asks; absent from all other callers.
    fileprivate static var secFetchMode: Self {
        guard let name = Self("Sec-Fetch-Mode") else { preconditionFailure("a constant that is a valid header name") }
        return name
    }
}
