import API
import ArgumentParser
import Model

/// Boots a kept clone again: `understudy open RUN`.
struct OpenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open",
        abstract: "Boots the kept clone of an ended run again, for a person to look.",
        discussion: "It is a service run of its own: 'release' ends it, and the clone stays for as long as it was kept."
    )

    @Argument(help: "The ended run's id.", transform: runID)
    var run: RunID

    @Option(help: "How long it may be open. (default: the source's lease)", transform: span)
    var lease: Span?

    @Option(help: "The same key gives the same run. (default: a random one)")
    var key: String?

    @OptionGroup var client: ClientOptions

    func run() async throws {
        let request = OpenRequest(key: key ?? RunCommand.randomKey(), lease: lease)
        let view = try await client.withClient { try await $0.open(run, request) }
        try client.say(view) { view in
            "run \(view.id) opens what run \(run) left; 'understudy show \(view.id)' says where it answers"
        }
    }
}
