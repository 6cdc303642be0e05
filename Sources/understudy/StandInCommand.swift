import ArgumentParser
import Model
import StandIn

/// The command `understudy stand-in`: the local cluster's database, which stands in for Cassandra and says so.
struct StandInCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stand-in",
        abstract: "The local cluster's stand-in for Cassandra: a small database in a directory.",
        subcommands: [Serve.self, Call.self, Initialise.self]
    )

    /// Serves a directory until SIGTERM.
    struct Serve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "serve",
            abstract: "Serves a directory's database."
        )

        @Option(help: "Holds data/system, or it is refused.")
        var directory: String

        @Option(help: "The address to listen on.")
        var host = "127.0.0.1"

        @Option(help: "The port to listen on.")
        var port: UInt16

        @Option(help: "Has to be the name that the data were written under.")
        var clusterName: String

        func run() async throws {
            let database = StandInDatabase(directory: directory, host: host, port: port, clusterName: clusterName)
            do {
                _ = try await untilSignalled { try await database.run() }
            } catch let error as StandInError {
                Output.standardError.line("stand-in: \(error)")
                throw ExitCode(error.exitCode)
            }
        }
    }

    /// Sends commands and prints what comes back.
    struct Call: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "call",
            abstract: "Sends commands, each an argument: HELLO, ADD text, LIST, COUNT, DROP."
        )

        @Option(help: "Where it serves.")
        var host = "127.0.0.1"

        @Option(help: "Where it serves.")
        var port: UInt16

        @Option(help: "How long to wait for it to answer.", transform: span)
        var within = Span.seconds(10)

        @Argument(help: "The commands.")
        var commands: [String]

        func run() async throws {
            do {
                let client = try await connect()
                for command in commands {
                    for line in try client.call(command) { Output.standardOutput.line(line) }
                }
            } catch let error as StandInError {
                Output.standardError.line("stand-in: \(error)")
                throw ExitCode(error.exitCode)
            }
        }

        private func connect() async throws -> StandInClient {
            let deadline = ContinuousClock.now + within.duration
            while true {
                do {
                    return try StandInClient.connect(host: host, port: port)
                } catch {
                    guard ContinuousClock.now < deadline else { throw error }
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
        }
    }

    /// Makes an empty database, as production's first boot does.
    struct Initialise: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "init", abstract: "Makes an empty database.")

        @Option(help: "Where; has to exist.")
        var directory: String

        @Option(help: "The cluster's name.")
        var clusterName: String

        func run() throws { try StandInDatabase.initialise(directory: directory, clusterName: clusterName) }
    }
}
