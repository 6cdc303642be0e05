import Model

extension PlanView {
    /// A run's life as a plan: what it has been through, where it is, and what is to come.
    ///
    /// The steps have the names of the run's phases. One that fails, or is an error, says so at the step at which that
    /// came out, and is over as every other is. What a run with a result never came to is left out.
    public init(run: RunView) {
        let isWrong = run.result == .failed || run.result == .error
        self.init(
            .run(run.id),
            errors: isWrong ? [run.reason ?? run.result?.rawValue ?? ""] : [],
            phases: Self.order(run).map { phase in
                (phase.name, .serial, phase.steps.compactMap { Self.step($0, of: run) })
            }
        )
    }

    /// Every run has these; a service run has no `testing`, and only a suite's has.
    private static func order(_ run: RunView) -> [(name: String, steps: [Phase])] {
        [
            ("copy", [.requested, .quiescing, .snapshotting, .cloning]),
            ("task", [.waiting, .launching, .starting, .sealing]),
            ("use", run.service ? [.ready] : [.ready, .testing]),
            ("end", [.ending]),
        ]
    }

    private static func step(_ phase: Phase, of run: RunView) -> Step? {
        let entry = run.phases.last { $0.phase == phase }
        if phase == .ending { return end(of: run, entry) }
        // Whoever goes back to an earlier phase has the later ones before it once more.
        let place = run.phase.isActive ? run.phase : run.phases.last { $0.phase.isActive }?.phase ?? .requested
        if phase == place { return run.phase.isActive ? now(phase, run) : last(phase, run) }
        guard rank(phase) < rank(place) else { return run.phase.isActive ? Step(phase.rawValue, .pending) : nil }
        guard let entry else { return Step(phase.rawValue, .complete, "not needed") }
        return Step(phase.rawValue, .complete, entry.took.map { "took \($0)" } ?? "")
    }

    /// In the order in which a run that meets nothing enters them.
    private static func rank(_ phase: Phase) -> Int { Phase.allCases.firstIndex(of: phase) ?? 0 }

    /// Where it is.
    private static func now(_ phase: Phase, _ run: RunView) -> Step {
        switch phase {
        case .requested, .waiting: Step(phase.rawValue, .waiting, waits(run))
        case .quiescing, .snapshotting, .cloning, .launching, .starting, .sealing:
            Step(phase.rawValue, .starting, run.obstacle ?? "")
        case .ready, .testing, .ending, .ended:
            Step(phase.rawValue, .started, run.obstacle ?? place(of: run) ?? "")
        }
    }

    /// Where it was when its result came out.
    private static func last(_ phase: Phase, _ run: RunView) -> Step {
        let result = run.result.map(\.rawValue) ?? "ended"
        let message = run.reason.map { "\(result): \($0)" } ?? result
        let isWrong = run.result == .failed || run.result == .error
        return Step(phase.rawValue, isWrong ? .error : .complete, message)
    }

    private static func end(of run: RunView, _ entry: RunView.PhaseView?) -> Step? {
        switch run.phase {
        case .ended: Step(Phase.ending.rawValue, .complete, entry?.took.map { "took \($0)" } ?? "")
        case .ending:
            Step(Phase.ending.rawValue, .started, run.obstacle ?? "what is left of it is being removed")
        case .requested, .quiescing, .snapshotting, .cloning, .waiting, .launching, .starting, .sealing, .ready,
            .testing:
            Step(Phase.ending.rawValue, .pending)
        }
    }

    /// What it waits for, and why offers were not taken.
    private static func waits(_ run: RunView) -> String {
        let refusals = run.refusals.map { refusal in
            let offers = refusal.count == 1 ? "1 offer" : "\(refusal.count) offers"
            return "refused \(offers), \(refusal.reason)" + (refusal.example.map { ": \($0)" } ?? "")
        }
        let text = ([run.obstacle].compactMap { $0 } + refusals).joined(separator: "; ")
        return text.isEmpty ? "waits for an offer" : text
    }

    /// Where it answers.
    private static func place(of run: RunView) -> String? {
        ClusterEndpointView(run: run).map { "at \($0.address.joined(separator: ", "))" }
    }
}
