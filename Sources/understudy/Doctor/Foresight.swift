import Lifecycle
import Model

/// The scheduler's own judgement of what it would do with a run, on a state that is made of what was just read.
///
/// Nothing of it is kept, and nothing that it wants done is done.
struct Foresight: Sendable {
    /// What would become of a run that is asked for now.
    enum Outlook: Hashable, Sendable {
        /// Its copy would be made at once.
        case starts
        /// It would begin elsewhere than where its copy lies, after that node had its chance.
        case startsElsewhere(after: Span)
        /// It would end without anything made.
        case ends(reason: String)
        /// It would wait.
        case waits(sentence: String)
    }

    /// What is held for a suite that nobody has named yet: a request's defaults.
    private static let suite = RunSpec.Suite(image: "suite", command: "true")
    private static let run = RunID("doctor")

    private let state: SystemState
    private let readings: [SourceName: [Volume?]]
    private let offers: [Offer]
    private let now: Instant

    /// - Parameters:
    ///   - settings: as the scheduler's.
    ///   - sources: all of them.
    ///   - nodes: Portworx', as read.
    ///   - readings: the sources' volumes, in their order; of a source that could not be read, nothing.
    ///   - offers: one an agent, of what is free there.
    ///   - now: when all of it was read.
    init(
        _ settings: Settings,
        sources: [Source],
        nodes: [StorageNode],
        readings: [SourceName: [Volume?]],
        offers: [Offer],
        now: Instant
    ) {
        var state = SystemState(settings: settings, install: "doctor", sources: sources)
        let looks = sources.map { Event.look($0.name) }
        _ = state.step([.subscribed(FrameworkID("doctor")), .nodesRead(.success(nodes))] + looks, at: now)
        _ = state.step(Self.read(readings) + [.offers(offers)], at: now)
        self.state = state
        self.readings = readings
        self.offers = offers
        self.now = now
    }

    private static func read(_ readings: [SourceName: [Volume?]]) -> [Event] {
        readings.sorted { $0.key < $1.key }.map { .sourceRead($0.key, .success($0.value)) }
    }

    private func spec(_ source: SourceName) -> RunSpec { RunSpec(source: source, suite: Self.suite) }

    /// What one run of a source would come to.
    func forecast(_ source: SourceName) -> Forecast { state.forecast(spec(source), at: now) }

    /// What would become of one run of a source.
    func outlook(_ source: SourceName) -> Outlook {
        var trial = state
        if case .refused(let refusal) = trial.admit(spec(source)) { return .ends(reason: refusal.message) }
        _ = trial.step([.submitted(spec(source), as: Self.run), .offers(offers)], at: now)
        guard let run = trial.runs[Self.run] else { return .ends(reason: "it is not taken up") }
        if let reason = run.reason { return .ends(reason: reason) }
        if run.phase != .requested { return .starts }
        let sentence = trial.explain(run, at: now).sentence
        // The same cluster a little later: the nodes that hold the copy have had their chance by then.
        let patience = state.settings.replicaPatience
        let later = now + patience
        _ = trial.step(Self.read(readings) + [.offers(offers)], at: later)
        let phase = trial.runs[Self.run]?.phase ?? .requested
        return phase != .requested && phase.isActive ? .startsElsewhere(after: patience) : .waits(sentence: sentence)
    }
}
