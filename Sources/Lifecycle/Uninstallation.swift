public import Model

/// The end of an installation: begun once, never taken back, and durable from its first moment.
///
/// Every run ends, every task is ended, every copy deleted; then the framework is taken down. Only after that may the
/// shell forget the state.
public struct Uninstallation: Hashable, Codable, Sendable {
    /// How far it is; only ever the next one.
    public enum Stage: String, Hashable, Codable, Sendable {
        /// Runs, tasks and copies are on their way out.
        case clearing
        /// Nothing is done any more but to ask the master to take the framework down.
        case tearingDown
        /// The framework is no more: the state may be forgotten.
        case tornDown
    }

    /// When it was begun.
    public let startedAt: Instant
    /// True: copies that are kept for somebody stay.
    public let keepsCopies: Bool
    /// For what does not go away, lost agents and stuck copies, so long is waited.
    public let patience: Span
    /// How far it is.
    public internal(set) var stage = Stage.clearing
    /// What stays behind, for people, in no order that matters; empty before ``Stage/tearingDown``.
    public internal(set) var left: [String] = []

    /// One that is over, of which nothing is left.
    public static func over(at now: Instant) -> Uninstallation {
        var uninstallation = Uninstallation(startedAt: now, keepsCopies: false, patience: .zero)
        uninstallation.stage = .tornDown
        return uninstallation
    }

    /// One that begins.
    public init(startedAt: Instant, keepsCopies: Bool, patience: Span) {
        self.startedAt = startedAt
        self.keepsCopies = keepsCopies
        self.patience = patience
    }
}

extension SystemState {
    /// What an uninstallation still waits for; each by its name.
    public struct Remainder: Hashable, Sendable {
        /// Runs that have no end yet.
        public var runs: [RunID] = []
        /// Tasks that may be running.
        public var tasks: [TaskID] = []
        /// Copies that are to go.
        public var copies: [CopyName] = []
        /// Why it is not known whether there are others; nil when it is.
        public var unlisted: String?

        /// True when nothing is waited for.
        public var isEmpty: Bool { runs.isEmpty && tasks.isEmpty && copies.isEmpty && unlisted == nil }
    }

    /// For people; the same wherever it is said.
    public static let uninstallWord = "Understudy is being uninstalled"

    /// True while ``Event/uninstall(keepsCopies:patience:)`` has been taken, whatever came of it.
    public var isUninstalling: Bool { uninstallation != nil }

    /// True once nothing is done any more but to take the framework down, and after that.
    var isTakenDown: Bool { uninstallation.map { $0.stage != .clearing } ?? false }

    mutating func uninstall(
        keepsCopies: Bool,
        patience: Span,
        _ now: Instant,
        _ transition: inout Transition
    ) {
        guard uninstallation == nil else { return }
        put(Uninstallation(startedAt: now, keepsCopies: keepsCopies, patience: patience))
        // What nobody's ledger knows is to be seen before anything is over.
        sweepAskedAt = now
        transition.notes.append(
            Note(.warning, "the uninstallation begins", ["uninstall.patience": "\(patience)"])
        )
    }

    /// Ends what has no end yet; to be called before runs and copies are taken forward.
    mutating func endRunsForUninstallation(_ now: Instant, _ transition: inout Transition) {
        guard uninstallation != nil else { return }
        for id in unfinished.sorted() {
            guard var run = runs[id], run.phase.isActive else { continue }
            let isHandedOut = run.isService && run.phase == .ready
            finish(&run, isHandedOut ? .released : .cancelled, Self.uninstallWord, now, &transition)
            put(run)
        }
    }

    /// Takes it on, once nothing is left of what it waits for, or it has waited long enough.
    mutating func advanceUninstallation(_ now: Instant, _ transition: inout Transition) {
        guard var uninstallation else { return }
        if uninstallation.stage == .clearing {
            noteCleared(now)
            let rest = remainder(at: now)
            let isOver = now - uninstallation.startedAt >= uninstallation.patience
            guard rest.isEmpty || isOver else { return }
            uninstallation.stage = .tearingDown
            uninstallation.left = leftovers(rest, now)
            if !uninstallation.left.isEmpty {
                transition.notes.append(
                    Note(
                        .error,
                        "the uninstallation leaves something behind",
                        ["uninstall.left": uninstallation.left.joined(separator: "; ")]
                    )
                )
            }
        }
        put(uninstallation)
        if frameworkID == nil || isFrameworkRemoved { tornDown(&transition) }
    }

    /// Has volumes listed once more when the ledger has come to its end.
    private mutating func noteCleared(_ now: Instant) {
        var rest = remainder(at: now)
        rest.unlisted = nil
        guard rest.isEmpty else {
            clearedAt = nil
            return
        }
        guard clearedAt == nil else { return }
        clearedAt = now
        listsSinceCleared = 0
        sweepAskedAt = now
    }

    /// The master has taken the call, or knows us no more: no offer and no update follows.
    mutating func tornDown(_ transition: inout Transition) {
        guard var uninstallation, uninstallation.stage == .tearingDown else { return }
        uninstallation.stage = .tornDown
        put(uninstallation)
        transition.notes.append(Note(.warning, "the framework is taken down", [:]))
    }

    /// What has to go before the framework may.
    public func remainder(at now: Instant) -> Remainder {
        var rest = Remainder()
        rest.runs = unfinished.sorted()
        rest.tasks = withLiveTasks.flatMap { runs[$0]?.attempts.flatMap { $0.live.map(\.id) } ?? [] } + strays.keys
        rest.tasks.sort()
        rest.copies = standing.subtracting(keptForUninstallation(now)).sorted()
        rest.unlisted = unlisted
        return rest
    }

    /// The copies that stay by the operator's choice.
    func keptForUninstallation(_ now: Instant) -> Set<CopyName> {
        guard let uninstallation, uninstallation.keepsCopies else { return [] }
        return standing.filter { name in
            copies[name].map { $0.state == .present && ($0.heldUntil.map { $0 > now } ?? false) } ?? false
        }
    }

    /// Last lists show what no ledger knows: younger than all that was cleared away, and two of them, since lists lag.
    private var unlisted: String? {
        guard isUninstalling else { return nil }
        if clearedAt != nil, listsSinceCleared >= 2 {
            return hasOrphanInGrace ? "a volume with our labels is in no ledger, and its grace is not over" : nil
        }
        return "Portworx has not listed its volumes yet" + (listFault.map { ": \($0)" } ?? "")
    }

    private func leftovers(_ rest: Remainder, _ now: Instant) -> [String] {
        var left = rest.runs.map { "run \($0)" } + rest.tasks.map { "task \($0)" }
        for name in rest.copies + keptForUninstallation(now).sorted() {
            let id = copies[name]?.volumeID.map { " (volume \($0.id))" } ?? ""
            left.append("copy \(name)\(id)\(rest.copies.contains(name) ? "" : ", kept")")
        }
        if let unlisted = rest.unlisted { left.append(unlisted) }
        // A person reads it, and a record holds it.
        let shown = left.prefix(200)
        return Array(shown) + (left.count > shown.count ? ["and \(left.count - shown.count) more"] : [])
    }

    /// Nothing new is begun.
    func checkNotUninstalling() throws(AdmissionRefusal) {
        guard isUninstalling else { return }
        throw AdmissionRefusal(.conflict, "run.uninstalling", "\(Self.uninstallWord): nothing new is begun")
    }
}
