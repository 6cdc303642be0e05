public import API
public import Model

/// What the server asks of whoever owns the runs; implemented by the composition root.
public protocol RunService: Sendable {
    /// Takes a request that is well-formed; answers once it is durable.
    ///
    /// - Parameters:
    ///   - request: as it was read.
    ///   - caller: whose run it will be, and how many such may be under way.
    /// - Returns: the run, or why there is none.
    func submit(_ request: RunRequest, by caller: Caller) async -> Submission
    /// One run as it stands; nil when there is none of this id.
    ///
    /// - Throws: as every call here does that may ask for a run that ended long ago: when what is kept of it cannot be
    ///   read.
    func run(_ id: RunID) async throws(APIRefusal) -> RunView?
    /// One page of runs, the youngest first.
    func runs(_ query: RunsQuery) async throws(APIRefusal) -> RunList
    /// What becomes of one run; nil when there is none of this id.
    func watch(_ id: RunID) async throws(APIRefusal) -> (any RunViews)?
    /// Releases a ready run, cancels any other that has no result; changes nothing when repeated.
    ///
    /// - Returns: the run as it stands then, durably; nil when there is none of this id.
    func release(_ id: RunID) async -> Result<RunView?, APIRefusal>
    /// Does what is wanted of a run; answers once it is durable.
    func command(_ command: RunOrder, on id: RunID) async -> Result<RunView, APIRefusal>
    /// Boots the kept clone of an ended run again; answers once it is durable.
    func open(_ id: RunID, _ request: OpenRequest, by caller: Caller) async -> Submission
    /// The login of a run that is ready.
    ///
    /// - Returns: refused while it is not, and where nobody needs one.
    func login(_ id: RunID) async throws(APIRefusal) -> Result<LoginView, APIRefusal>
    /// Why a run is where it is; nil when there is none of this id.
    func explain(_ id: RunID) async throws(APIRefusal) -> ExplanationView?
    /// What a request would come to now.
    func forecast(_ request: RunRequest, by caller: Caller) async -> ForecastView
    /// The data sets that runs can be asked of, by name.
    func sources() async -> SourceList
    /// Every copy that is not gone, by name.
    func copies() async -> CopyList
    /// What the sweep would do now, and why; changes nothing.
    func sweepPlan() async -> SweepView
    /// Has volumes listed at once; what follows from the list shows in ``sweepPlan()`` once it is there.
    ///
    /// - Returns: the plan before it; its `listed` is earlier than its `at`.
    func sweep() async -> Result<SweepView, APIRefusal>
    /// A part of what one of a run's tasks said.
    func log(_ id: RunID, _ query: LogQuery) async -> Result<LogView, APIRefusal>
    /// A file of its suite's sandbox, of at most ``FileQuery/bytesMax`` bytes; the path is checked.
    func file(_ id: RunID, path: String) async -> Result<[UInt8], APIRefusal>
    /// Forgets a framework that the master has removed, and begins a new one; answers once that is durable.
    ///
    /// - Returns: how the scheduler is then; refused while the framework is not removed, or anything of it is left.
    func resetFramework() async -> Result<HealthView, APIRefusal>
    /// How the scheduler is.
    func health() async -> HealthView
    /// How it is and what it is busy with, for the cluster's own tools.
    func situation() async -> ServiceSituation
    /// The plan `deploy`: what the scheduler still needs before it can act or, once it is being uninstalled, what still
    /// has to go; that one is over, with status 200, when nothing of it is left.
    func deployPlan() async -> PlanView
    /// The plans that are worth a look: `deploy`, runs that have not ended, and some that ended of late.
    func plans() async -> [PlanView.Name]
    /// Where runs answer that may be used now.
    func endpoints() async -> [RunID: ClusterEndpointView]
    /// Where others reach this API, `HOST:PORT`; nil when nobody has said.
    var advertised: String? { get }
    /// Takes in a source, in place of the one of this name that was given before; answers once that is durable.
    ///
    /// - Parameters:
    ///   - name: as the path has it, which the document has to have too.
    ///   - body: one source's document, not read yet, of at most ``SourceLimits/documentBytesMax`` bytes.
    /// - Returns: the source as it is listed then.
    func putSource(_ name: SourceName, _ body: [UInt8]) async -> Result<SourceView, APIRefusal>
    /// Takes a source away that was given over the API; answers once that is durable.
    func removeSource(_ name: SourceName) async -> Result<Void, APIRefusal>
    /// Begins the end of this installation, which cannot be taken back; answers once that is durable.
    ///
    /// - Returns: the plan `deploy` as it is then; the same again while it goes on.
    func uninstall() async -> Result<PlanView, APIRefusal>
}

/// What a source over the API may be.
public enum SourceLimits {
    /// A source takes some 600 bytes; its mask is elsewhere.
    public static let documentBytesMax = 64 * 1_024
}

/// What can be wanted of a run that is there.
public enum RunOrder: Hashable, Sendable {
    /// Its copies, for so long after its end.
    case keep(Span)
    /// A lease that ends so long from now.
    case extend(Span)
    /// A fresh clone.
    case reset
}

/// The newest view of one run, as often as it changes.
public protocol RunViews: Sendable {
    /// What has changed since the last call, or will next; at first, how the run stands.
    ///
    /// One reader at a time.
    ///
    /// - Returns: nil when the task is cancelled, which loses nothing, and at the end.
    func next() async -> RunView?
    /// Nothing more is wanted: ``next()`` gives what it has, then nil.
    func end()
}

/// How a request for a run was answered.
public enum Submission: Hashable, Sendable {
    /// A new run: 201.
    case created(RunView)
    /// The run that has this key: 200.
    case existing(RunView)
    /// No run, and nothing has changed.
    case refused(APIRefusal)
}

/// An answer that is no success.
public struct APIRefusal: Error, Hashable, Sendable {
    /// 4xx, or 503 when the scheduler cannot act now; anything else is sent as 500.
    public var status: Int
    /// What the caller is told.
    public var body: ErrorBody

    /// Wraps both.
    public init(status: Int, body: ErrorBody) {
        self.status = (400...499).contains(status) || status == 503 ? status : 500
        self.body = body
    }

    /// The usual form.
    ///
    /// - Parameters:
    ///   - status: 4xx or 503.
    ///   - code: stable, `module.snake_case`.
    ///   - message: for people.
    ///   - field: the path of the field at fault.
    public init(status: Int, code: String, message: String, field: String? = nil) {
        self.init(status: status, body: ErrorBody(code: code, message: message, field: field))
    }
}
