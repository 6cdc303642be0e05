public import API
import Lifecycle
public import Model
public import Scheduler
import Synchronization

/// The runs of a scheduler, as the API shows them.
public final class SchedulerRuns: RunService {
    let scheduler: Scheduler
    let sandboxes: (any SandboxPort)?
    let logGate = OutputGate(max: OutputGate.logsMax)
    let fileGate = OutputGate(max: OutputGate.filesMax)
    let clock: @Sendable () -> Instant
    private let standsIn: @Sendable () -> Bool
    /// The last answer to health, and since when it has been that.
    private let last = Mutex<(view: HealthView, since: Instant)?>(nil)

    /// Serves this scheduler.
    ///
    /// - Parameters:
    ///   - scheduler: asked anew for each answer.
    ///   - sandboxes: where its tasks' output is; nil where nobody can read it.
    ///   - clock: now.
    ///   - standsIn: true when the cluster is a local one, which every answer to health then says.
    public init(
        _ scheduler: Scheduler,
        sandboxes: (any SandboxPort)? = nil,
        clock: @escaping @Sendable () -> Instant,
        standsIn: @escaping @Sendable () -> Bool
    ) {
        self.scheduler = scheduler
        self.sandboxes = sandboxes
        self.clock = clock
        self.standsIn = standsIn
    }

    /// Durable when it answers.
    public func submit(_ request: RunRequest, by caller: Caller) async -> Submission {
        await submit(RunSpec(request, by: caller))
    }

    func submit(_ spec: RunSpec) async -> Submission {
        switch await scheduler.submit(spec) {
        case .success(let (run, isNew)):
            let view = RunView(run, in: await scheduler.state)
            return isNew ? .created(view) : .existing(view)
        case .failure(let refusal): return .refused(APIRefusal(refusal))
        }
    }

    /// As it is now.
    public func run(_ id: RunID) async -> RunView? {
        let state = await scheduler.state
        return state.runs[id].map { RunView($0, in: state) }
    }

    /// What is told is durable.
    public func watch(_ id: RunID) async -> (any RunViews)? {
        await scheduler.watch(id).map { WatchedRun(id: id, scheduler: scheduler, watch: $0) }
    }

    /// The youngest first; a page ends where its limit says.
    public func runs(_ query: RunsQuery) async -> RunList {
        let state = await scheduler.state
        func isBehind(_ run: Run, _ other: Run) -> Bool { (run.createdAt, run.id) < (other.createdAt, other.id) }
        // A cursor that is forgotten by now stands behind everything that is not.
        let cursor = query.after.flatMap { state.runs[$0] }
        if query.after != nil, cursor == nil { return RunList(runs: []) }
        let found = state.runs.values
            .filter { run in
                query.phase.map { $0.rawValue == run.phase.rawValue } ?? true
                    && query.source.map { $0 == run.spec.source } ?? true
                    && cursor.map { isBehind(run, $0) } ?? true
            }
            .sorted { isBehind($1, $0) }
        let page = found.prefix(query.limit).map { RunView($0, in: state) }
        return RunList(runs: page, next: found.count > page.count ? page.last?.id : nil)
    }

    /// Safe to repeat.
    public func release(_ id: RunID) async -> Result<RunView?, APIRefusal> {
        switch await scheduler.release(id) {
        case .success(let run?): return .success(RunView(run, in: await scheduler.state))
        case .success(nil): return .success(nil)
        case .failure(let refusal): return .failure(APIRefusal(refusal))
        }
    }

    /// Able to act when the master takes our calls and Portworx answered last.
    public func health() async -> HealthView {
        let state = await scheduler.state
        let now = clock()
        var obstacles: [String] = []
        if state.isFrameworkRemoved {
            obstacles.append(
                "framework_removed: \(SystemState.removalObstacle); "
                    + "'understudy reset-framework' begins anew once none of its tasks and copies is left"
            )
        } else if !state.subscribed {
            obstacles.append("not subscribed to the Mesos master")
        }
        if let fault = state.storageFault { obstacles.append("Portworx: \(fault)") }
        if state.nodesAt == nil, state.storageFault == nil { obstacles.append("Portworx has not answered yet") }
        let view = HealthView(
            subscribed: state.subscribed,
            // SQLite is locked by this very process, and a failed commit ends it: who answers leads and has its store.
            leader: true,
            store: true,
            portworx: state.storageFault == nil && state.nodesAt != nil,
            since: Timestamp(now),
            framework: state.isFrameworkRemoved ? .removed : state.subscribed ? .subscribed : .away,
            frameworkId: state.frameworkID,
            standIn: standsIn(),
            obstacle: obstacles.isEmpty ? nil : obstacles.joined(separator: "; "),
            strayTasks: state.straysCount,
            stuckCopies: state.stuckCopies(at: now)
        )
        return last.withLock { last in
            var dated = view
            let since = last.flatMap { $0.view.isLike(view) ? $0.since : nil } ?? now
            dated.since = Timestamp(since)
            last = (view, since)
            return dated
        }
    }
}

/// One run of a scheduler, as the API shows it.
private struct WatchedRun: RunViews {
    let id: RunID
    let scheduler: Scheduler
    let watch: RunWatch

    func next() async -> RunView? {
        guard await watch.next() else { return nil }
        let state = await scheduler.state
        return state.runs[id].map { RunView($0, in: state) }
    }

    func end() { watch.end() }
}

extension HealthView {
    /// True when all that it can do is the same.
    fileprivate func isLike(_ other: HealthView) -> Bool {
        subscribed == other.subscribed && leader == other.leader && store == other.store && portworx == other.portworx
            && framework == other.framework
    }
}
