public import Lifecycle
public import Logging
public import Model
public import StateStore

/// The shell around ``FrameLoop``: collects events, commits each frame, then acts.
///
/// One call of ``run()`` at a time; everything else may be called from anywhere while it runs.
public actor Scheduler {
    /// What comes in: an event, and who waits until it is durable.
    private struct Arrival {
        let event: Event
        let durable: CheckedContinuation<Bool, Never>?
    }

    /// Events of one frame: many updates share one commit, while nobody waits long for a frame to end.
    private static let frameEventsMax = 256
    /// How often time itself is an event while anything is under way.
    private static let busyTick = Duration.milliseconds(250)
    /// The same while nothing is.
    private static let idleTick = Duration.seconds(5)

    private var loop: FrameLoop
    /// The state of the last frame that is durable: nobody is told of more.
    private var durable: SystemState
    private let feed = RunFeed()
    let store: any StateStore
    let epoch: Int64
    /// True once an uninstallation has taken all state back.
    public internal(set) var hasForgotten = false
    /// Whether anything may be started now.
    private nonisolated let leadership: any Leadership
    private let cluster: any ClusterPort
    private let volumes: any VolumePort
    let sandboxes: (any SandboxPort)?
    private let clock: @Sendable () -> Instant
    private var random: any RandomNumberGenerator & Sendable
    private let logger: Logger

    private var arrivals: [Arrival] = []
    private var waiter: CheckedContinuation<Void, Never>?
    private var stopping = false

    /// Begins with what the store held.
    ///
    /// - Parameters:
    ///   - state: loaded from `store` under `epoch`.
    ///   - store: where every frame is committed.
    ///   - epoch: as the store gave it.
    ///   - leadership: asked before anything is decided, and before anything is started.
    ///   - cluster: Mesos.
    ///   - volumes: Portworx.
    ///   - sandboxes: the agents; nil where nobody can read them, which a failed run's output then says.
    ///   - clock: now.
    ///   - random: for the ids of runs.
    ///   - logger: for what the core notes.
    public init(
        _ state: SystemState,
        store: any StateStore,
        epoch: Int64,
        leadership: any Leadership = SoleLeadership(),
        cluster: any ClusterPort,
        volumes: any VolumePort,
        sandboxes: (any SandboxPort)? = nil,
        clock: @escaping @Sendable () -> Instant,
        random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(),
        logger: Logger
    ) {
        self.loop = FrameLoop(state)
        self.durable = state
        self.store = store
        self.epoch = epoch
        self.leadership = leadership
        self.cluster = cluster
        self.volumes = volumes
        self.sandboxes = sandboxes
        self.clock = clock
        self.random = random
        self.logger = logger
    }

    /// What keeps it from acting at all, for people; nil when nothing does.
    public nonisolated var obstacle: String? { leadership.obstacle }

    /// All that is durable now; a copy that never changes.
    public var state: SystemState { durable }

    /// Watches a run that is not in the archive; nil when there is none such of this id.
    public func watch(_ id: RunID) -> RunWatch? {
        durable.runs[id] == nil ? nil : feed.watch(id, in: durable)
    }

    /// Works until ``stop()``, or until an uninstallation has taken the framework down.
    ///
    /// After a stop runs go on: nothing is killed and nothing torn down.
    ///
    /// - Throws: `scheduler.store` or `scheduler.fenced` when a commit fails; nothing has followed from that frame.
    public func run() async throws(SchedulerError) {
        guard durable.uninstallation?.stage != .tornDown else { return }
        let failure = await withDiscardingTaskGroup(returning: SchedulerError?.self) { group in
            group.addTask { await self.tick() }
            var failure: SchedulerError?
            do throws(SchedulerError) {
                while let batch = await nextBatch() {
                    try await process(batch, in: &group)
                    // Nothing comes after that: whoever runs it forgets the state.
                    if durable.uninstallation?.stage == .tornDown { break }
                }
            } catch {
                failure = error
            }
            // Calls under way are cut off: a restart looks at what became of them.
            end()
            group.cancelAll()
            return failure
        }
        if let failure { throw failure }
    }

    /// Ends ``run()`` after the frame that is under way.
    public func stop() {
        stopping = true
        wake()
    }

    /// Hands an event over and waits until it is durable; false when the scheduler has stopped before.
    public func handle(_ event: Event) async -> Bool {
        guard !stopping else { return false }
        return await withCheckedContinuation { continuation in
            arrivals.append(Arrival(event: event, durable: continuation))
            wake()
        }
    }

    /// Asks for a run; the answer is durable.
    ///
    /// - Throws: as ``run(_:)`` does, when the run that has this key is in the archive.
    public func submit(
        _ spec: RunSpec
    ) async throws(SchedulerError) -> Result<(run: Run, isNew: Bool), AdmissionRefusal> {
        do throws(AdmissionRefusal) { try Records.admit(spec) } catch { return .failure(error) }
        switch loop.state.admit(spec) {
        case .existing(let id):
            // It may be in the frame that is being committed: then that has to succeed first.
            if !durable.knows(id), !(await handle(.tick)) { return .failure(.stopping) }
            guard let run = try await run(id) else { return .failure(.stopping) }
            return .success((run, false))
        case .refused(let refusal): return .failure(refusal)
        case .new: break
        }
        let id = newRunID()
        guard await handle(.submitted(spec, as: id)) else { return .failure(.stopping) }
        // Somebody else may have come first with the same key.
        let holder = spec.key.flatMap { durable.run(withKey: $0) }
        if let run = try await run(holder ?? id) { return .success((run, run.id == id)) }
        // Something has come first that it cannot be let in beside.
        guard case .refused(let refusal) = loop.state.admit(spec) else { return .failure(.stopping) }
        return .failure(refusal)
    }

    /// Gives a run back, or cancels it; nil when there is none of this id.
    ///
    /// - Throws: as ``run(_:)`` does.
    public func release(_ id: RunID) async throws(SchedulerError) -> Result<Run?, AdmissionRefusal> {
        guard let run = try await run(id) else { return .success(nil) }
        guard run.phase.isActive else { return .success(run) }
        guard await handle(.release(id)) else { return .failure(.stopping) }
        return .success(try await self.run(id))
    }

    /// Does what is wanted of a run; the answer is durable.
    public func obey(_ command: RunCommand, _ id: RunID) async -> Result<Run, AdmissionRefusal> {
        do throws(AdmissionRefusal) {
            try loop.state.admit(command, for: id)
        } catch {
            return .failure(error)
        }
        guard await handle(.command(command, id)), let run = durable.runs[id] else { return .failure(.stopping) }
        return .success(run)
    }

    /// What a request would come to now; waits for offers and readings for a moment when there are none of late.
    public func forecast(_ spec: RunSpec) async -> Forecast {
        let asked = clock()
        let patience = loop.state.settings.lookPatience
        guard await handle(.look(spec.source)) else { return loop.state.forecast(spec, at: clock()) }
        func isKnown() -> Bool {
            let state = loop.state
            guard state.sources[spec.source] != nil, state.subscribed else { return true }
            let hasOffers = state.offersAt.map { $0 >= asked } ?? false
            return hasOffers && state.nodesAt != nil && state.readings[spec.source] != nil
        }
        while !isKnown(), clock() - asked < patience, !stopping, !Task.isCancelled {
            // Cancellation ends the wait, and what is known by then is the answer.
            try? await Task.sleep(for: .milliseconds(50))
        }
        return loop.state.forecast(spec, at: clock())
    }

    /// `[a-z0-9]`, 10 characters: about 51 bits, so that ids of a year's runs do not meet.
    private func newRunID() -> RunID {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        while true {
            var generator = random
            let id = RunID(String((0..<10).map { _ in alphabet[Int(generator.next() % 36)] }))
            random = generator
            if !loop.state.knows(id) { return id }
        }
    }

    // MARK: frames

    private func wake() {
        waiter?.resume()
        waiter = nil
    }

    private func nextBatch() async -> [Arrival]? {
        while arrivals.isEmpty, !stopping {
            await withCheckedContinuation { waiter = $0 }
        }
        guard !stopping else { return nil }
        let batch = Array(arrivals.prefix(Self.frameEventsMax))
        arrivals.removeFirst(batch.count)
        return batch
    }

    private func process(
        _ batch: [Arrival],
        in group: inout DiscardingTaskGroup
    ) async throws(SchedulerError) {
        do throws(SchedulerError) {
            // What is decided now is done now: it must not be found out later that nothing may be done.
            guard await leadership.mayAct() else { throw .lost }
            var frame = try loop.frame(batch.map(\.event), at: clock())
            while let step = frame.next() {
                switch step {
                case .commit(let changes): try frame.committed(await commit(changes))
                case .tell: tell(frame, batch)
                case .act(let effect): group.addTask { await self.perform(effect) }
                case .acknowledge(let update): group.addTask { await self.acknowledge(update) }
                }
            }
        } catch {
            for arrival in batch { arrival.durable?.resume(returning: false) }
            throw error
        }
    }

    private func commit(_ changes: [StateChange]) async -> Result<Int64, StateStoreError> {
        do throws(StateStoreError) {
            return .success(try await store.commit(changes, epoch: epoch))
        } catch {
            return .failure(error)
        }
    }

    private func tell(_ frame: FrameLoop.Frame, _ batch: [Arrival]) {
        durable = loop.state
        feed.publish(frame.changedRuns, in: durable)
        frame.notes.forEach(log)
        for arrival in batch { arrival.durable?.resume(returning: true) }
    }

    private func end() {
        stopping = true
        for arrival in arrivals { arrival.durable?.resume(returning: false) }
        arrivals = []
        feed.end()
    }

    private nonisolated func tick() async {
        while !Task.isCancelled {
            let isBusy = await isBusy
            do {
                try await Task.sleep(for: isBusy ? Self.busyTick : Self.idleTick)
            } catch {
                return
            }
            guard await handle(.tick) else { return }
        }
    }

    private var isBusy: Bool { loop.state.isBusy }

    private func log(_ note: Note) {
        let level: Logger.Level =
            switch note.level {
            case .info: .info
            case .warning: .warning
            case .error: .error
            }
        var metadata: Logger.Metadata = [:]
        for field in note.fields where !field.value.isEmpty { metadata[field.name] = .string(field.value) }
        logger.log(level: level, "\(note.message)", metadata: metadata)
    }

    // MARK: effects

    private func acknowledge(_ update: TaskUpdate) async {
        guard await leadership.mayAct() else { return }
        await cluster.acknowledge(update)
    }

    private func perform(_ effect: Effect) async {
        // The commit may have waited for long. When nothing may be done any more, the next frame ends the scheduler.
        guard await leadership.mayAct(), let answer = await call(effect) else { return }
        _ = await handle(answer)
    }

    /// In this order; one that cannot be read leaves all unread.
    private func readVolumes(named names: [String]) async -> Result<[Volume?], ReadFault> {
        var found: [Volume?] = []
        for name in names {
            switch await volumes.volume(named: name) {
            case .success(let volume): found.append(volume)
            case .failure(let fault): return .failure(fault)
            }
        }
        return .success(found)
    }

    /// Does it, and says what came of it.
    private func call(_ effect: Effect) async -> Event? {
        switch effect {
        case .revive: return .called(effect.key, await cluster.revive())
        case .suppress: return .called(effect.key, await cluster.suppress())
        case .reconcile(let questions): return .called(effect.key, await cluster.reconcile(questions))
        case .teardown: return .called(effect.key, await cluster.teardown())
        case .decline(let offers, let refuse): return .called(effect.key, await cluster.decline(offers, refuse: refuse))
        case .kill(let task, let agent, let grace):
            return .called(effect.key, await cluster.kill(task, on: agent, grace: grace))
        case .launch(let id, let number, let offers):
            guard let run = loop.state.runs[id], let attempt = run.attempts.first(where: { $0.number == number }) else {
                return nil
            }
            let order = LaunchOrder(
                run: run,
                attempt: attempt,
                offers: offers,
                settings: loop.state.settings,
                mask: loop.state.givenSources[run.spec.source]?.mask,
                install: loop.state.install
            )
            return .called(effect.key, await cluster.launch(order))
        case .flush(let id, let number, let offers):
            guard let run = loop.state.runs[id], let flush = run.flush?.first(where: { $0.number == number }) else {
                return nil
            }
            let order = FlushOrder(run: run, flush: flush, offers: offers, settings: loop.state.settings)
            return .called(effect.key, await cluster.flush(order))
        case .readNodes: return .nodesRead(await volumes.nodes())
        case .readSource(let name, let names): return .sourceRead(name, await readVolumes(named: names))
        case .create(let name, let kind, let parent, let labels):
            return .created(name, await volumes.create(name, kind, of: parent, labels: labels))
        case .adopt(let name, let parent, let labels):
            return .found(name, await volumes.adopt(name, of: parent, labels: labels))
        case .find(let name): return .found(name, await volumes.volume(named: name.value))
        case .inspect(let name, let id): return .inspected(name, await volumes.inspect(id))
        case .delete(let name, let id): return .deleted(name, await volumes.delete(id))
        case .list(let install): return .listed(await volumes.volumes(install: install))
        case .readSeal(let id, let number): return await readSeal(id, attempt: number)
        case .readOutput(let id, let number): return await readOutput(id, attempt: number)
        }
    }
}

extension SchedulerError {
    fileprivate static var lost: Self {
        SchedulerError(.fenced, "the right to act on the state is over: another scheduler may have it by now")
    }
}

extension AdmissionRefusal {
    /// The scheduler has stopped before the request was durable.
    static var stopping: Self {
        AdmissionRefusal(.stopping, "run.stopping", "the scheduler is stopping; ask again")
    }
}
