import CQL
import CQLClient
import Foundation
import Synchronization
import Testing

@testable import StandIn

/// A stand-in in a folder of its own, in this process.
final class Home: Sendable {
    let directory: String
    private let said = Mutex<[String]>([])

    /// What it has logged so far.
    var lines: [String] { said.withLock { $0 } }

    init(_ identity: StandInIdentity = StandInIdentity(clusterName: "guestbook")) throws {
        directory = FileManager.default.temporaryDirectory.path + "/standin-" + UUID().uuidString
        try StandInDatabase.initialise(directory: directory, identity: identity)
    }

    /// On a copy of another's volume: the same node again.
    init(copyOf home: Home) throws {
        directory = home.directory + "-copy"
        try FileManager.default.copyItem(atPath: home.directory, toPath: directory)
    }

    // What stays is in the system's directory for it.
    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// On loopback, with ports of the system's choice.
    func database(_ identity: StandInIdentity = StandInIdentity(clusterName: "guestbook")) -> StandInDatabase {
        var database = StandInDatabase(directory: directory, host: "127.0.0.1", port: 0, identity: identity) {
            [self] line in
            said.withLock { $0.append(line) }
        }
        database.storagePort = 0
        return database
    }

    /// Serves for as long as the body takes.
    func serving<Value: Sendable>(
        _ change: (inout StandInDatabase) -> Void = { _ in },
        _ body: (UInt16) async throws -> Value
    ) async throws -> Value {
        var database = database()
        change(&database)
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            do {
                return try await serving(database, body)
            } catch let error as StandInError where error.code == "standin.cannot_listen" && database.port != 0 {
                // A child that another test is about to start holds copies of this process' sockets until it is another
                // program: a port that was just left may be taken for that long.
                guard ContinuousClock.now < deadline else { throw error }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    private func serving<Value: Sendable>(
        _ database: StandInDatabase,
        _ body: (UInt16) async throws -> Value
    ) async throws -> Value {
        var database = database
        let (ports, feed) = AsyncStream.makeStream(of: UInt16.self)
        database.listening = { feed.yield($0) }
        let serving = database
        let task = Task {
            defer { feed.finish() }
            try await serving.run()
        }
        defer { task.cancel() }
        for await port in ports {
            let result: Result<Value, any Error>
            do { result = .success(try await body(port)) } catch { result = .failure(error) }
            task.cancel()
            try await task.value
            return try result.get()
        }
        try await task.value
        throw StandInError.network("silent", "it ended before it listened")
    }

    /// Waits until it has said something like this.
    func expect(_ text: String, within limit: Duration = .seconds(60)) async throws {
        let deadline = ContinuousClock.now + limit
        while !lines.contains(where: { $0.contains(text) }) {
            try #require(
                ContinuousClock.now < deadline,
                "it never said '\(text)', but:\n\(lines.joined(separator: "\n"))"
            )
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

extension CQLConnection {
    /// A statement's rows, as text.
    func rows(_ statement: String) throws -> [[String]] {
        guard case .rows(let rows) = try query(statement) else { return [] }
        return try rows.texts()
    }
}

extension Home {
    /// Connects to loopback; the call blocks its thread.
    static func connect(_ port: UInt16, host: String = "127.0.0.1") throws -> CQLConnection {
        try CQLConnection.open(host: host, port: port)
    }

    /// Waits until something is so.
    static func until(_ what: String, within limit: Duration = .seconds(60), _ isSo: () throws -> Bool) async throws {
        let deadline = ContinuousClock.now + limit
        while try !isSo() {
            try #require(ContinuousClock.now < deadline, "it never came to this: \(what)")
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
