public import API
public import Lifecycle
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
    let logins: RunLogins
    let options: Options
    /// The last answer to health, and since when it has been that.
    private let last = Mutex<(view: HealthView, since: Instant)?>(nil)

    /// What it is configured with.
    public struct Options: Sendable {
        /// Where others reach this API, `HOST:PORT`; nil when nobody has said.
        public var advertised: String?
        /// What an uninstallation that the API begins leaves.
        public var uninstallKeepsCopies: Bool
        /// How long it waits for what does not go away.
        public var uninstallPatience: Span
        /// Reads the mask at an address; at most as large as a mask may be.
        public var readMask: @Sendable (_ address: String) async -> Result<String, ReadFault>
        /// Why there is no subscription, for people; nil when that is not known.
        public var masterFault: @Sendable () -> String?

        /// Wraps all of it; without a reader no source with a mask is taken.
        public init(
            advertised: String? = nil,
            uninstallKeepsCopies: Bool = false,
            uninstallPatience: Span = .minutes(15),
            readMask: @escaping @Sendable (_ address: String) async -> Result<String, ReadFault> = { _ in
                .failure(ReadFault(Fault(code: "source.mask", message: "nobody reads masks here", transient: false)))
            },
            masterFault: @escaping @Sendable () -> String? = { nil }
        ) {
            self.advertised = advertised
            self.uninstallKeepsCopies = uninstallKeepsCopies
            self.uninstallPatience = uninstallPatience
            self.readMask = readMask
            self.masterFault = masterFault
        }
    }

    /// Serves this scheduler.
    ///
    /// - Parameters:
    ///   - scheduler: asked anew for each answer.
    ///   - options: what it is configured with.
    ///   - logins: where passwords come from.
    ///   - sandboxes: where its tasks' output is; nil where nobody can read it.
    ///   - clock: now.
    ///   - standsIn: true when the cluster is a local one, which every answer to health then says.
    public init(
        _ scheduler: Scheduler,
        options: Options = Options(),
        logins: RunLogins,
        sandboxes: (any SandboxPort)? = nil,
        clock: @escaping @Sendable () -> Instant,
        standsIn: @escaping @Sendable () -> Bool
    ) {
        self.scheduler = scheduler
        self.options = options
        self.logins = logins
        self.sandboxes = sandboxes
        self.clock = clock
        self.standsIn = standsIn
    }

    /// As configured.
    public var advertised: String? { options.advertised }

    /// Durable when it answers.
    public func submit(_ request: RunRequest, by caller: Caller) async -> Submission {
        await submit(RunSpec(request, by: caller))
    }

    func submit(_ spec: RunSpec) async -> Submission {
        if let obstacle = scheduler.obstacle { return .refused(.paused(obstacle)) }
        let result: Result<(run: Run, isNew: Bool), AdmissionRefusal>
        do throws(SchedulerError) { result = try await scheduler.submit(spec) } catch {
            return .refused(.unreadable(error))
        }
        switch result {
        case .success(let (run, isNew)):
            let view = RunView(run, in: await scheduler.state)
            return isNew ? .created(view) : .existing(view)
        case .failure(let refusal): return .refused(APIRefusal(refusal))
        }
    }

    /// As it is now.
    public func run(_ id: RunID) async throws(APIRefusal) -> RunView? {
        guard let run = try await find(id) else { return nil }
        return RunView(run, in: await scheduler.state)
    }

    func find(_ id: RunID) async throws(APIRefusal) -> Run? {
        do throws(SchedulerError) { return try await scheduler.run(id) } catch { throw .unreadable(error) }
    }

    /// What is told is durable.
    public func watch(_ id: RunID) async throws(APIRefusal) -> (any RunViews)? {
        if let watch = await scheduler.watch(id) { return WatchedRun(id: id, scheduler: scheduler, watch: watch) }
        return try await run(id).map(EndedRunViews.init)
    }

    /// Safe to repeat.
    public func release(_ id: RunID) async -> Result<RunView?, APIRefusal> {
        if let obstacle = scheduler.obstacle { return .failure(.paused(obstacle)) }
        let result: Result<Run?, AdmissionRefusal>
        do throws(SchedulerError) { result = try await scheduler.release(id) } catch {
            return .failure(.unreadable(error))
        }
        switch result {
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
            let why = options.masterFault().map { ": \($0.prefix(500))" } ?? ""
            obstacles.append("not subscribed to the Mesos master\(why)")
        }
        // What was heard last still stands in the state.
        let isOver = state.uninstallation?.stage == .tornDown
        let isSubscribed = state.subscribed && !isOver
        if state.isUninstalling {
            obstacles.append(isOver ? "Understudy has been uninstalled" : SystemState.uninstallWord)
        }
        let pause = scheduler.obstacle
        if let pause { obstacles.append(pause) }
        if let fault = state.storageFault { obstacles.append("Portworx: \(fault)") }
        if state.nodesAt == nil, state.storageFault == nil { obstacles.append("Portworx has not answered yet") }
        let view = HealthView(
            subscribed: isSubscribed,
            // Whoever answers leads; a commit that fails ends the process, one that gets no answer waits.
            leader: true,
            store: pause == nil,
            portworx: state.storageFault == nil && state.nodesAt != nil,
            since: Timestamp(now),
            framework: state.isFrameworkRemoved || isOver ? .removed : isSubscribed ? .subscribed : .away,
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
