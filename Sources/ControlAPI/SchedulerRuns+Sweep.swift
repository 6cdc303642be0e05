public import API
import Lifecycle
import Model
import Scheduler

extension SchedulerRuns {
    /// As it is now.
    public func sweepPlan() async -> SweepView {
        let state = await scheduler.state
        let now = clock()
        return SweepView(state.sweepPlan(at: now), at: now)
    }

    /// Safe to repeat: there is one list at a time.
    public func sweep() async -> Result<SweepView, APIRefusal> {
        if let obstacle = scheduler.obstacle { return .failure(.paused(obstacle)) }
        let asked = clock()
        switch await scheduler.sweep() {
        case .success: return .success(SweepView(await scheduler.state.sweepPlan(at: asked), at: asked))
        case .failure(let refusal): return .failure(APIRefusal(refusal))
        }
    }
}

extension SweepView {
    fileprivate init(_ plan: SweepPlan, at now: Instant) {
        self.init(
            at: Timestamp(now),
            listed: plan.listed.map(Timestamp.init),
            fault: plan.fault?.description,
            counts: Counts(plan.entries),
            entries: plan.entries.map(SweepEntryView.init)
        )
    }
}

extension SweepView.Counts {
    fileprivate init(_ entries: [SweepPlan.Entry]) {
        self.init()
        for entry in entries {
            switch (entry.kind, entry.action) {
            case (_, .nothing): foreign += 1
            case (.task, _): tasks += 1
            case _ where entry.isInNoLedger: orphans += 1
            case _ where entry.stuck != nil: stuck += 1
            case _ where !entry.isCondemned && entry.action != .delete: held += 1
            case (_, .wait): waiting += 1
            case (_, .keep), (_, .make), (_, .look), (_, .delete), (_, .end): deleting += 1
            }
        }
    }
}

extension SweepEntryView {
    fileprivate init(_ entry: SweepPlan.Entry) {
        self.init(
            name: entry.name,
            kind: entry.kind.rawValue,
            volume: entry.volume,
            run: entry.run,
            state: entry.state,
            action: entry.action.rawValue,
            why: entry.why,
            stuck: entry.stuck.map { stuck in
                StuckView(
                    since: Timestamp(stuck.since),
                    failures: stuck.failures,
                    cause: stuck.cause,
                    node: stuck.node,
                    host: stuck.host,
                    path: stuck.path,
                    advice: stuck.advice
                )
            }
        )
    }
}
