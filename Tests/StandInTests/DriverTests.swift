import CQLClient
import Foundation
import LocalCluster
import Synchronization
import Testing

@testable import StandIn

/// The DataStax driver for Python, Debian's `python3-cassandra`, against the stand-in.
@Suite("The driver and the stand-in", .timeLimit(.minutes(6)))
struct DriverTests {
    private static let python = "/usr/bin/python3"

    private static var script: String {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "driver_checks.py").path
    }

    private func driver(
        _ arguments: [String],
        line: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> (process: ChildProcess, output: @Sendable () -> String) {
        let said = Lines()
        let process = try ChildProcess(
            Self.python,
            [Self.script] + arguments,
            environment: ["PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"],
            output: .lines { text, _ in
                said.add(text)
                line(text)
            }
        )
        return (process, { said.text })
    }

    /// A mutex can be captured by one closure alone.
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        func add(_ line: String) { lines.withLock { $0.append(line) } }
        var text: String { lines.withLock { $0.joined(separator: "\n") } }
    }

    private func isContent(_ arguments: [String]) async throws {
        let (process, output) = try driver(arguments)
        let ending = await process.wait()
        #expect(ending == .exited(0), "\(output())")
        #expect(output().hasSuffix("the driver is content"), "\(output())")
    }

    @Test("it connects without warnings, finds cluster and schema, reads what it wrote, and sees the same on a copy")
    func checks() async throws {
        let home = try Home()
        let copy = home.directory + "-copy"
        defer { try? FileManager.default.removeItem(atPath: copy) }  // what stays is in the system's directory for it
        try await home.serving { port in
            try await isContent(["\(port)"])
            // No statement is under way: the files are those of one instant.
            try FileManager.default.copyItem(atPath: home.directory, toPath: copy)
        }
        var database = home.database()
        database.directory = copy
        try await home.serving({ $0 = database }) { port in try await isContent(["\(port)", "copy"]) }
    }

    @Test("it comes back after restarts, prepares anew, and finds every row that was answered for")
    func survives() async throws {
        let home = try Home()
        let create = "CREATE KEYSPACE g WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"
        // Of its own, below those that the system gives away: while it is down, nobody else may take it.
        let port: UInt16 = 16_900
        try await home.serving({ $0.port = port }) { port in _ = try Home.connect(port).query(create) }
        let (begun, feed) = AsyncStream.makeStream(of: Void.self)
        var client: (process: ChildProcess, output: @Sendable () -> String)?
        for round in 0..<3 {
            try await home.serving({ $0.port = port }) { port in
                if client == nil {
                    client = try driver(["\(port)", "survive"]) { if $0 == "writing" { feed.finish() } }
                    for await _ in begun {}
                }
                let connection = try Home.connect(port)
                let before = try connection.rows("SELECT count(*) FROM g.numbers")
                // It writes again, whatever the restart did to its connections and its prepared statements.
                let deadline = ContinuousClock.now + .seconds(60)
                while try connection.rows("SELECT count(*) FROM g.numbers") == before {
                    try #require(ContinuousClock.now < deadline, "round \(round): \(client?.output() ?? "")")
                    try await Task.sleep(for: .milliseconds(20))
                }
                guard round == 2 else { return }
                _ = try connection.query("INSERT INTO g.numbers (k, stop) VALUES (-1, 'stop')")
                let ending = await client?.process.wait()
                #expect(ending == .exited(0), "\(client?.output() ?? "")")
            }
        }
        #expect(client?.output().contains("survived with") == true)
    }
}
