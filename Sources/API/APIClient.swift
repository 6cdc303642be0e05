public import HTTPTransport
public import Model

/// The scheduler's API, from the caller's side.
///
/// Holds no state but its connections; every call may be repeated, `submit` with the same key.
public struct APIClient: Sendable {
    /// Where an answer should come from the scheduler's memory, this is patience enough for a busy machine.
    public static let patience = Span.seconds(10)

    let addresses: APIAddresses
    let transport: any APITransport
    let credential: APICredential?
    let route: ServiceRoute?
    /// False for a caller that repeats by itself while there is no answer.
    var isPatient = true

    /// The addresses as given, without a slash at the end, with commas between them.
    public var url: String { addresses.all.joined(separator: ", ") }

    /// A client of one scheduler.
    ///
    /// - Parameters:
    ///   - url: `http://HOST[:PORT]` or `https://…`, with a path when the API is behind one; several with commas between
    ///     them, up to eight, where the scheduler may move: each call goes to the one that answered last, and on to the
    ///     next when there is no answer.
    ///   - http: shared, and shut down by ``shutdown()``.
    ///   - token: one of the scheduler's own; goes with every call, to these addresses alone; nil for a scheduler that
    ///     asks for none.
    /// - Throws: `api.bad_url`.
    public init(url: String, http: HTTPClient, token: Secret? = nil) throws(APIError) {
        try self.init(url: url, transport: CurlTransport(client: http), credential: token.map(APICredential.bearer))
    }

    /// A client of one scheduler behind DC/OS' Admin Router.
    ///
    /// - Parameters:
    ///   - cluster: the cluster's address, `https://HOST`.
    ///   - http: shared, and shut down by ``shutdown()``.
    ///   - token: the DC/OS token, for the router; nil for a cluster that asks for none.
    ///   - route: names the service; waits for the router where a call may be made again.
    /// - Throws: `api.bad_url`.
    public init(cluster: String, http: HTTPClient, token: Secret?, route: ServiceRoute) throws(APIError) {
        try self.init(
            url: try ServiceRoute.address(of: route.name, in: cluster),
            transport: CurlTransport(client: http),
            credential: token.map(APICredential.dcos),
            route: route
        )
    }

    init(
        url: String,
        transport: any APITransport,
        credential: APICredential? = nil,
        route: ServiceRoute? = nil
    ) throws(APIError) {
        addresses = try APIAddresses(url)
        self.transport = transport
        self.credential = credential
        self.route = route
    }

    /// For a caller that repeats by itself while there is no answer.
    var impatient: APIClient {
        var client = self
        client.isPatient = false
        return client
    }

    /// Closes every connection; no call may follow.
    public func shutdown() async { await transport.shutdown() }

    /// Asks for a run.
    ///
    /// - Parameters:
    ///   - request: with a key, the call may be repeated: it gives the same run.
    ///   - within: for the whole call.
    /// - Returns: the run, and whether it is new.
    /// - Throws: the refusal, `api.unreachable` or `api.bad_answer`.
    public func submit(
        _ request: RunRequest,
        within: Span = patience
    ) async throws(APIError) -> (run: RunView, created: Bool) {
        let body = try Self.body(request)
        let isRepeatable = request.key != nil
        let answer = try await send("POST", "/v1/runs", body: body, within: within, isRepeatable: isRepeatable)
        return (try decoded(answer, statuses: [200, 201]), answer.status == 201)
    }

    /// One run.
    ///
    /// - Throws: the refusal (404 when there is no such run), `api.unreachable` or `api.bad_answer`.
    public func run(_ id: RunID, within: Span = patience) async throws(APIError) -> RunView {
        try decoded(await send("GET", "/v1/runs/\(id)", within: within), statuses: [200])
    }

    /// One page of runs, the youngest first.
    ///
    /// - Throws: the refusal, `api.unreachable` or `api.bad_answer`.
    public func runs(_ query: RunsQuery = RunsQuery(), within: Span = patience) async throws(APIError) -> RunList {
        let suffix = query.text.isEmpty ? "" : "?\(query.text)"
        return try decoded(await send("GET", "/v1/runs\(suffix)", within: within), statuses: [200])
    }

    /// Releases a ready run, cancels any other; again: the same answer.
    ///
    /// - Throws: the refusal (404 when there is no such run), `api.unreachable` or `api.bad_answer`.
    public func release(_ id: RunID, within: Span = patience) async throws(APIError) -> RunView {
        try decoded(await send("DELETE", "/v1/runs/\(id)", within: within, isRepeatable: true), statuses: [202])
    }

    /// Keeps a run's clone and snapshot, from its end or, when it has ended, from now.
    ///
    /// - Throws: the refusal (404 when there is no such run, 409 when nothing is left), `api.unreachable` or
    ///   `api.bad_answer`.
    public func keep(_ id: RunID, for lease: Span) async throws(APIError) -> RunView {
        try await command(id, "keep", LeaseRequest(lease: lease), statuses: [200])
    }

    /// Lets a run's lease end so long from now.
    ///
    /// - Throws: as ``keep(_:for:)``.
    public func extend(_ id: RunID, by lease: Span) async throws(APIError) -> RunView {
        try await command(id, "extend", LeaseRequest(lease: lease), statuses: [200])
    }

    /// Gives a service run a fresh clone of its snapshot.
    ///
    /// - Throws: as ``keep(_:for:)``.
    public func reset(_ id: RunID) async throws(APIError) -> RunView {
        try decoded(
            await send("POST", "/v1/runs/\(id)/reset", body: Array("{}".utf8), within: Self.patience),
            statuses: [202]
        )
    }

