import Foundation
import Glibc
import Model
import StateStore
import StateStoreKit
import Testing
import ZooKeeper
import ZooKeeperServer

/// A look at a state by somebody who has no right to it.
@Suite("Looking at a state", .withZooKeeper, .timeLimit(.minutes(6)))
struct InspectionTests {
    private static func look(_ place: String, credentials: String? = nil) async throws -> StateInspection {
        try await StateAddress(place).inspect(credentials: credentials.map { Secret($0) }, patience: .seconds(30))
    }

    @Test("a file's keys are told, lazy ones too, and nothing in its folder changes")
    func file() async throws {
        try await TestFolder.with { folder in
            let store = try SQLiteStateStore(path: folder.state)
            let epoch = try await store.open().epoch
            let keys = ["run/b", "ended/1", "a"]
            _ = try await store.commit(keys.map { .put(key: $0, value: [1]) }, epoch: epoch)
            await store.close()
            let before = try folder.contents()
            let seen = try await Self.look("sqlite:\(folder.state)")
            #expect(seen.content == .records(keys: keys.sorted()))
            #expect(seen.holder == nil && seen.obstacle == nil)
            #expect(try folder.contents() == before)
            #expect(try await folder.load().epoch == epoch + 1, "it has taken none")
        }
    }

    @Test(
        "a name that SQLite would read as an address is a name",
        arguments: ["a?b=c", "a#b", "a%20b", "a b", "file:a"]
    )
    func names(_ name: String) async throws {
        try await TestFolder.with { folder in
            let path = "\(folder.path)/\(name)"
            let store = try SQLiteStateStore(path: path)
            let epoch = try await store.open().epoch
            _ = try await store.commit([.put(key: "a", value: [1])], epoch: epoch)
            await store.close()
            #expect(try await Self.look("sqlite:\(path)").content == .records(keys: ["a"]))
        }
    }

    @Test("what is not there is not made, and why it could not be is told")
    func nothing() async throws {
        try await TestFolder.with { folder in
            let seen = try await Self.look("sqlite:\(folder.state)")
            #expect(seen.content == .nothing && seen.holder == nil && seen.obstacle == nil)
            #expect(try folder.contents().isEmpty)
            let elsewhere = try await Self.look("sqlite:\(folder.path)/none/state.db")
            #expect(elsewhere.content == .nothing)
            #expect(elsewhere.obstacle?.contains("\(folder.path)/none/") == true)
        }
    }

    @Test("a process that holds it is named and goes on; killed, it leaves a log that is left alone")
    func held() async throws {
        try await TestFolder.with { folder in
            _ = try await folder.makeState(batches: 3)
            let process = try StoreProcess(in: folder, "state.db", "hold")
            #expect(try process.line().hasPrefix("open "))
            let seen = try await Self.look("sqlite:\(folder.state)")
            #expect(seen.holder?.hasPrefix("process ") == true)
            guard case .unreadable(let why) = seen.content else {
                Issue.record("\(seen.content)")
                return
            }
            #expect(why.contains("process "))
            // The look has closed a descriptor of the file, which gives away no lock but one's own.
            #expect(try StoreProcess(in: folder, "state.db", "hold").end() == ["refused state.locked"])
            _ = process.kill()
            let before = try folder.contents()
            try #require(before["state.db-wal"]?.isEmpty == false, "it was killed with a log")
            let left = try await Self.look("sqlite:\(folder.state)")
            #expect(left.holder == nil)
            guard case .unreadable = left.content else {
                Issue.record("\(left.content)")
                return
            }
            #expect(try folder.contents() == before)
        }
    }

    @Test("a store of this very process keeps its lock")
    func own() async throws {
        try await TestFolder.with { folder in
            let store = try SQLiteStateStore(path: folder.state)
            #expect(await code { _ = try await Self.look("sqlite:\(folder.state)") } == .locked)
            #expect(try StoreProcess(in: folder, "state.db", "hold").end() == ["refused state.locked"])
            await store.close()
        }
    }

    @Test("another program's file is refused and left as it is")
    func foreign() async throws {
        try await TestFolder.with { folder in
            try folder.write(Array("SQLite format 3\u{0}".utf8) + [UInt8](repeating: 0, count: 200))
            let before = try folder.contents()
            #expect(await code { _ = try await Self.look("sqlite:\(folder.state)") } == .corrupt)
            #expect(await code { _ = try await Self.look("sqlite:\(folder.path)") } == .io)
            #expect(try folder.contents() == before)
        }
    }

    // MARK: ZooKeeper

    @Test("a state in ZooKeeper is told with who acts on it, and its epoch stays")
    func zooKeeper() async throws {
        let servers = try WithZooKeeper.server.address
        let path = "/dcos-service-\(UInt64.random(in: .min ... .max))"
        let place = "zk://\(servers)\(path)"
        let nothing = try await Self.look(place)
        #expect(nothing == (try await Self.look(place)) && nothing.content == .nothing && nothing.obstacle == nil)
        let orphan = try await Self.look("zk://\(servers)\(path)/below")
        #expect(orphan.content == .nothing && orphan.obstacle == "there is no \(path)")

        let session = try ZooKeeperSession(servers: servers, timeout: .seconds(10), credentials: nil)
        let store = ZooKeeperStateStore(session: session, path: path)
        let epoch = try await store.open().epoch
        let keys = ["run/b", "ended/1", "a"]
        _ = try await store.commit(keys.map { .put(key: $0, value: [1]) }, epoch: epoch)
        let free = try await Self.look(place)
        #expect(free == (try await Self.look(place)) && free.content == .records(keys: keys.sorted()))
        #expect(free.holder == nil)

        try await ZooKeeperLock(session: session, path: path, name: "http://here:1").acquire { _ in }
        #expect(try await Self.look(place).holder == "the scheduler at http://here:1")
        #expect(try await store.commit([.delete(key: "a")], epoch: epoch) == 2, "nobody has opened it since")
        await store.close()
    }

    @Test("a state for others' credentials is refused")
    func denied() async throws {
        let servers = try WithZooKeeper.server.address
        let path = "/dcos-service-\(UInt64.random(in: .min ... .max))"
        let session = try ZooKeeperSession(servers: servers, timeout: .seconds(10), credentials: Secret("us:secret"))
        let store = ZooKeeperStateStore(session: session, path: path)
        _ = try await store.open()
        let place = "zk://\(servers)\(path)"
        #expect(await code { _ = try await Self.look(place) } == .denied)
        #expect(await code { _ = try await Self.look(place, credentials: "us:wrong") } == .denied)
        #expect(try await Self.look(place, credentials: "us:secret").content == .records(keys: []))
        await store.close()
    }

    @Test("a ZooKeeper that does not answer is waited for, but not for ever")
    func silent() async throws {
        let relay = try ZooKeeperRelay(to: WithZooKeeper.server.port)
        defer { relay.stop() }
        relay.become(.cut)
        let address = try StateAddress("zk://\(relay.address)/dcos-service-x")
        let error = await #expect(throws: StateStoreError.self) {
            try await address.inspect(credentials: nil, patience: .seconds(1))
        }
        #expect(error?.code == .io && error?.message.contains("has not answered for 1") == true, "\(error as Any)")
    }
}
