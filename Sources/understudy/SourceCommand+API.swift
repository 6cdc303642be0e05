import API
import ArgumentParser
import Lifecycle
import Model

extension SourceCommand {
    /// Gives a running scheduler a source, or another form of one that it was given.
    struct Put: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "put",
            abstract: "Gives a running scheduler a source; it keeps it with its state, also after a restart."
        )

        @Argument(help: "A file with one source.")
        var file: String

        @OptionGroup var client: ClientOptions

        func run() async throws {
            let bytes = try SourceCommand.bytes(of: file)
            let sources = try SourceCommand.read(bytes, file)
            guard sources.count == 1, let source = sources.first else {
                throw SourceCommand.refusal("\(file) has \(sources.count) sources: one at a time is given")
            }
            let view = try await client.withClient { try await $0.putSource(source.name, bytes) }
            guard !client.json else { return try Output.standardOutput.json(view) }
            Output.standardOutput.line("the scheduler has \(view.name), of \(view.volumes.joined(separator: ", "))")
        }
    }

    /// Takes away what `put` has given.
    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove",
            abstract: "Takes a source away that was given with put; refused while a run of it has not ended."
        )

        @Argument(help: "The source's name.", transform: sourceName)
        var source: SourceName

        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.withClient { try await $0.removeSource(source) }
            if !client.json { Output.standardOutput.line("the scheduler has \(source) no more") }
        }
    }
}
