import Foundation
import SeededRandom
import Synchronization
import Testing

@testable import StandIn

@Suite("The stand-in database", .timeLimit(.minutes(3)))
struct StandInTests {
    @Test("it says that it is a stand-in, and keeps rows over a restart")
    func rows() async throws {
        let home = try Home()
        try await home.serving { client async throws in
            #expect(
                try client.call("HELLO") == ["understudy stand-in, not Cassandra", "stand-in protocol 1", "guestbook"]
            )
            #expect(try client.call("COUNT") == ["0"])
            #expect(try client.call("ADD Ada wrote: hällo") == ["1"])
            #expect(try client.call("ADD two  spaces ") == ["2"])
            #expect(try client.call("LIST") == ["Ada wrote: hällo", "two  spaces "])
            #expect(try client.call("CLUSTER") == ["guestbook"])
        }
        #expect(home.lines.first == "understudy stand-in, not Cassandra")
        try await home.serving { client async throws in
            #expect(try client.call("COUNT") == ["2"])
            #expect(try client.call("DROP") == [])
            #expect(try client.call("ADD again") == ["1"])
        }
        try await home.serving { client async throws in #expect(try client.call("LIST") == ["again"]) }
    }

    @Test("a listing larger than any buffer arrives in whole")
    func largeListing() async throws {
        let home = try Home()
        try await home.serving { client async throws in
            let row = String(repeating: "x", count: 50_000)
            for _ in 0..<40 { _ = try client.call("ADD " + row) }
            #expect(try client.call("LIST") == Array(repeating: row, count: 40))
        }
    }

    @Test("a directory that holds no database is refused with exit code 78, and stays as it was")
    func noData() async throws {
        let empty = FileManager.default.temporaryDirectory.path + "/standin-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: empty) }  // what stays is in the system's directory for it
        let database = StandInDatabase(directory: empty, host: "127.0.0.1", port: 0, clusterName: "guestbook")
        let error = await #expect(throws: StandInError.self) { try await database.run() }
        #expect(error?.code == "standin.no_data")
        #expect(error?.exitCode == 78)
        #expect(try FileManager.default.contentsOfDirectory(atPath: empty) == [])
    }