    /// Boots the kept clone of an ended run again, as a service run of its own.
    ///
    /// - Throws: as ``keep(_:for:)``.
    public func open(_ id: RunID, _ request: OpenRequest) async throws(APIError) -> RunView {
        try await command(id, "open", request, statuses: [200, 201], isRepeatable: request.key != nil)
    }

    /// Why a run is where it is.
    ///
    /// - Throws: the refusal (404 when there is no such run), `api.unreachable` or `api.bad_answer`.
    public func explain(_ id: RunID) async throws(APIError) -> ExplanationView {
        try decoded(await send("GET", "/v1/runs/\(id)/explain", within: Self.patience), statuses: [200])
    }

    /// What a request would come to now; makes nothing.
    ///
    /// - Throws: the refusal of a malformed request, `api.unreachable` or `api.bad_answer`.
    public func forecast(_ request: RunRequest) async throws(APIError) -> ForecastView {
        try decoded(
            await send("POST", "/v1/forecast", body: try Self.body(request), within: Self.patience, isRepeatable: true),
            statuses: [200]
        )
    }

    /// The data sets that runs can be asked of.
    ///
    /// - Throws: `api.unreachable` or `api.bad_answer`.
    public func sources() async throws(APIError) -> SourceList {
        try decoded(await send("GET", "/v1/sources", within: Self.patience), statuses: [200])
    }

    /// Every copy that is not gone.
    ///
    /// - Throws: `api.unreachable` or `api.bad_answer`.
    public func snapshots() async throws(APIError) -> CopyList {
        try decoded(await send("GET", "/v1/snapshots", within: Self.patience), statuses: [200])
    }

    private func command<Value: Decodable>(
        _ id: RunID,
        _ verb: String,
        _ request: some Encodable,
        statuses: [Int],
        isRepeatable: Bool = false
    ) async throws(APIError) -> Value {
        let (path, body) = ("/v1/runs/\(id)/\(verb)", try Self.body(request))
        return try decoded(
            await send("POST", path, body: body, within: Self.patience, isRepeatable: isRepeatable),
            statuses: statuses
        )
    }

    private static func body(_ request: some Encodable) throws(APIError) -> [UInt8] {
        do {
            return try APIJSON.bytes(request)
        } catch {
            throw APIError(.invalid, .badValue, "a number that JSON cannot hold", field: "suite.cpus")
        }
    }

    /// Whether the scheduler can do its work; a scheduler that cannot answers too.
    ///
    /// - Throws: `api.unreachable` or `api.bad_answer`.
    public func health(within: Span = patience) async throws(APIError) -> HealthView {
        try decoded(await send("GET", "/v1/health", within: within), statuses: [200, 503])
    }

    /// Lets a scheduler whose framework the master has removed begin a new one.
    ///
    /// - Throws: the refusal (409 while it is not removed, or tasks or copies of it are left), `api.unreachable` or
    ///   `api.bad_answer`.
    public func resetFramework() async throws(APIError) -> HealthView {
        try decoded(
            await send("POST", "/v1/framework/reset", body: Array("{}".utf8), within: Self.patience),
            statuses: [202]
        )
    }

    // `isRepeatable`: whether it changes nothing when the call arrives twice; nil for what the method says.
    func send(
        _ method: String,
        _ path: String,
        body: [UInt8] = [],
        within: Span,
        isRepeatable: Bool? = nil
    ) async throws(APIError) -> APIAnswer {
        guard let route else { return try await sendOnce(method, path, body, within) }
        let isRepeatable = isRepeatable ?? (method == "GET")
        return try await route.answer(isRepeatable: isRepeatable, isPatient: isPatient) { () async throws(APIError) in
            try await sendOnce(method, path, body, within)
        }
    }

    private func sendOnce(
        _ method: String,
        _ path: String,
        _ body: [UInt8],
        _ within: Span
    ) async throws(APIError) -> APIAnswer {
        try await addresses.answer { (url) async throws(APIError) in
            let call = APICall(method: method, url: url + path, body: body, within: within, credential: credential)
            let answer = try await transport.send(call)
            if answer.status == 503 { try Self.refuseStandby(answer) }
            return answer
        }
    }

    /// A standby's refusal is no answer where another address may have one.
    private static func refuseStandby(_ answer: APIAnswer) throws(APIError) {
        let refusal = refusal(answer)
        if refusal.code == .standby { throw refusal }
    }

    func decoded<Value: Decodable>(_ answer: APIAnswer, statuses: [Int]) throws(APIError) -> Value {
        guard statuses.contains(answer.status) else { throw Self.refusal(answer) }
        do {
            return try APIJSON.read(answer.body, as: Value.self)
        } catch {
            throw APIError(
                .badAnswer,
                .badAnswer,
                "status \(answer.status) with a body that is not this API's: \(Self.excerpt(answer))"
            )
        }
    }

    static func refusal(_ answer: APIAnswer) -> APIError {
        guard answer.status >= 400 else {
            return APIError(.badAnswer, .badAnswer, "status \(answer.status) instead of an answer of this API")
        }
        do {
            let body = try APIJSON.read(answer.body, as: ErrorBody.self)
            return APIError(.refused(status: answer.status), .init(sent: body.code), body.message, field: body.field)
        } catch {
            let message = "status \(answer.status), not from the scheduler itself: \(excerpt(answer))"
            // A gateway in between says so when nobody stands behind it; anything else is another server altogether.
            let isGateway = [502, 503, 504].contains(answer.status)
            return APIError(isGateway ? .unreachable(mayHaveHappened: true) : .badAnswer, .badAnswer, message)
        }
    }

    private static func excerpt(_ answer: APIAnswer) -> String {
        printable(String(decoding: answer.body.prefix(200), as: UTF8.self), max: 200)
    }
}
