import API
import ArgumentParser
import Model

/// Says why a run is where it is: `understudy explain RUN`.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Says why a run is where it is, and which offers it could not use."
    )

    @Argument(help: "The run's id.", transform: runID)
    var run: RunID

    @OptionGroup var client: ClientOptions

    func run() async throws {
        let view = try await client.withClient { try await $0.explain(run) }
        guard !client.json else { return try Output.standardOutput.json(view) }
        Output.standardOutput.line("run \(view.id), \(view.phase.rawValue) since \(view.since): \(view.sentence)")
        guard !view.refusals.isEmpty else { return }
        let rows = view.refusals.map { ["\($0.count)", $0.reason, $0.example ?? ""] }
        Output.standardOutput.table(["OFFERS", "REASON", "THEY CAME"], rows)
    }
}
