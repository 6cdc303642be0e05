import Lifecycle
package import Model

/// What one play came to: all that a runner of many has to know.
package struct Report: Sendable {
    /// The same gives the same play.
    package let seed: UInt64
    /// The kinds of faults that were on.
    package let kinds: Set<Chance.Kind>
    /// What went wrong; empty for a play in which no rule was broken and nothing was left.
    package let faults: [String]
    /// What happened, oldest first; empty when nobody asked.
    package let lines: [String]
    /// What its runs came to.
    package let tally: Tally

    /// Plays a seed.
    ///
    /// - Parameters:
    ///   - seed: any.
    ///   - isTraced: keeps ``lines``.
    package init(playing seed: UInt64, isTraced: Bool = false) {
        var play = Play(seed: seed, isTraced: isTraced)
        play.toTheEnd()
        self.seed = seed
        kinds = play.kinds
        faults = play.faults
        lines = play.lines
        tally = Tally(play.world)
    }
}

/// What the runs of one play, or of many, came to: plays in which nothing happens would prove nothing.
package struct Tally: Sendable, CustomStringConvertible {
    /// Runs by their result.
    package private(set) var results: [RunResult: Int] = [:]
    /// Runs that took more than one clone.
    package private(set) var retried = 0
    /// Runs that were reset.
    package private(set) var reset = 0
    /// Runs on another's clone that came to their end.
    package private(set) var opened = 0
    /// Runs whose suite's last words were kept.
    package private(set) var kept = 0
    /// Processes of the scheduler.
    package private(set) var processes = 0

    /// Of no plays.
    package init() {}

    init(_ world: World) {
        processes = world.processes
        for run in world.allRuns {
            if let result = run.result { results[result, default: 0] += 1 }
            if run.cloneAttempts > run.source.nodeCount { retried += 1 }
            if run.output?.stdout.text == "\(run.id)\n" { kept += 1 }
            if run.preference != nil { reset += 1 }
            if run.spec.opens != nil, run.result == .expired || run.result == .released { opened += 1 }
        }
    }

    /// Adds another's.
    package static func += (left: inout Self, right: Self) {
        left.results.merge(right.results) { $0 + $1 }
        left.retried += right.retried
        left.reset += right.reset
        left.opened += right.opened
        left.kept += right.kept
        left.processes += right.processes
    }

    /// In one line.
    package var description: String {
        let ended = results.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.value) \($0.key.rawValue)" }
        return "\(processes) processes, runs \(ended.joined(separator: ", "))"
    }
}
