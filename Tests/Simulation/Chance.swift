import Lifecycle
import Model
import SeededRandom

/// Faults by chance: each seed switches some kinds off, so that the others show.
package struct Chance: Sendable {
    /// A kind of fault.
    package enum Kind: String, CaseIterable, Sendable {
        case refusals, losses, silences, lateness, latency, disconnects, crashes, outOfSight, agentsGone, slowAttach
        case repeats, flaws, cassandra, suites, starts, cancels, strangers, commands
        case masters, takeOvers, slowStore, fullStore, tornStore, smallBatches, clocks, operators, teardowns, staleLists
        case restores, renames, uninstalls
    }
    enum Flaw { case clean, failed, notUp }

    var random: SplitMix64
    var kinds: Set<Kind> = []
    /// Set once no more faults are wanted.
    var isQuiet = false

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        for kind in Kind.allCases where kind != .uninstalls && random.next() % 2 == 0 { kinds.insert(kind) }
        // Nothing comes after it: of few seeds, so that the others have their whole play.
        if seed % 16 == 5 { kinds.insert(.uninstalls) }
        // Without any fault a run has to come to what it was asked for.
        if seed % 50 == 0 { kinds = [] }
        if kinds.contains(.smallBatches) { batchChanges = Int(1 + below(3)) }
    }

    /// True once in so many times, when this kind is on.
    mutating func happens(_ kind: Kind, oneIn count: UInt64) -> Bool {
        !isQuiet && kinds.contains(kind) && random.next() % count == 0
    }

    mutating func below(_ count: UInt64) -> Int64 { Int64(random.next() % count) }

    mutating func fate(of effect: Effect) -> CallFate {
        if happens(.refusals, oneIn: 12) { return .refused(Fixture.no) }
        if happens(.losses, oneIn: 12) { return .lost }
        if happens(.silences, oneIn: 12) { return .silent }
        if happens(.lateness, oneIn: 12) {
            switch effect {
            // A create may come as late as its deadline; the master takes what it takes at once, or never.
            case .create: return .late(.seconds(below(110)))
            case .launch, .flush, .kill, .decline: return .late(.seconds(below(3)))
            case .delete: return .done
            case .revive, .suppress, .reconcile, .readNodes, .readSource, .adopt, .find, .inspect, .list,
                .readOutput, .readSeal, .teardown:
                return .done
            }
        }
        return .done
    }

    mutating func flush() -> FlushScript {
        guard happens(.starts, oneIn: 3) else { return .works }
        return below(2) == 0 ? .fails : .hangs
    }

    mutating func latency() -> Span {
        isQuiet || !kinds.contains(.latency) ? .zero : .milliseconds(below(1_000))
    }
    mutating func attachDelay() -> Span {
        guard happens(.slowAttach, oneIn: 2) else { return .seconds(1) }
        return .seconds(5 + below(below(8) == 0 ? 900 : 60))
    }
    mutating func crashes() -> Bool { happens(.crashes, oneIn: 400) }
    /// How long it takes until another process is there.
    mutating func downtime() -> Span {
        isQuiet || below(2) == 0 ? .zero : .seconds(below(30))
    }
    mutating func repeats() -> Bool { happens(.repeats, oneIn: 4) }
    // MARK: the store

    /// Of one batch; nil for any number.
    private(set) var batchChanges: Int?
    /// nil for a commit that takes no time.
    mutating func commitDelay() -> Span? {
        happens(.slowStore, oneIn: 10) ? .milliseconds(1 + below(below(10) == 0 ? 20_000 : 500)) : nil
    }
    mutating func commitFate() -> SimulatedStore.Fate {
        if happens(.fullStore, oneIn: 250) { return .full }
        if happens(.tornStore, oneIn: 250) { return .torn(isWritten: below(2) == 0) }
        return .taken
    }

    mutating func flaw() -> Flaw {
        guard happens(.flaws, oneIn: 5) else { return .clean }
        return below(2) == 0 ? .failed : .notUp
    }

    mutating func script() -> PodScript {
        var script = PodScript()
        script.suiteTakes = .seconds(5 + below(120))
        if happens(.suites, oneIn: 3) { script.suite = .exits(1) }
        if happens(.suites, oneIn: 12) { script.suite = .hangs }
        if happens(.cassandra, oneIn: 4) { script.cassandraDiesAfter = .seconds(below(60)) }
        if happens(.starts, oneIn: 8) { script.mountFails = true }
        if happens(.starts, oneIn: 8) { script.neverAnswers = true }
        if happens(.starts, oneIn: 12) { script.neverSeals = true }
        if happens(.starts, oneIn: 12) {
            script.sealFault = SealFault.allCases[Int(below(UInt64(SealFault.allCases.count)))]
        }
        if happens(.starts, oneIn: 8) { script.neverStarts = true }
        if happens(.starts, oneIn: 8) { script.killsIgnored = 3 }
        if happens(.starts, oneIn: 8) { script.fetchFails = true }
        return script
    }
}
