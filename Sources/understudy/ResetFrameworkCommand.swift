import API
import ArgumentParser

/// Begins a new framework after the master has removed ours: `understudy reset-framework`.
struct ResetFrameworkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset-framework",
        abstract: "Begins a new framework after Mesos has removed ours; refused while tasks or copies of it are left."
    )

    @OptionGroup var client: ClientOptions

    func run() async throws {
        let health = try await client.withClient { try await $0.resetFramework() }
        guard !client.json else { return try Output.standardOutput.json(health) }
        Output.standardOutput.line("the removed framework is forgotten; the scheduler subscribes as a new one")
    }
}
