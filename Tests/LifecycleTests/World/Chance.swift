import Model
import SeededRandom

@testable import Lifecycle

/// Faults by chance: each seed switches some kinds off, so that the others show.
struct Chance {
    enum Kind: CaseIterable {
        case refusals, losses, silences, lateness, latency, disconnects, crashes, outOfSight, agentsGone, slowAttach
        case repeats, flaws, cassandra, suites, starts, cancels, strangers, commands
    }
    enum Flaw { case clean, failed, notUp }

    var random: SplitMix64
    var kinds: Set<Kind> = []
    /// Set once no more faults are wanted.
    var isQuiet = false

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        for kind in Kind.allCases where random.next() % 2 == 0 { kinds.insert(kind) }
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
            case .launch, .kill, .decline: return .late(.seconds(below(3)))
            case .delete: return .done
            case .revive, .suppress, .reconcile, .readNodes, .readSource, .adopt, .find, .inspect, .list,
                .readOutput:
                return .done
            }
        }
        return .done
    }

    mutating func latency() -> Span {
        isQuiet || !kinds.contains(.latency) ? .zero : .milliseconds(below(1_000))
    }
    mutating func attachDelay() -> Span {
        .seconds(happens(.slowAttach, oneIn: 2) ? 5 + below(60) : 1)
    }
    mutating func crashes() -> Bool { happens(.crashes, oneIn: 150) }
    mutating func repeats() -> Bool { happens(.repeats, oneIn: 4) }
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
        if happens(.starts, oneIn: 8) { script.neverStarts = true }
        if happens(.starts, oneIn: 8) { script.killsIgnored = 3 }
        return script
    }
}
