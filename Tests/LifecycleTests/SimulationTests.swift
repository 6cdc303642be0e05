import FoundationEssentials
import Model
import Testing

@testable import Lifecycle
@testable import Simulation

/// Many short plays in which everything that can go wrong does, each held against design.md §4 frame by frame.
///
/// `SIM_SEED=17 swift test --filter SimulationTests` plays one seed alone and prints what happened in it;
/// `SIM_COUNT=5000` plays more of them.
@Suite("Simulation", .timeLimit(.minutes(5)))
struct SimulationTests {
    private static let chosen = ProcessInfo.processInfo.environment["SIM_SEED"].flatMap { UInt64($0) }
    private static let count = ProcessInfo.processInfo.environment["SIM_COUNT"].flatMap { UInt64($0) } ?? 500
    private static var seeds: [UInt64] { chosen.map { [$0] } ?? Array(1...count) }

    @Test("no rule is broken while faults last, and once they stop every run ends and every copy is gone")
    func rules() async {
        var seen = Tally()
        var kinds: Set<Chance.Kind> = []
        await withTaskGroup(of: (Tally, Set<Chance.Kind>).self) { group in
            // As many at a time as there are cores in a small machine.
            for part in 0..<2 { group.addTask { await Self.play(part, of: 2) } }
            for await (tally, on) in group {
                seen += tally
                kinds.formUnion(on)
            }
        }
        guard Self.chosen == nil else { return }
        // Plays in which nothing happens would prove nothing.
        #expect(kinds == Set(Chance.Kind.allCases))
        for result in [RunResult.passed, .failed, .cancelled, .released, .expired, .error] {
            #expect((seen.results[result] ?? 0) > 5, "\(result): \(seen.results)")
        }
        #expect(seen.kept > 5, "\(seen)")
        #expect(seen.retried > 10 && seen.reset > 5 && seen.opened > 5, "\(seen)")
    }

    private static func play(_ part: Int, of parts: Int) async -> (Tally, Set<Chance.Kind>) {
        var seen = Tally()
        var kinds: Set<Chance.Kind> = []
        for (index, seed) in seeds.enumerated() where index % parts == part {
            // It computes for seconds, and others have servers to run on the same threads.
            await Task.yield()
            let report = Report(playing: seed)
            kinds.formUnion(report.kinds)
            seen += report.tally
            guard let fault = report.faults.first else { continue }
            // Once more, to see what happened.
            print(Report(playing: seed, isTraced: true).lines.joined(separator: "\n"))
            Issue.record("make sim SEEDS=1 SEED_BASE=\(seed): \(fault), and \(report.faults.count - 1) more")
        }
        return (seen, kinds)
    }

    @Test("one seed twice is the same play, and another seed is another")
    func repeatable() {
        func trace(_ seed: UInt64) -> [String] {
            Report(playing: seed, isTraced: true).lines
        }
        let first = trace(7)
        #expect(first.count > 100)
        #expect(first == trace(7))
        #expect(first != trace(8))
    }
}
