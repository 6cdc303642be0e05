public import API
import Lifecycle
import Model
import Scheduler

/// The end of the installation, as the API begins and shows it.
extension SchedulerRuns {
    /// Safe to repeat.
    public func uninstall() async -> Result<PlanView, APIRefusal> {
        if let obstacle = scheduler.obstacle { return .failure(.paused(obstacle)) }
        let begun = await scheduler.uninstall(
            keepsCopies: options.uninstallKeepsCopies,
            patience: options.uninstallPatience
        )
        switch begun {
        case .success: return .success(await deployPlan())
        case .failure(let refusal): return .failure(APIRefusal(refusal))
        }
    }

    /// What an uninstallation has still to do; nil while there is none.
    func uninstallPlan() async -> PlanView? {
        let state = await scheduler.state
        guard let uninstallation = state.uninstallation else { return nil }
        return PlanView(
            uninstallation,
            state.remainder(at: clock()),
            isSubscribed: state.subscribed,
            isForgotten: await scheduler.hasForgotten
        )
    }
}

extension PlanView {
    /// Of what is waited for, so many are named.
    private static let namedMax = 5

    /// The plan `deploy` of a service that goes: complete when nothing of it is left, or what is left is listed.
    ///
    /// - Parameters:
    ///   - uninstallation: how far it is.
    ///   - rest: what it waits for.
    ///   - isSubscribed: whether the master can be asked.
    ///   - isForgotten: true once the state is gone.
    init(
        _ uninstallation: Uninstallation,
        _ rest: SystemState.Remainder,
        isSubscribed: Bool,
        isForgotten: Bool
    ) {
        let isClearing = uninstallation.stage == .clearing
        func step(_ name: String, _ names: [String], _ word: String) -> Step {
            guard isClearing, !names.isEmpty else { return Step(name, .complete) }
            let shown = names.prefix(Self.namedMax).joined(separator: ", ")
            let more = names.count > Self.namedMax ? " and \(names.count - Self.namedMax) more" : ""
            return Step(name, .started, "\(word) \(shown)\(more)")
        }
        let copies = step("copies", rest.copies.map(\.value), "waits for the end of")
        let unlisted = isClearing ? rest.unlisted : nil
        let list = unlisted.map { Step("list", .started, $0) } ?? Step("list", .complete)
        let (teardown, state): (Step, Step) =
            switch uninstallation.stage {
            case .clearing: (Step("framework", .pending), Step("state", .pending))
            case .tearingDown:
                (
                    Step("framework", .starting, isSubscribed ? "" : "waits for the Mesos master"),
                    Step("state", .pending)
                )
            case .tornDown: (Step("framework", .complete), Step("state", isForgotten ? .complete : .starting))
            }
        self.init(
            .deploy,
            errors: uninstallation.left.map { "left behind: \($0)" },
            phases: [
                ("end-runs", .parallel, [step("runs", rest.runs.map(\.value), "ends")]),
                ("kill-tasks", .parallel, [step("tasks", rest.tasks.map(\.value), "waits for the end of")]),
                ("delete-copies", .parallel, [copies, list]),
                ("deregister-service", .serial, [teardown, state]),
            ]
        )
    }
}
