import ArgumentParser
import CQL
import CQLClient
import Model

/// The command `understudy cql`: statements to one node, for scripts and for a look at a copy.
struct CQLCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cql",
        abstract: "Runs CQL statements on one node, and prints their rows, a line each, with tabs between the values.",
        discussion: """
            It speaks to the address that it is given and to no other: it discovers no nodes. Exits 1 when the node refuses a \
            statement, and 69 when there is no answer. To a node that asks for a login it tells CASSANDRA_USER and \
            CASSANDRA_PASSWORD of the environment.
            """
    )

    @Option(help: "An IPv4 address, or localhost.")
    var host = "127.0.0.1"

    @Option(help: "The node's port for clients.")
    var port: UInt16 = 9_042

    @Option(help: "How long to wait for the node to listen.", transform: span)
    var within = Span.seconds(10)

    @Argument(help: "The statements.")
    var statements: [String]

    func run() async throws {
        do {
            let connection = try await connect()
            for statement in statements {
                guard case .rows(let rows) = try connection.query(statement) else { continue }
                for row in try rows.texts() { Output.standardOutput.line(line(of: row)) }
            }
        } catch let error as CQLClientError {
            Output.standardError.line("understudy cql: \(error)")
            throw ExitCode(error.code == .refused ? 1 : 69)
        }
    }

    /// A value may hold anything, and a line is a row.
    private func line(of row: [String]) -> String {
        row.map { $0.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\\n") }
            .joined(separator: "\t")
    }

    private func connect() async throws -> CQLConnection {
        let deadline = ContinuousClock.now + within.duration
        let login = environmentVariable("CASSANDRA_USER").map {
            CQLLogin(user: $0, password: Secret(environmentVariable("CASSANDRA_PASSWORD") ?? ""))
        }
        while true {
            do {
                return try CQLConnection.open(host: host, port: port, login: login)
            } catch {
                guard error.code == .unreachable, ContinuousClock.now < deadline else { throw error }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }
}
