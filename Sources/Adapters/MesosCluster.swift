import Cassandra
public import Lifecycle
public import Logging
public import Mesos
public import Model
public import Scheduler
import Synchronization

/// The scheduler's port to Mesos, over the v1 scheduler API.
public final class MesosCluster: ClusterPort {
    /// In bytes: what travels in a task's environment.
    public static let maskBytesMax = BootOrder.maskBytesMax

    private let client: MesosClient
    private let helper: @Sendable () async -> Helper?
    private let logins: RunLogins
    private let masks: [SourceName: String]
    private let logger: Logger
    private let lastFault = Mutex<Fault?>(nil)

    /// Speaks through this client; nothing is sent before ``run(for:)`` subscribes.
    ///
    /// - Parameters:
    ///   - client: of one master.
    ///   - helper: that every task is run in; asked at each launch, nil while nobody could fetch it.
    ///   - logins: where passwords come from.
    ///   - masks: the operators' CQL, by source.
    ///   - logger: for what is nobody's answer.
    public init(
        _ client: MesosClient,
        helper: @escaping @Sendable () async -> Helper?,
        logins: RunLogins,
        masks: [SourceName: String] = [:],
        logger: Logger
    ) {
        self.client = client
        self.helper = helper
        self.logins = logins
        self.masks = masks
        self.logger = logger
    }

    /// Why there is no subscription; nil while there is one, and before the first attempt has failed.
    public var fault: Fault? { lastFault.withLock { $0 } }

    /// Keeps the subscription up and hands its events to the scheduler, one at a time: the stream waits for it.
    ///
    /// A framework that the master has removed is no end: nobody subscribes then before it is reset.
    ///
    /// - Throws: only what ends this process: see ``MesosError/fatal``. Returns when its task is cancelled.
    public func run(for scheduler: Scheduler) async throws(MesosError) {
        while !Task.isCancelled {
            do throws(MesosError) {
                let state = await scheduler.state
                let known = state.frameworkID
                // Nobody becomes a framework in order to be taken down, or comes back after that.
                if state.isUninstalling, known == nil || state.uninstallation?.stage == .tornDown { return }
                try await client.run(frameworkID: known) { event in
                    await self.take(event, scheduler)
                }
            } catch {
                guard error.fatal == .frameworkRemoved else { throw error }
                guard await scheduler.handle(.frameworkRemoved), await isReset(scheduler) else { return }
                client.forgetFramework()
            }
        }
    }

    /// Waits until the removed framework is forgotten; false when cancelled before.
    private func isReset(_ scheduler: Scheduler) async -> Bool {
        while await scheduler.state.isFrameworkRemoved {
            do { try await Task.sleep(for: .milliseconds(250)) } catch { return false }
        }
        return !Task.isCancelled
    }

    private func take(_ event: SubscriptionEvent, _ scheduler: Scheduler) async {
        switch event {
        case .connected(let subscription, _, let master):
            logger.notice(
                "subscribed",
                metadata: [
                    "mesos.framework": "\(subscription.frameworkID)", "mesos.master": "\(master)",
                    "mesos.version": "\(subscription.masterVersion ?? "")",
                ]
            )
            lastFault.withLock { $0 = nil }
            _ = await scheduler.handle(.subscribed(subscription.frameworkID))
        case .event(let event): await take(event, scheduler)
        case .undecodable(let fault): warn("an event of the master could not be read", fault)
        case .disconnected(let fault):
            warn("the subscription is gone", fault)
            _ = await scheduler.handle(.disconnected)
        case .retrying(let wait, let attempt, let fault):
            lastFault.withLock { $0 = fault }
            // Once per cause, not per attempt: the 1st, 2nd, 4th, 8th, …
            guard attempt & (attempt - 1) == 0 else { return }
            logger.warning(
                "subscribing again",
                metadata: [
                    "retry.after": "\(wait)", "retry.attempt": "\(attempt)", "error.code": "\(fault.code)",
                    "error.cause": "\(fault.message)",
                ]
            )
        }
    }

