public import API
import Lifecycle
public import Model
import Scheduler

extension SchedulerRuns {
    /// Ended runs in the list of plans: what somebody has just watched does not vanish while it is looked at.
    private static let endedPlansMax = 10
    /// The UI asks for each plan of the list, again and again.
    private static let activePlansMax = 200
    /// Offers come every few seconds: that a run waits for one is no news.
    private static let offerPatience = Span.seconds(30)

    /// As it is now.
    public func situation() async -> ServiceSituation {
        let health = await health()
        let state = await scheduler.state
        return state.situation(health, pause: scheduler.obstacle, patience: Self.offerPatience, at: clock())
    }

    /// As it is now.
    public func deployPlan() async -> PlanView {
        if let plan = await uninstallPlan() { return plan }
        return .deploy(await situation())
    }

    /// The youngest first, those that have not ended before those that have.
    public func plans() async -> [PlanView.Name] {
        let runs = await scheduler.state.runs.values.sorted { $1.listPlace < $0.listPlace }
        let active = runs.lazy.filter { $0.phase != .ended }.prefix(Self.activePlansMax)
        let ended = runs.lazy.filter { $0.phase == .ended }.prefix(Self.endedPlansMax)
        return [.deploy] + active.map { .run($0.id) } + ended.map { .run($0.id) }
    }

    /// As it is now.
    public func endpoints() async -> [RunID: ClusterEndpointView] {
        let state = await scheduler.state
        var endpoints: [RunID: ClusterEndpointView] = [:]
        for run in state.runs.values where run.phase.hasPod {
            endpoints[run.id] = ClusterEndpointView(run: RunView(run, in: state))
        }
        return endpoints
    }
}

extension SystemState {
    fileprivate func situation(
        _ health: HealthView,
        pause: String?,
        patience: Span,
        at now: Instant
    ) -> ServiceSituation {
        var situation = ServiceSituation(health: health, pause: pause, storageFault: storageFault.map { "\($0)" })
        situation.uninstall = uninstallation.map { $0.stage == .tornDown ? .over : .underWay }
        for run in runs.values.sorted(by: { $0.id < $1.id }) {
            switch run.phase {
            case .snapshotting: situation.snapshotting.append(run.id)
            case .cloning: situation.cloning.append(run.id)
            case .requested, .waiting:
                let why = explain(run, at: now)
                guard now - why.since >= patience, why.isForWantOfRoom else { continue }
                situation.starving.append(ServiceSituation.Starving(run: run.id, why: why.sentence))
            case .quiescing, .launching, .starting, .sealing, .ready, .testing, .ending, .ended: break
            }
        }
        return situation
    }
}

extension Explanation {
    /// True when others have what the run needs: no offer comes, or none of those that come has room.
    fileprivate var isForWantOfRoom: Bool {
        switch flow {
        case .starved: true
        case .flowing: reasons.contains { $0.reason.isForWantOfRoom }
        case .notNeeded, .unsubscribed, .frameworkRemoved, .outOfQuota, .suppressed: false
        }
    }
}

extension Refusal {
    fileprivate var isForWantOfRoom: Bool {
        switch self {
        case .cpus, .memory, .disk, .ports, .keptForElder: true
        case .noPortworx, .nodeUnhealthy, .agentAvoided, .notReplicaNode, .tier, .otherAgent, .ringIncomplete,
            .ringPorts, .otherBetter:
            false
        }
    }
}
