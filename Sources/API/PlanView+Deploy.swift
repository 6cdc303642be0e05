extension PlanView {
    /// How far a scheduler that leads is with what it needs before it can act.
    ///
    /// It is as things are now: what is lost after it was there is waited for again.
    ///
    /// - Parameter situation: how the scheduler stands.
    /// - Returns: one phase, `scheduler`, with the steps `state`, `subscribe` and `storage`.
    public static func deploy(_ situation: ServiceSituation) -> PlanView {
        let health = situation.health
        let state = situation.pause.map { Step("state", .waiting, $0) } ?? Step("state", .complete, "the state is open")
        let subscribe =
            switch health.framework {
            case .subscribed:
                Step("subscribe", .complete, "subscribed" + (health.frameworkId.map { " as \($0)" } ?? ""))
            case .away: Step("subscribe", .starting, "waits for the Mesos master to take our subscription")
            case .removed:
                Step(
                    "subscribe",
                    .waiting,
                    "the Mesos master has removed our framework; 'understudy reset-framework' begins anew once none of "
                        + "its tasks and copies is left"
                )
            }
        let storage =
            if let fault = situation.storageFault {
                Step("storage", .waiting, "Portworx: \(fault)")
            } else if health.portworx {
                Step("storage", .complete, "Portworx answers")
            } else {
                Step("storage", .starting, "waits for the first answer of Portworx")
            }
        let wrong = [state, subscribe, storage].filter { $0.status == .waiting }.map(\.message)
        return PlanView(.deploy, errors: wrong, phases: [("scheduler", .parallel, [state, subscribe, storage])])
    }

    /// How far a scheduler is that waits for its turn.
    ///
    /// - Parameter obstacle: who leads, as far as that is known.
    /// - Returns: one phase, `scheduler`, none of whose steps is complete.
    public static func deploy(standby obstacle: String) -> PlanView {
        PlanView(
            .deploy,
            phases: [
                (
                    "scheduler", .serial,
                    [Step("state", .waiting, obstacle), Step("subscribe", .pending), Step("storage", .pending)]
                )
            ]
        )
    }
}
