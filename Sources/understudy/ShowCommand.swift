import API
import ArgumentParser
import Model

/// Shows one run: `understudy show RUN`.
struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows one run: its phases, its copies, and what it waits for."
    )

    @Argument(help: "The run's id.")
    var run: String

    @OptionGroup var client: ClientOptions

    func validate() throws { _ = try runID(run) }

    func run() async throws {
        let id = try runID(run)
        let view = try await client.withClient { try await $0.run(id) }
        guard !client.json else { return try Output.standardOutput.json(view) }
        var story = RunStory()
        story.lines(for: view).forEach(Output.standardOutput.line)
        if let ends = view.lease.ends { Output.standardOutput.line("lease ends \(ends)") }
    }
}
