import API
import ArgumentParser
import Model

/// Says what the sweep would do, or has it done now: `understudy sweep`.
struct SweepCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep",
        abstract: "Compares ledger, Mesos and Portworx now, and says what is done with each copy and why."
    )

    @Flag(help: "Only say what would be done, by the list of volumes that is there.")
    var dryRun = false

    @OptionGroup var client: ClientOptions

    func run() async throws {
        let isDry = dryRun
        let (view, isFresh) = try await client.withClient { client in
            guard !isDry else { return (try await client.sweepPlan(), true) }
            return try await client.sweep { try await Task.sleep(for: $0.duration) }
        }
        if client.json {
            try Output.standardOutput.json(view)
        } else {
            for line in SweepText.lines(view, columns: Output.standardOutput.columns) {
                Output.standardOutput.line(line)
            }
        }
        guard !isFresh else { return }
        let why = view.fault.map { printable($0, max: SweepText.textMax) } ?? "no list of volumes came in time"
        Output.standardError.line("understudy: this is not of now: \(why)")
        throw ExitCodes.infrastructure
    }
}
