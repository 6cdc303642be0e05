/// A plan as the DC/OS UI's Plans tab reads one: phases of steps, each with a status.
///
/// - Source: dcos/dcos-ui, plugins/services/src/js/data/ServicePlansClient.ts and types/ServicePlanStatus.ts.
public struct PlanView: Hashable, Codable, Sendable {
    /// The words that every version of the UI knows; any other breaks its whole tab.
    public enum Status: String, Hashable, Codable, Sendable, CaseIterable {
        /// It did not come to what was wanted, and is over.
        case error = "ERROR"
        /// Something has to happen elsewhere first; the message says what.
        case waiting = "WAITING"
        /// Its turn has not come.
        case pending = "PENDING"
        /// It is about to begin.
        case prepared = "PREPARED"
        /// It has been begun, and has not shown itself yet.
        case starting = "STARTING"
        /// It is there, and goes on.
        case started = "STARTED"
        /// It is done.
        case complete = "COMPLETE"
        /// Some of its parts are done.
        case inProgress = "IN_PROGRESS"
    }

    /// One thing of a plan that is done or not.
    public struct StepView: Hashable, Codable, Sendable {
        /// `PLAN.PHASE.STEP`, the same in every answer.
        public var id: String
        /// Its own, within the phase.
        public var name: String
        /// How far it is.
        public var status: Status
        /// For people: what it waits for, or what came of it; empty when there is nothing to say.
        public var message: String
    }

    /// Steps that belong together.
    public struct PhaseView: Hashable, Codable, Sendable {
        /// `PLAN.PHASE`, the same in every answer.
        public var id: String
        /// Its own, within the plan.
        public var name: String
        /// What its steps' come to.
        public var status: Status
        /// How its steps follow each other.
        public var strategy: Strategy
        /// In order.
        public var steps: [StepView]
    }

    /// How parts follow each other.
    public enum Strategy: String, Hashable, Codable, Sendable, CaseIterable {
        /// Each after the one before it.
        case serial
        /// All at once.
        case parallel
    }

    /// A step that has no id of its own yet.
    public struct Step: Hashable, Sendable {
        let name: String
        let status: Status
        let message: String

        /// Wraps the three; a message from elsewhere is made printable, and cut.
        public init(_ name: String, _ status: Status, _ message: String = "") {
            self.name = name
            self.status = status
            self.message = printable(message, max: PlanView.messageMax)
        }
    }

    /// In order.
    public var phases: [PhaseView]
    /// What its phases' come to.
    public var status: Status
    /// How its phases follow each other.
    public var strategy: Strategy
    /// What went wrong, for people; empty while nothing has.
    public var errors: [String]

    /// A line of the UI; a suite's whole output is elsewhere.
    static let messageMax = 1_000

    /// A plan of these phases, without empty ones; none at all is complete.
    ///
    /// - Parameters:
    ///   - name: as it is asked for, for the ids.
    ///   - errors: made printable, and cut.
    ///   - phases: in order.
    public init(
        _ name: Name,
        errors: [String] = [],
        phases: [(name: String, strategy: Strategy, steps: [Step])]
    ) {
        self.phases = phases.filter { !$0.steps.isEmpty }.map { phase in
            let id = "\(name).\(phase.name)"
            return PhaseView(
                id: id,
                name: phase.name,
                status: Self.sum(phase.steps.map(\.status)),
                strategy: phase.strategy,
                steps: phase.steps.map {
                    StepView(id: "\(id).\($0.name)", name: $0.name, status: $0.status, message: $0.message)
                }
            )
        }
        self.errors = errors.map { printable($0, max: Self.messageMax) }
        strategy = .serial
        status = Self.sum(self.phases.flatMap(\.steps).map(\.status))
    }

    /// True when nothing more becomes of it; decides between status 200 and 202.
    public var isOver: Bool { status == .complete || status == .error }

    /// What many come to.
    private static func sum(_ statuses: [Status]) -> Status {
        if statuses.allSatisfy({ $0 == .complete }) { return .complete }
        if statuses.allSatisfy({ $0 == .complete || $0 == .error }) { return .error }
        if statuses.allSatisfy({ $0 == .pending }) { return .pending }
        return statuses.contains(.waiting) ? .waiting : .inProgress
    }
}
