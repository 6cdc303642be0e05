import API
import ArgumentParser
import Model

/// Ends one run: `understudy release RUN`.
struct ReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Gives a ready run back, cancels any other; its copies are removed."
    )

    @Argument(help: "The run's id.")
    var run: String

    @OptionGroup var client: ClientOptions

    func validate() throws { _ = try runID(run) }

    func run() async throws {
        let id = try runID(run)
        let view = try await client.withClient { try await $0.release(id) }
        guard !client.json else { return try Output.standardOutput.json(view) }
        let result = view.result.map { ", \($0.rawValue)" } ?? ""
        Output.standardOutput.line("run \(view.id): \(view.phase.rawValue)\(result)")
    }
}