    private func take(_ event: SchedulerEvent, _ scheduler: Scheduler) async {
        switch event {
        case .offers(let offers, let undecodable):
            await giveBack(undecodable)
            _ = await scheduler.handle(.offers(offers))
        case .update(let update): _ = await scheduler.handle(.update(update))
        case .failure(let agent, let executor, let status):
            _ = await scheduler.handle(.failure(agent: agent, executor: executor, status: status))
        case .error(let message):
            logger.error("the master reports an error", metadata: ["error.cause": "\(message)"])
        // Offers are answered as they come, so none is held that could be rescinded.
        case .rescind, .heartbeat, .subscribed: break
        case .message(let agent, _, let bytes):
            logger.debug("a message of an executor", metadata: ["mesos.agent": "\(agent)", "bytes": "\(bytes.count)"])
        case .unknown(let type): logger.debug("an event of a type we do not use", metadata: ["mesos.type": "\(type)"])
        }
    }

    /// An offer that cannot be read is still held for us: it has to go back.
    private func giveBack(_ offers: [SchedulerEvent.UndecodableOffer]) async {
        guard let first = offers.first else { return }
        warn("an offer could not be read", first.fault)
        let ids = offers.compactMap(\.id)
        if !ids.isEmpty { report("decline", await decline(ids, refuse: .minutes(5))) }
    }

    private func warn(_ message: Logger.Message, _ fault: Fault) {
        logger.warning(message, metadata: ["error.code": "\(fault.code)", "error.cause": "\(fault.message)"])
    }

    private func report(_ call: String, _ outcome: Outcome<Void>) {
        switch outcome {
        case .done: break
        case .refused(let fault), .unknown(let fault): warn("a call to the master did not end well: \(call)", fault)
        }
    }

    // MARK: calls

    /// One LAUNCH_GROUP; what the offers hold beyond it stays away for a moment.
    public func launch(_ order: LaunchOrder) async -> Outcome<Void> {
        guard let helper = await helper() else {
            let message = "the helper cannot be fetched: this scheduler does not listen"
            return .refused(Fault(code: "pod.helper", message: message, transient: true))
        }
        let pod: PodPlan
        switch PodBuilder(helper: helper, logins: logins, masks: masks).pod(order) {
        case .failure(let failure): return .refused(failure.fault)
        case .success(let made): pod = made
        }
        return await client.send(.accept(offers: order.offers, pod: pod, refuse: order.settings.refuseWaiting))
    }

    /// One LAUNCH of one task.
    public func flush(_ order: FlushOrder) async -> Outcome<Void> {
        guard let agent = order.flush.agent, let task = PodBuilder.flush(order) else {
            return .refused(Fault(code: "flush.no_place", message: "the flush has no place", transient: false))
        }
        let refuse = order.settings.refuseWaiting
        return await client.send(.acceptTask(offers: order.offers, task: task, agentID: agent, refuse: refuse))
    }

    /// One DECLINE for all of them.
    public func decline(_ offers: [OfferID], refuse: Span) async -> Outcome<Void> {
        await client.send(.decline(offers: offers, refuse: refuse))
    }

    /// REVIVE.
    public func revive() async -> Outcome<Void> { await client.send(.revive) }

    /// SUPPRESS.
    public func suppress() async -> Outcome<Void> { await client.send(.suppress) }

    /// KILL.
    public func kill(_ task: TaskID, on agent: AgentID?, grace: Span) async -> Outcome<Void> {
        await client.send(.kill(task, agent, grace: grace))
    }

    /// An explicit RECONCILE.
    public func reconcile(_ questions: [Effect.TaskQuestion]) async -> Outcome<Void> {
        await client.send(.reconcile(questions.map { SchedulerCall.Question($0.task, on: $0.agent) }))
    }

    /// TEARDOWN.
    public func teardown() async -> Outcome<Void> { await client.send(.teardown) }

    /// ACKNOWLEDGE; without a uuid or an agent there is nothing to take note of.
    public func acknowledge(_ update: TaskUpdate) async {
        guard let uuid = update.uuid, let agent = update.agentID else { return }
        report("acknowledge", await client.send(.acknowledge(update.taskID, agent, uuid: uuid)))
    }
}
