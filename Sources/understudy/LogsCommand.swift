import API
import ArgumentParser
import Model

/// Shows what a run's task said: `understudy logs RUN`.
struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Shows what a run's suite or its database says.",
        discussion: """
            Its standard output and standard error go to ours. Once the agent has deleted them, the last 200 lines of a \
            failed suite are left; a line on standard error says so.
            """
    )

    @Argument(help: "The run's id.", transform: runID)
    var run: RunID

    @Flag(help: "Go on until nothing can follow.")
    var follow = false

    @Option(help: "Whose words: suite or cassandra. (default: suite)", transform: outputTask)
    var task = OutputTask.suite

    @Option(help: "Which launch of the run, from 1. (default: the last)")
    var attempt: Int?

    @OptionGroup var client: ClientOptions

    func validate() throws {
        if let attempt, attempt < 1 { throw ValidationError("--attempt counts from 1") }
    }

    func run() async throws {
        let asJSON = client.json
        try await client.withClient { client in
            let follower = OutputFollower(client: client, control: InterruptibleClock(), task: task) { stream, text in
                show(stream, text, asJSON: asJSON)
            } say: { note in
                Output.standardError.line("understudy: \(note)")
            }
            guard follow else { return try await follower.read(run, attempt: attempt) }
            try await follower.follow(run, attempt: attempt) {
                // One that cannot be asked now is asked again.
                (try? await client.run(run)).map { $0.result != nil } ?? false
            }
        }
    }

    private func show(_ stream: OutputStream, _ text: String, asJSON: Bool) {
        guard asJSON else { return (stream == .stdout ? Output.standardOutput : .standardError).write(text) }
        do {
            try Output.standardOutput.json(Part(stream: stream.rawValue, data: text))
        } catch {
            Output.standardError.line("understudy: a part cannot be written as JSON: \(error)")
        }
    }

    /// One line with `--json`.
    private struct Part: Encodable {
        let stream: String
        let data: String
    }
}

private func outputTask(_ text: String) throws -> OutputTask {
    guard let task = OutputTask(rawValue: text) else {
        throw ValidationError("--task is one of \(OutputTask.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return task
}
