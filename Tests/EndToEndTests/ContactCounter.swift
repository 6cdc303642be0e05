import FoundationEssentials
import StandIn
import Synchronization
import Testing

/// A "production" node that counts who speaks to it: clients by their connections, other nodes by their datagrams.
final class ContactCounter: Sendable {
    private let folder: String
    private let lines: Lines
    private let task: Task<Void, any Error>

    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
        @Sendable func add(_ line: String) { all.withLock { $0.append(line) } }
    }

    private init(_ folder: String, _ lines: Lines, _ task: Task<Void, any Error>) {
        self.folder = folder
        self.lines = lines
        self.task = task
    }

    /// Serves at an address, and gossips there when it has a port for that.
    static func start(host: String, port: UInt16, storagePort: UInt16 = 0) async throws -> ContactCounter {
        let folder = "/tmp/understudy-production-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        let identity = StandInIdentity(clusterName: "guestbook")
        try StandInDatabase.initialise(directory: folder, identity: identity)
        let lines = Lines()
        var database = StandInDatabase(directory: folder, host: host, port: port, identity: identity, log: lines.add)
        database.storagePort = storagePort
        let (ports, feed) = AsyncStream.makeStream(of: UInt16.self)
        database.listening = { feed.yield($0) }
        let task = Task { [database] in
            defer { feed.finish() }
            try await database.run()
        }
        var iterator = ports.makeAsyncIterator()
        try #require(await iterator.next() != nil, "it ended before it listened: \(lines.all.withLock { $0 })")
        return ContactCounter(folder, lines, task)
    }

    /// Lines about contacts so far: the first of each kind, and then ever fewer.
    var contacts: [String] {
        lines.all.withLock { $0 }.filter { line in
            line.contains("client connections") || line.contains("gossip from") || line.contains("mismatch")
        }
    }

    /// Ends it.
    ///
    /// - Returns: how many lines about contacts it has logged: 0 for none at all.
    func stop() async -> Int {
        task.cancel()
        // Its end is what was asked for, however it comes.
        try? await task.value
        try? FileManager.default.removeItem(atPath: folder)
        return contacts.count
    }
}
