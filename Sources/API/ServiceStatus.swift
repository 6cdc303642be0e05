/// The answer of `GET /v1/service-status`: the one word that the DC/OS UI shows of the service.
///
/// The UI makes the word from the HTTP status of a Marathon check, so that this is the code and the code is this. None
/// is 400 or more: a check that somebody takes for a health check must not end a scheduler that only waits.
///
/// - Source: dcos/dcos-ui, plugins/services/src/js/constants/ServiceStatus.ts.
public struct ServiceStatus: Hashable, Codable, Sendable {
    /// What the UI knows, and what we use it for.
    public enum Code: Int, Hashable, Codable, Sendable, CaseIterable {
        /// Nothing is wrong.
        case running = 200
        /// It has never been subscribed, or Portworx has not answered yet, and nothing is wrong so far.
        case deploying = 202
        /// A run waits for room that no offer has.
        case awaitingResources = 203
        /// The master or the store is away, for a while.
        case recovering = 205
        /// Somebody should look.
        case degraded = 206
        /// A snapshot is being taken.
        case backingUp = 320
        /// A clone is being made.
        case restoring = 321

        /// As the UI writes it.
        public var words: String {
            switch self {
            case .running: "Running"
            case .deploying: "Deploying"
            case .awaitingResources: "Degraded (Awaiting Resources)"
            case .recovering: "Degraded (Recovering)"
            case .degraded: "Degraded"
            case .backingUp: "Backing up"
            case .restoring: "Restoring"
            }
        }
    }

    /// In words.
    public var status: String
    /// The HTTP status of the answer.
    public var code: Code
    /// For people, the weightiest first, at most twenty; empty when there is nothing to say.
    public var reasons: [String]

    /// As many as a person reads; the first counts.
    private static let reasonsMax = 20

    /// What a situation comes to.
    ///
    /// The first row that holds gives the code; the reasons of all that hold are listed, in the same order.
    ///
    /// | code | holds when |
    /// |---|---|
    /// | 200 | it has been uninstalled, whatever else there is |
    /// | 202 | it is being uninstalled |
    /// | 206 | the master has removed our framework; Portworx fails; copies are stuck |
    /// | 205 | the store is paused; the master is away, and has known us before |
    /// | 202 | the master has never known us; Portworx has not answered yet |
    /// | 203 | a run waits for room that no offer has |
    /// | 320 | a snapshot is being taken |
    /// | 321 | a clone is being made |
    /// | 200 | none of these |
    public init(_ situation: ServiceSituation) {
        let rows = Self.rows(situation)
        let code = rows.first?.code ?? .running
        self.init(code.words, code, rows.map(\.reason))
    }

    /// One that waits for its turn: it is well, and does what it should.
    public init(standby obstacle: String) { self.init("Standby", .running, [obstacle]) }

    private init(_ status: String, _ code: Code, _ reasons: [String]) {
        self.status = status
        self.code = code
        self.reasons = reasons.prefix(Self.reasonsMax).map { printable($0, max: PlanView.messageMax) }
    }

    private static func rows(_ situation: ServiceSituation) -> [(code: Code, reason: String)] {
        let health = situation.health
        var rows: [(code: Code, reason: String)] = []
        switch situation.uninstall {
        case .over: return [(.running, "Understudy has been uninstalled")]
        case .underWay: rows.append((.deploying, "Understudy is being uninstalled: see the plan 'deploy'"))
        case nil: break
        }
        if health.framework == .removed {
            rows.append((.degraded, "the Mesos master has removed our framework: 'understudy reset-framework'"))
        }
        if let fault = situation.storageFault { rows.append((.degraded, "Portworx: \(fault)")) }
        if health.stuckCopies > 0 {
            let copies = health.stuckCopies == 1 ? "1 copy" : "\(health.stuckCopies) copies"
            rows.append((.degraded, "\(copies) cannot be deleted: 'understudy sweep' says what to do"))
        }
        if let pause = situation.pause { rows.append((.recovering, pause)) }
        let isAway = health.framework == .away
        if isAway, health.frameworkId != nil { rows.append((.recovering, "not subscribed to the Mesos master")) }
        if isAway, health.frameworkId == nil { rows.append((.deploying, "not subscribed to the Mesos master yet")) }
        if situation.awaitsStorage { rows.append((.deploying, "Portworx has not answered yet")) }
        rows += situation.starving.map { (.awaitingResources, "run \($0.run) waits: \($0.why)") }
        rows += situation.snapshotting.map { (.backingUp, "a snapshot is being taken for run \($0)") }
        rows += situation.cloning.map { (.restoring, "a clone is being made for run \($0)") }
        return rows
    }
}
