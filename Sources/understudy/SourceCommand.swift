import API
import ArgumentParser
import FoundationEssentials
import Lifecycle
import Model
import Scheduler

/// The command `understudy source`: what an operator does with the file of sources, with what it does not say, and without it.
struct SourceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "source",
        abstract: "Adds to and checks the file of sources, and reads from a copy what its source has to say.",
        subcommands: [Inspect.self, Check.self, Add.self, Put.self, Remove.self]
    )

    /// Boots one copy in isolation, and reads its settings.
    struct Inspect: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "inspect",
            abstract: "Boots one copy of a source, and says which settings its data was written with.",
            discussion: """
                Where the source is wrong about cluster name, data centre, rack or tokens, the copy is booted again with what \
                Cassandra says they should be. Nobody can reach it, and nothing of it is left.
                """
        )

        @Argument(help: "The source's name.", transform: sourceName)
        var source: SourceName

        @Option(help: "How long to wait.", transform: span)
        var timeout = Span.minutes(30)

        @OptionGroup var client: ClientOptions

        func run() async throws {
            let asJSON = client.json
            let request = RunRequest(key: RunCommand.randomKey(), source: source, inspect: true)
            try await client.withClient { client in
                let session = RunSession(client: client, request: request, said: .standardError)
                let ending = await session.wait(timeout: timeout)
                guard ending.code == .success, let found = ending.view?.sealing, let identity = found.identity else {
                    throw ending.code == .success ? ExitCodes.infrastructure : ending.code
                }
                guard !asJSON else { return try Output.standardOutput.json(found) }
                Output.standardOutput.line(Self.fragment(identity))
                Output.standardError.line("Cassandra \(found.release ?? "of an unknown release")")
            }
        }

        /// For the file of sources.
        static func fragment(_ identity: CassandraIdentity) -> String {
            func quoted(_ text: String) throws -> String {
                String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
            }
            // A text can always be written.
            let texts = [identity.clusterName, identity.dataCenter, identity.rack].map { (try? quoted($0)) ?? "null" }
            return #""clusterName": \#(texts[0]), "dataCenter": \#(texts[1]), "rack": \#(texts[2]), "#
                + #""numTokens": \#(identity.numTokens)"#
        }
    }

    /// Reads the file as the scheduler does.
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Reads the file of sources as the scheduler does, and says what it finds."
        )

        @Argument(help: "The file.")
        var file: String

        func run() throws {
            for source in try SourceCommand.read(try SourceCommand.bytes(of: file), file) {
                let parts = [
                    source.volumeWords, "Cassandra \(source.cassandra.line?.rawValue ?? "?")",
                    "cluster \(source.cassandra.clusterName)", "login \((source.login ?? .none).rawValue)",
                    "mask \(source.mask ?? "none")", "network \(source.network.name)",
                ]
                Output.standardOutput.line("\(source.name): \(parts.joined(separator: ", "))")
                if let mask = source.mask, !mask.contains("://") { _ = try SourceCommand.bytes(of: mask) }
            }
        }
    }

    /// Adds one, if the file is good with it.
    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add",
            abstract: "Adds a source to the file of sources; what would not be read is not written.",
            discussion: "'inspect' says what the data was written with, once the scheduler has the source."
        )

        @Argument(help: "The file; made if it is missing.")
        var file: String

        @Option(help: "Its name.")
        var name: String

        @Option(help: "The production volume's name in Portworx; once for each node of a ring, the first starts first.")
        var volume: [String]

        @Option(help: "Production's Cassandra image, such as cassandra:3.11.")
        var image: String

        @Option(help: "The cluster's name, as written in the data.")
        var clusterName: String

        @Option(help: "The data centre, as written in the data.")
        var dataCenter: String?

        @Option(help: "The rack, as written in the data.")
        var rack: String?

        @Option(help: "How many tokens, as written in the data.")
        var numTokens: Int?

        @Option(help: "Who may log in to a copy: run, production or none.")
        var login: String?

        @Option(help: "The CQL that hides what nobody is to see, a path or an address.")
        var mask: String?

        func run() throws {
            let old =
                FileManager.default.fileExists(atPath: file) ? try SourceCommand.bytes(of: file) : Array("[]".utf8)
            let known = try SourceCommand.read(old, file)
            let entry = String(decoding: try Self.encoder.encode(document), as: UTF8.self)
            let text = Self.text(String(decoding: old, as: UTF8.self), known.isEmpty, with: entry)
            _ = try SourceCommand.read(Array(text.utf8), file)
            do { try Data(text.utf8).write(to: URL(filePath: file), options: .atomic) } catch {
                throw SourceCommand.refusal("\(file) cannot be written: \(error)")
            }
            Output.standardOutput.line("\(file) has \(name); a scheduler reads it when it starts")
        }

        private static var encoder: JSONEncoder {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return encoder
        }

        private struct Document: Encodable {
            struct Cassandra: Encodable {
                var image: String
                var clusterName: String
                var dataCenter: String?
                var rack: String?
                var numTokens: Int?
            }
            var name: String
            var volumes: [String]
            var cassandra: Cassandra
            var login: String?
            var mask: String?
        }

        private var document: Document {
            Document(
                name: name,
                volumes: volume,
                cassandra: Document.Cassandra(
                    image: image,
                    clusterName: clusterName,
                    dataCenter: dataCenter,
                    rack: rack,
                    numTokens: numTokens
                ),
                login: login,
                mask: mask
            )
        }

        /// What stands there stays as it was written; one source alone becomes the first of a list.
        private static func text(_ old: String, _ isEmpty: Bool, with entry: String) -> String {
            let old = old.trimmed
            let list = old.hasPrefix("[") ? String(old.dropFirst().dropLast()).trimmed : old
            return "[\(list)\(isEmpty ? "" : ",\n")\(entry)]\n"
        }
    }

    static func bytes(of file: String) throws -> [UInt8] {
        do { return Array(try Data(contentsOf: URL(filePath: file))) } catch {
            throw refusal("\(file) cannot be read: \(error)")
        }
    }

    static func read(_ bytes: [UInt8], _ file: String) throws -> [Source] {
        do { return try SourceFile.read(bytes) } catch { throw refusal("\(file): \(error)") }
    }

    static func refusal(_ message: String) -> ExitCode {
        Output.standardError.line("understudy: \(message)")
        return ExitCodes.usage
    }
}

extension String {
    fileprivate var trimmed: String {
        let start = drop(while: \.isWhitespace)
        guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...end])
    }
}

extension PodPlan.Network {
    /// As the file of sources has it.
    fileprivate var name: String {
        switch self {
        case .host: "host"
        case .named(let name): name
        }
    }
}
