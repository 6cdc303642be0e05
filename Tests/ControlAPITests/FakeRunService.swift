import API
import ControlAPI
import Model

/// Runs that never move, kept in memory; behaves as the protocol says.
actor FakeRunService: RunService {
    private var views: [RunView] = []
    private var isAbleToAct = true
    /// Who asked for a run, in that order.
    private(set) var callers: [Caller] = []
    /// Holds every submission until opened.
    private var gate: AsyncStream<Void>?
    /// How many submissions have come as far as the service.
    let arrivals: AsyncStream<Void>
    private let arrived: AsyncStream<Void>.Continuation

    init(gate: AsyncStream<Void>? = nil) {
        self.gate = gate
        (arrivals, arrived) = AsyncStream.makeStream()
    }

    var count: Int { views.count }

    func become(ableToAct: Bool) { isAbleToAct = ableToAct }

    func submit(_ request: RunRequest, by caller: Caller) async -> Submission {
        callers.append(caller)
        arrived.yield()
        if let gate {
            for await _ in gate {}
        }
        if let key = request.key, let known = views.first(where: { $0.key == key }) { return .existing(known) }
        guard request.source == SourceName("guestbook") else {
            let message = "there is no source \(request.source)"
            return .refused(
                APIRefusal(status: 422, code: "run.unknown_source", message: message, field: "source")
            )
        }
        let view = RunView(
            id: RunID("r\(views.count + 1)"),
            key: request.key,
            owner: caller.name,
            source: request.source,
            phase: .requested,
            tier: .init(wanted: .low),
            phases: [.init(phase: .requested, at: Timestamp(Instant(milliseconds: 1_000)), seconds: nil)],
            lease: .init(ends: Timestamp(Instant(milliseconds: 3_601_000)))
        )
        views.append(view)
        return .created(view)
    }

    func run(_ id: RunID) -> RunView? { views.first { $0.id == id } }

    func login(_ id: RunID) -> Result<LoginView, APIRefusal> {
        guard let view = run(id), let endpoint = view.endpoint else {
            return .failure(APIRefusal(status: 409, code: "run.not_ready", message: "run \(id) is not ready"))
        }
        return .success(LoginView(user: endpoint.user, password: "s3cret"))
    }

    private var watches: [RunID: [FakeViews]] = [:]

    func watch(_ id: RunID) -> (any RunViews)? {
        guard let view = run(id) else { return nil }
        let views = FakeViews(view)
        watches[id, default: []].append(views)
        return views
    }

    /// The run goes on.
    func change(_ id: RunID, _ body: @Sendable (inout RunView) -> Void) {
        guard let index = views.firstIndex(where: { $0.id == id }) else { return }
        body(&views[index])
        for watch in watches[id] ?? [] { watch.put(views[index]) }
    }

    /// The run enters a phase.
    func enter(_ phase: Phase, _ id: RunID = RunID("r1")) {
        change(id) { view in
            view.phase = phase
            let at = Timestamp(Instant(milliseconds: Int64(view.phases.count) * 1_000))
            view.phases.append(.init(phase: phase, at: at, seconds: nil))
        }
    }

    func runs(_ query: RunsQuery) -> RunList {
        var rest = Array(views.reversed()).filter { view in
            (query.phase.map { $0 == view.phase } ?? true) && (query.source.map { $0 == view.source } ?? true)
        }
        if let after = query.after { rest = Array(rest.drop { $0.id != after }.dropFirst()) }
        let page = Array(rest.prefix(query.limit))
        return RunList(runs: page, next: rest.count > page.count ? page.last?.id : nil)
    }

    func release(_ id: RunID) -> Result<RunView?, APIRefusal> {
        guard let index = views.firstIndex(where: { $0.id == id }) else { return .success(nil) }
        views[index].phase = .ending
        views[index].result = .cancelled
        return .success(views[index])
    }

    /// Every task of every run says this.
    static let words = "é says the task\n"

    func log(_ id: RunID, _ query: LogQuery) -> Result<LogView, APIRefusal> {
        guard run(id) != nil else { return .failure(APIRefusal(status: 404, code: "api.unknown_run", message: "no")) }
        let bytes = Array(Self.words.utf8.dropFirst(Int(query.offset)).prefix(query.limit))
        let text = "\(query.task) \(query.stream): " + String(decoding: bytes, as: UTF8.self)
        return .success(
            LogView(attempt: query.attempt, data: text, offset: query.offset, next: query.offset + Int64(bytes.count))
        )
    }

    func file(_ id: RunID, path: String) -> Result<[UInt8], APIRefusal> {
        path == "out/a b%é.xml"
            ? .success(Array("<testsuite/>".utf8))
            : .failure(APIRefusal(status: 404, code: "run.no_file", message: "there is no file \(path)"))
    }

    func command(_ order: RunOrder, on id: RunID) -> Result<RunView, APIRefusal> {
        guard let view = run(id) else {
            return .failure(APIRefusal(status: 404, code: "api.unknown_run", message: "there is no run \(id)"))
        }
        if case .reset = order {
            return .failure(APIRefusal(status: 409, code: "run.not_ready", message: "these runs never move"))
        }
        return .success(view)
    }

    func open(_ id: RunID, _ request: OpenRequest, by caller: Caller) -> Submission {
        .refused(APIRefusal(status: 409, code: "run.not_ended", message: "these runs never move"))
    }

    func explain(_ id: RunID) -> ExplanationView? {
        run(id).map {
            ExplanationView(
                id: id,
                sentence: "these runs never move",
                phase: $0.phase,
                since: Timestamp(Instant(milliseconds: 0)),
                flow: "starved"
            )
        }
    }

    func forecast(_ request: RunRequest, by caller: Caller) -> ForecastView {
        ForecastView(holds: ForecastView.Holding(copies: ["snapshot", "clone"], cpus: 1, memoryMB: 512, ports: 1))
    }

    func sources() -> SourceList { SourceList(sources: []) }

    func copies() -> CopyList { CopyList(snapshots: []) }

    func sweepPlan() -> SweepView { SweepView(at: Timestamp(Instant(milliseconds: 0))) }

    func sweep() -> Result<SweepView, APIRefusal> { .success(sweepPlan()) }

    func resetFramework() async -> Result<HealthView, APIRefusal> {
        guard !isAbleToAct else {
            return .failure(APIRefusal(status: 409, code: "framework.not_removed", message: "it is not removed"))
        }
        return .success(await health())
    }

    /// Holds every answer to health until opened.
    private var healthGate: AsyncStream<Void>?
    private(set) var healthAsked = 0
    private var frameworkID: FrameworkID?

    func hang(until gate: AsyncStream<Void>?) { healthGate = gate }

    func subscribe(as id: FrameworkID?) { frameworkID = id }

    func health() async -> HealthView {
        healthAsked += 1
        if let healthGate {
            for await _ in healthGate {}
        }
        return HealthView(
            subscribed: isAbleToAct,
            leader: true,
            store: true,
            portworx: true,
            since: Timestamp(Instant(milliseconds: 0)),
            frameworkId: frameworkID,
            standIn: true
        )
    }

    // MARK: what the cluster's tools ask

    private var scripted: ServiceSituation?

    func become(_ situation: ServiceSituation) { scripted = situation }

    func situation() async -> ServiceSituation {
        if let scripted { return scripted }
        return ServiceSituation(health: await health())
    }

    func deployPlan() async -> PlanView { .deploy(await situation()) }

    func plans() -> [PlanView.Name] { [.deploy] + views.map { .run($0.id) } }

    func endpoints() -> [RunID: ClusterEndpointView] {
        Dictionary(
            uniqueKeysWithValues: views.compactMap { view in
                ClusterEndpointView(run: view).map { (view.id, $0) }
            }
        )
    }

    nonisolated var advertised: String? { nil }

    // MARK: what operators change

    /// Sources that were given, by name, as they came.
    private(set) var given: [SourceName: [UInt8]] = [:]

    func putSource(_ name: SourceName, _ body: [UInt8]) -> Result<SourceView, APIRefusal> {
        given[name] = body
        let none = SourceView.QuotaView(used: 0, limit: 1)
        return .success(
            SourceView(
                name: name,
                volumes: ["v"],
                image: "cassandra:3.11",
                tier: .low,
                copy: "in-place",
                requiresTier: false,
                lease: .hours(1),
                leaseMax: .hours(8),
                runs: none,
                snapshots: none
            )
        )
    }

    func removeSource(_ name: SourceName) -> Result<Void, APIRefusal> {
        guard given.removeValue(forKey: name) != nil else {
            return .failure(APIRefusal(status: 404, code: "source.unknown", message: "there is no source \(name)"))
        }
        return .success(())
    }

    func uninstall() async -> Result<PlanView, APIRefusal> {
        scripted = ServiceSituation(health: await health(), uninstall: .underWay, pause: "it ends")
        return .success(await deployPlan())
    }
}
