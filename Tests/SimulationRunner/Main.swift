import Dispatch
import Glibc
import Simulation
import Synchronization

/// `sim SEEDS [SEED_BASE [FAILURES_MAX]]`: plays so many seeds, and says which of them broke a rule.
///
/// One seed alone is printed event by event, and so is the first that fails. The last line is the summary; the exit
/// code is 1 when a seed failed, 2 for arguments that are no numbers.
@main
enum Main {
    /// Of seeds that one thread takes at a time.
    private static let portion = 50

    static func main() {
        let numbers = CommandLine.arguments.dropFirst().map { UInt64($0) }
        let values = numbers.compactMap { $0 }
        guard values.count == numbers.count, (1...3).contains(values.count), (1...10_000_000).contains(values[0]) else {
            print("usage: sim SEEDS [SEED_BASE [FAILURES_MAX]]")
            exit(2)
        }
        let base = values.count > 1 ? min(values[1], .max - values[0]) : 1
        exit(play(base..<(base + values[0]), failuresMax: values.count > 2 ? values[2] : 10))
    }

    /// No more are looked for after so many failures.
    private static func play(_ seeds: Range<UInt64>, failuresMax: UInt64) -> Int32 {
        let started = ContinuousClock.now
        let played = Mutex(Played())
        let portions = (seeds.count + portion - 1) / portion
        DispatchQueue.concurrentPerform(iterations: portions) { index in
            let first = seeds.lowerBound + UInt64(index * portion)
            for seed in first..<min(first + UInt64(portion), seeds.upperBound) {
                guard played.withLock({ $0.failed.count < failuresMax }) else { return }
                let report = Report(playing: seed)
                played.withLock { played in
                    played.take(report)
                    guard played.count % 10_000 == 0, played.count < seeds.count else { return }
                    print("\(played.count) of \(seeds.count) seeds played, \(played.failed.count) failed")
                    // To be seen now, also in a file.
                    fflush(nil)
                }
            }
        }
        let result = played.withLock { $0 }
        if let first = result.failed.keys.min() ?? (seeds.count == 1 ? seeds.lowerBound : nil) { show(first) }
        for (seed, fault) in result.failed.sorted(by: { $0.key < $1.key }) {
            print("seed \(seed): \(fault)\n  make sim SEEDS=1 SEED_BASE=\(seed)")
        }
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        let verdict = result.failed.isEmpty ? "all \(result.count) seeds passed" : "\(result.failed.count) seeds failed"
        print("\(result.tally) in \(Int(seconds)) s: \(verdict), \(seeds.lowerBound) to \(seeds.upperBound - 1)")
        return result.failed.isEmpty ? 0 : 1
    }

    private static func show(_ seed: UInt64) {
        let report = Report(playing: seed, isTraced: true)
        print("seed \(seed), with \(report.kinds.map(\.rawValue).sorted().joined(separator: " "))")
        report.lines.forEach { print($0) }
    }

    private struct Played {
        var count = 0
        var failed: [UInt64: String] = [:]
        var tally = Tally()

        mutating func take(_ report: Report) {
            count += 1
            tally += report.tally
            if let fault = report.faults.first { failed[report.seed] = fault }
        }
    }
}
