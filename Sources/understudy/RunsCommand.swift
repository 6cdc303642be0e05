import API
import ArgumentParser
import Model

/// Lists runs: `understudy runs`.
struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "runs", abstract: "Lists runs, the youngest first.")

    @Option(help: "Only runs in this phase.", transform: phase(named:))
    var phase: Phase?

    @Option(help: "Only runs of this source.", transform: sourceName)
    var source: SourceName?

    @Option(help: "How many at most, 1 to 500.")
    var limit = RequestLimits.pageRunsDefault

    @Option(help: "Only runs behind this one.")
    var after: String?

    @OptionGroup var client: ClientOptions

    func validate() throws {
        guard RequestLimits.pageRuns.contains(limit) else { throw ValidationError("--limit is 1 to 500") }
        if let after { _ = try runID(after) }
    }

    func run() async throws {
        let query = RunsQuery(
            phase: phase,
            source: source,
            limit: limit,
            after: try after.map { try runID($0) }
        )
        let list = try await client.withClient { try await $0.runs(query) }
        guard !client.json else { return try Output.standardOutput.json(list) }
        Output.standardOutput.table(
            ["RUN", "SOURCE", "PHASE", "RESULT", "TIER", "BEGAN", "OWNER"],
            list.runs.map { run in
                [
                    run.id.value, run.source.value, run.phase.rawValue, run.result?.rawValue ?? "-",
                    run.tier.got?.rawValue ?? "-", run.phases.first?.at.description ?? "-", run.owner ?? "-",
                ]
            }
        )
        if let next = list.next { Output.standardError.line("more with --after \(next)") }
    }
}

/// Reads a phase from the command line.
func phase(named text: String) throws -> Phase {
    guard let phase = Phase(rawValue: text) else {
        throw ValidationError("a phase is one of \(Phase.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return phase
}

/// Reads a source's name from the command line.
func sourceName(_ text: String) throws -> SourceName {
    guard let name = SourceName(checking: text) else {
        throw ValidationError("a source's name is a-z, 0-9 and -, not '\(text)'")
    }
    return name
}

/// Reads a run's id from the command line.
func runID(_ text: String) throws -> RunID {
    guard let id = RunID(checking: text) else { throw ValidationError("a run's id is a-z and 0-9, not '\(text)'") }
    return id
}
