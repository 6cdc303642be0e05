import Model
import Testing

@testable import Lifecycle
@testable import Simulation

/// The words that stories are told in.
extension World {
    func run(_ id: String) -> Run? { state.runs[RunID(id)] }
    func phase(_ id: String) -> Phase? { run(id)?.phase }
    func phases(_ id: String) -> [Phase] { run(id)?.phases.map(\.phase) ?? [] }
    func copy(_ name: String) -> Copy? { state.copies[CopyName("understudy-\(name)")] }
    /// What the sweep's plan says of a copy of ours.
    func planned(_ name: String) -> SweepPlan.Entry? { entry("understudy-\(name)") }
    /// What the sweep's plan says of anything.
    func entry(_ name: String) -> SweepPlan.Entry? { state.sweepPlan(at: now).entries.first { $0.name == name } }
    func stuck(_ name: String) -> StuckCopy? { planned(name)?.stuck }
    /// The pods of a run as they really are, in order.
    func pods(of id: String) -> [Pod] {
        pods.values.filter { $0.run == RunID(id) }.sorted { $0.attempt < $1.attempt }
    }

    mutating func submit(_ id: String, _ spec: RunSpec = Fixture.spec()) {
        frame([.submitted(spec, as: RunID(id))])
    }

    mutating func release(_ id: String) { frame([.release(RunID(id))]) }

    /// The next so many calls of this kind come to this.
    mutating func order(_ fate: CallFate, times: Int = 1, of matches: @escaping @Sendable (Effect) -> Bool) {
        orders.append(Order(fate: fate, times: times, matches: matches))
    }

    mutating func play(for span: Span, every step: Span = .seconds(1), location: SourceLocation = #_sourceLocation) {
        let end = now + span
        while now < end { advance(to: min(end, now + step)) }
        report(location)
    }

    mutating func play(
        until condition: (World) -> Bool,
        within span: Span = .minutes(15),
        every step: Span = .seconds(1),
        location: SourceLocation = #_sourceLocation
    ) {
        let end = now + span
        while !condition(self), now < end { advance(to: now + step) }
        if !condition(self) {
            let runs = state.runs.values.map { "\($0.id) \($0.phase) \($0.reason ?? $0.obstacle ?? "")" }
            Issue.record("it did not come to that within \(span): \(runs.sorted())", sourceLocation: location)
        }
        report(location)
    }

    mutating func play(until id: String, _ phase: Phase, location: SourceLocation = #_sourceLocation) {
        play(until: { $0.phase(id) == phase }, location: location)
    }

    private func report(_ location: SourceLocation) {
        for violation in checks.violations { Issue.record("\(violation)", sourceLocation: location) }
    }
}

extension SystemState {
    /// Explains a run that is part of it; nil when there is none of this id.
    func explain(_ id: RunID, at now: Instant) -> Explanation? { runs[id].map { explain($0, at: now) } }
}
