import ArgumentParser
import FoundationEssentials
import Glibc
import Model
import UnixSignals

/// Measures a release build of the scheduler against the limits that it has to keep.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures speed and memory of the scheduler, and says what is over its limit.",
        discussion: "Exits with 1 when anything is over its limit or could not be measured."
    )

    /// The parts of the bench, in their order.
    enum Part: String, CaseIterable, ExpressibleByArgument {
        case footprint, helper, history, answers, large, codec, step, commits, rig
    }

    @Flag(help: "A short run: few rounds, figures that say little.")
    var quick = false

    @Option(help: "One part alone; may be repeated.")
    var only: [Part] = []

    @Option(help: "The program to measure. (default: understudy beside this one)")
    var program: String?

    @Option(help: "The folder of the load rig.")
    var rig = "../shared/loadrig"

    func run() async throws {
        let premises = try Premises()
        let signals = Task {
            for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) {
                premises.clear()
                Glibc._exit(130)
            }
        }
        defer {
            signals.cancel()
            premises.clear()
        }
        let stage = Stage(premises: premises, program: try program ?? Self.neighbour(), quick: quick)
        var rows: [Row] = []
        for part in Part.allCases where only.isEmpty || only.contains(part) {
            print("measuring: \(part.rawValue)")
            do { rows += try await measure(part, stage) } catch { rows.append(.failed(part.rawValue, error)) }
        }
        print("\n\(table(rows))")
        guard rows.allSatisfy({ $0.verdict != .over }) else { throw ExitCode(1) }
    }

    private func measure(_ part: Part, _ stage: Stage) async throws -> [Row] {
        switch part {
        case .footprint: try await Footprint.rows(stage)
        case .helper: try await HelperProgram.rows(stage)
        case .history: try await History.rows(stage)
        case .answers: try await Answers.rows(stage)
        case .large: try await LargeEvent.rows(stage)
        case .codec: try Codec.rows(stage)
        case .step: try Step.rows(stage)
        case .commits: try await Commits.rows(stage)
        case .rig: try await Rig.rows(stage, rig: try Self.absolute(rig))
        }
    }

    /// `understudy`, built into the folder that this program is in.
    private static func neighbour() throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return own.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/understudy"
    }

    private static func absolute(_ path: String) throws -> String {
        path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
    }
}