    @Test("another cluster's data are refused, until they are renamed")
    func otherCluster() async throws {
        let home = try Home()
        var database = home.database
        database.clusterName = "ci-1"
        let other = database
        let error = await #expect(throws: StandInError.self) { try await other.run() }
        #expect(error?.code == "standin.other_cluster")
        #expect(error?.exitCode == 78)
        try StandInDatabase.rename(directory: home.directory, to: "ci-1")
        #expect(try DataDirectory(path: home.directory).clusterName() == "ci-1")
        #expect(throws: StandInError.self) { try StandInDatabase.rename(directory: home.directory, to: "a\nb") }
        #expect(throws: StandInError.self) { try StandInDatabase.rename(directory: home.directory + "/x", to: "a") }
        #expect(throws: StandInError.self) {
            try StandInDatabase.initialise(directory: home.directory, clusterName: "again")
        }
    }

    @Test("a torn last row is dropped wherever the crash came", arguments: [1, 5, 9, 10, 14])
    func torn(kept: Int) async throws {
        let home = try Home()
        try await home.serving { client async throws in
            _ = (try client.call("ADD first"), try client.call("ADD second"))
        }
        let bytes = try home.log()
        try home.setLog(bytes.prefix(15 + kept))
        try await home.serving { client async throws in
            #expect(try client.call("LIST") == ["first"])
            _ = try client.call("ADD third")
        }
        #expect(home.lines.contains("dropped a torn last row of \(kept) bytes"))
        try await home.serving { client async throws in #expect(try client.call("LIST") == ["first", "third"]) }
    }

    @Test("a wrong row that is not the last is no torn one: the log is refused")
    func corrupt() async throws {
        let home = try Home()
        try await home.serving { client async throws in
            for row in ["first", "second", "third"] { _ = try client.call("ADD " + row) }
        }
        let good = try home.log()
        var changed = good
        changed[12] ^= 1
        let withoutFirst = good.dropFirst(15)
        for bytes in [changed, Array(withoutFirst)] {
            try home.setLog(bytes)
            let error = #expect(throws: StandInError.self) { try RowLog.open(home.directory + "/data/guests/rows.log") }
            #expect(error?.code == "standin.corrupt")
            #expect(try home.log() == Array(bytes))
        }
    }

    @Test("any byte changed or cut in a log is noticed or leaves a beginning of the rows")
    func fuzzLog() async throws {
        let home = try Home()
        try await home.serving { client async throws in for row in 0..<20 { _ = try client.call("ADD row \(row)") } }
        let good = try home.log()
        let rows = (0..<20).map { "row \($0)" }
        var random = SplitMix64(seed: 78)
        for _ in 0..<300 {
            var bytes = good
            if Bool.random(using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            } else {
                bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
            }
            try home.setLog(bytes)
            do {
                let log = try RowLog.open(home.directory + "/data/guests/rows.log").log
                #expect(rows.starts(with: log.rows))
            } catch {
                #expect(error.code == "standin.corrupt")
            }
        }
    }

    @Test("two processes never serve one directory")
    func inUse() async throws {
        let home = try Home()
        try await home.serving { _ in
            let error = #expect(throws: StandInError.self) { try RowLog.open(home.directory + "/data/guests/rows.log") }
            #expect(error?.code == "standin.in_use")
        }
    }

    @Test("a log that is closed can be opened again while a forked child still holds its descriptor")
    func lockEndsWithItsHolder() throws {
        let home = try Home()
        let path = home.directory + "/rows.log"
        var log: Descriptor? = try Files.openLog(path)
        let inherited = dup(try #require(log?.number))
        defer { close(inherited) }
        #expect(throws: StandInError.self) { try Files.openLog(path) }
        log = nil
        _ = try Files.openLog(path)
    }

    @Test("a port that is taken is told with exit code 69")
    func portTaken() async throws {
        let home = try Home()
        let (socket, port) = try Sockets.listen(host: "127.0.0.1", port: 0)
        var database = home.database
        database.port = port
        let other = database
        let error = await #expect(throws: StandInError.self) { try await other.run() }
        #expect(error?.exitCode == 69)
        withExtendedLifetime(socket) {}
    }
}

/// A fresh database in a directory of its own.
final class Home: Sendable {
    let directory: String
    private let said: Mutex<[String]> = Mutex([])

    init() throws {
        directory = FileManager.default.temporaryDirectory.path + "/standin-" + UUID().uuidString
        try StandInDatabase.initialise(directory: directory, clusterName: "guestbook")
    }

    deinit {
        // What stays behind lies in the system's directory for such things.
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// What the log said so far.
    var lines: [String] { said.withLock { $0 } }

    var database: StandInDatabase {
        var database = StandInDatabase(directory: directory, host: "127.0.0.1", port: 0, clusterName: "guestbook")
        database.log = { [weak self] line in self?.said.withLock { $0.append(line) } }
        return database
    }

    func log() throws -> [UInt8] { try Files.read(directory + "/data/guests/rows.log", max: 1 << 20) }
    func setLog(_ bytes: some Sequence<UInt8>) throws {
        try Data(Array(bytes)).write(to: URL(fileURLWithPath: directory + "/data/guests/rows.log"))
    }

    /// Runs the database around the work, and ends it by cancelling.
    func onPort(
        idleLimit: Duration = .seconds(300),
        _ work: @Sendable (UInt16) async throws -> Void
    ) async throws {
        var database = database
        let (ports, feed) = AsyncStream.makeStream(of: UInt16.self)
        database.listening = { feed.yield($0) }
        database.idleLimit = idleLimit
        try await withThrowingTaskGroup(of: Void.self) { [database] group in
            group.addTask {
                defer { feed.finish() }
                try await database.run()
            }
            for await port in ports {
                do {
                    try await work(port)
                } catch {
                    group.cancelAll()
                    throw error
                }
                break
            }
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    func serving(_ work: @Sendable (StandInClient) async throws -> Void) async throws {
        try await onPort { port in try await work(try StandInClient.connect(host: "localhost", port: port)) }
    }
}
