import FoundationEssentials
import Model
import Testing

@testable import Lifecycle
@testable import Simulation

/// Many short plays in which everything that can go wrong does, each held against design.md §4 frame by frame.
///
/// `SIM_SEED=17 swift test --filter SimulationTests` plays one seed alone and prints what happened in it;
/// `SIM_COUNT=5000` plays more of them.
@Suite("Simulation", .timeLimit(.minutes(10)))
struct SimulationTests {
    private static let chosen = ProcessInfo.processInfo.environment["SIM_SEED"].flatMap { UInt64($0) }
    private static let count = ProcessInfo.processInfo.environment["SIM_COUNT"].flatMap { UInt64($0) } ?? 400
    private static var seeds: [UInt64] { chosen.map { [$0] } ?? Array(1...count) }

    @Test("no rule is broken while faults last, and once they stop every run ends and every copy is gone")
    func rules() async {
        var seen = Tally()
        var kinds: Set<Chance.Kind> = []
        await withTaskGroup(of: Played.self) { group in
            // As many at a time as there are cores in a small machine.
            for part in 0..<2 { group.addTask { await aside { Self.play(part, of: 2) } } }
            for await played in group {
                seen += played.tally
                kinds.formUnion(played.kinds)
                for fault in played.faults { Issue.record("\(fault)") }
            }
        }
        guard Self.chosen == nil else { return }
        // Plays in which nothing happens would prove nothing.
        #expect(kinds == Set(Chance.Kind.allCases))
        for result in [RunResult.passed, .failed, .cancelled, .released, .expired, .error] {
            #expect((seen.results[result] ?? 0) > 5, "\(result): \(seen.results)")
        }
        #expect(seen.kept > 5, "\(seen)")
        #expect(seen.retried > 10 && seen.reset > 5 && seen.opened > 5, "\(seen.reset) resets in \(seen)")
    }

    private struct Played {
        var tally = Tally()
        var kinds: Set<Chance.Kind> = []
        /// One for each seed that failed.
        var faults: [String] = []
    }

    private static func play(_ part: Int, of parts: Int) -> Played {
        var played = Played()
        for (index, seed) in seeds.enumerated() where index % parts == part {
            let report = Report(playing: seed)
            played.kinds.formUnion(report.kinds)
            played.tally += report.tally
            guard let fault = report.faults.first else { continue }
            // Once more, to see what happened.
            print(Report(playing: seed, isTraced: true).lines.joined(separator: "\n"))
            let more = report.faults.count - 1
            played.faults.append("make sim SEEDS=1 SEED_BASE=\(seed): \(fault), and \(more) more")
        }
        return played
    }

    @Test("one seed twice is the same play, and another seed is another")
    func repeatable() async {
        let traces = await aside { [7, 7, 8].map { Report(playing: $0, isTraced: true).lines } }
        #expect(traces[0].count > 100)
        #expect(traces[0] == traces[1])
        #expect(traces[0] != traces[2])
    }
}
