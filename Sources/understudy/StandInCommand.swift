import ArgumentParser
import StandIn

/// The command `understudy stand-in`: the local cluster's database, which stands in for Cassandra and says so.
struct StandInCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stand-in",
        abstract: "The local cluster's stand-in for Cassandra: a small database in a directory that speaks CQL.",
        subcommands: [
            Serve.self, Initialise.self, Cassandra.self, Nodetool.self, Shell.self, Copy.self, Fetch.self,
        ]
    )

    /// Who a node is.
    struct Identity: ParsableArguments {
        @Option(help: "The cluster's name, as written in the data.")
        var clusterName: String

        @Option(help: "The data centre, as written in the data.")
        var dataCenter = "datacenter1"

        @Option(help: "The rack, as written in the data.")
        var rack = "rack1"

        @Option(help: "How many tokens, as written in the data.")
        var numTokens = 256

        var value: StandInIdentity {
            StandInIdentity(clusterName: clusterName, dataCenter: dataCenter, rack: rack, tokenCount: numTokens)
        }
    }

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

        @Option(help: "The port for clients.")
        var port: UInt16 = 9_042

        @Option(help: "The port for gossip, here and at every peer.")
        var storagePort: UInt16 = 7_000

        @Option(help: "Nodes that it finds its ring by: addresses, parted by commas; none for itself alone.")
        var seeds = ""

        @Option(
            parsing: .unconditional,
            help: "As the image's JVM_EXTRA_OPTS; its ports count before those above."
        )
        var jvmOptions = ""

        @OptionGroup var identity: Identity

        func run() async throws {
            var database = StandInDatabase(
                directory: directory,
                host: host,
                port: port,
                identity: identity.value,
                log: Output.standardOutput.line
            )
            database.storagePort = storagePort
            database.seeds = seeds.split(separator: ",").map(String.init)
            database.options = jvmOptions
            try await StandInCommand.serve(database)
        }
    }

    /// Serves as the program `cassandra` of an image does.
    struct Cassandra: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "cassandra",
            abstract: "Serves what Cassandra's own configuration files say, as the image's program does.",
            discussion: "The properties cassandra.config and cassandra-rackdc.properties name the files."
        )

        @Argument(
            parsing: .captureForPassthrough,
            help: "Properties, as -DNAME=VALUE; -f and -R are what it does anyway."
        )
        var arguments: [String] = []

        func run() async throws {
            let options = arguments.joined(separator: " ")
            let database: StandInDatabase
            do {
                database = try StandInDatabase(properties: options, log: Output.standardOutput.line)
            } catch {
                Output.standardError.line("stand-in: \(error)")
                throw ExitCode(error.exitCode)
            }
            try await StandInCommand.serve(database)
        }
    }

    /// Speaks to one as the program `nodetool` of an image does.
    struct Nodetool: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "nodetool",
            abstract: "Tells a stand-in on this machine to flush or to drain, as the image's program does."
        )

        @Option(name: .customShort("h"), help: "Only 127.0.0.1: a stand-in is administered from its own machine.")
        var host = "127.0.0.1"

        @Option(name: .customShort("p"), help: "Its cassandra.jmx.local.port.")
        var port: UInt16 = 7_199

        @Argument(help: "flush or drain.")
        var word: String

        func run() async throws {
            do { try await NodetoolClient.say(word, port: port) } catch {
                Output.standardError.line("nodetool (stand-in): \(error)")
                throw ExitCode(1)
            }
        }
    }

    private static func serve(_ database: StandInDatabase) async throws {
        do {
            _ = try await untilSignalled { [database] in try await database.run() }
        } catch let error as StandInError {
            Output.standardError.line("stand-in: \(error)")
            throw ExitCode(error.exitCode)
        }
    }

    /// Makes an empty database, as production's first boot does.
    struct Initialise: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "init", abstract: "Makes an empty database.")

        @Option(help: "Where; made if it is missing.")
        var directory: String

        @OptionGroup var identity: Identity

        func run() throws {
            do {
                try StandInDatabase.initialise(directory: directory, identity: identity.value)
            } catch {
                Output.standardError.line("stand-in: \(error)")
                throw ExitCode(error.exitCode)
            }
        }
    }
}
