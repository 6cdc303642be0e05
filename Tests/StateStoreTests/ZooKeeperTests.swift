import Model
import StateStoreKit
import Synchronization
import Testing
import ZooKeeper
import ZooKeeperServer

@testable import StateStore

/// A path of a test's own.
func freshPath() -> String { "/dcos-service-\(UInt64.random(in: .min ... .max))" }

func session(
    _ servers: String,
    timeout: Duration = .seconds(10),
    credentials: String? = nil
) throws -> ZooKeeperSession {
    try ZooKeeperSession(servers: servers, timeout: timeout, credentials: credentials.map { Secret($0) })
}

/// Lends a store through a relay, and ends both whatever happens.
private func withRelay(
    timeout: Duration = .seconds(10),
    _ body: (ZooKeeperRelay, ZooKeeperSession, ZooKeeperStateStore, StoredState) async throws -> Void
) async throws {
    let relay = try ZooKeeperRelay(to: WithZooKeeper.server.port)
    defer { relay.stop() }
    let session = try session(relay.address, timeout: timeout)
    let store = ZooKeeperStateStore(session: session, path: freshPath())
    let result: Result<Void, any Error>
    do { result = .success(try await body(relay, session, store, try await store.open())) } catch {
        result = .failure(error)
    }
    await store.close()
    try result.get()
}

private func until(_ isSo: () -> Bool) async throws {
    while !isSo() { try await Task.sleep(for: .milliseconds(5)) }
}

@Suite("A connection to ZooKeeper that fails", .withZooKeeper, .timeLimit(.minutes(6)))
struct ZooKeeperConnectionTests {
    @Test("a commit whose answer is lost happens once, and is known to have happened")
    func answerLost() async throws {
        try await withRelay { relay, _, store, state in
            _ = try await store.commit([.put(key: "a", value: [1])], epoch: state.epoch)
            relay.become(.mute)
            let before = relay.dropped
            async let lost = store.commit([.put(key: "a", value: [2]), .put(key: "b", value: [3])], epoch: state.epoch)
            try await until { relay.dropped > before }
            relay.become(.cut)
            relay.become(.passing)
            let sequence = try await lost
            #expect(sequence == 2)
            #expect(try await store.commit([.delete(key: "b")], epoch: state.epoch) == 3)
            #expect(try await store.open().records == [StateRecord(key: "a", value: [2])])
        }
    }

    @Test("a commit that never reached a server waits for one, and happens")
    func neverSent() async throws {
        try await withRelay { relay, session, store, state in
            relay.become(.cut)
            try await until { session.standing == .away }
            async let waiting = store.commit([.put(key: "a", value: [1])], epoch: state.epoch)
            async let behind = store.commit([.put(key: "a", value: [2])], epoch: state.epoch)
            try await Task.sleep(for: .milliseconds(200))
            relay.become(.passing)
            let sequences = try await [waiting, behind]
            #expect(sequences.sorted() == [1, 2])
        }
    }

    @Test("a session that the servers have given up is over for what waits and for what comes after")
    func expired() async throws {
        try await withRelay(timeout: .seconds(1)) { relay, session, store, state in
            relay.become(.cut)
            try await until { session.standing == .away }
            let waiting = Task { try await store.commit([.put(key: "a", value: [1])], epoch: state.epoch) }
            try await Task.sleep(for: .seconds(2))
            relay.become(.passing)
            let error = await #expect(throws: StateStoreError.self) { _ = try await waiting.value }
            #expect(error?.code == .lost)
            #expect(await code { _ = try await store.commit([], epoch: state.epoch) } == .lost)
            #expect(await !ZooKeeperLeadership(session: session, path: "/").mayAct())
        }
    }

    @Test("nothing may be started once two thirds of the time-out have passed without an answer, and may after one")
    func silence() async throws {
        try await withRelay(timeout: .seconds(3)) { relay, session, _, _ in
            let leadership = ZooKeeperLeadership(session: session, path: "/")
            let keeping = Task { try await leadership.keep() }
            defer { keeping.cancel() }
            #expect(await leadership.mayAct() && leadership.obstacle == nil)
            relay.become(.mute)
            try await until { leadership.obstacle != nil }
            #expect(try #require(session.silence) >= .seconds(2))
            #expect(leadership.obstacle?.contains(relay.address) == true)
            let asked = Task { await leadership.mayAct() }
            relay.become(.cut)
            relay.become(.passing)
            #expect(await asked.value)
            // On a busy machine the answer may be old by now; it goes on being asked.
            try await until { leadership.obstacle == nil }
        }
    }

    @Test("a store that is closed while no server answers does not wait for one")
    func closing() async throws {
        try await withRelay { relay, session, store, state in
            relay.become(.cut)
            try await until { session.standing == .away }
            let waiting = Task { try await store.commit([.put(key: "a", value: [1])], epoch: state.epoch) }
            try await Task.sleep(for: .milliseconds(50))
            await store.close()
            await #expect(throws: StateStoreError.self) { _ = try await waiting.value }
        }
    }

    @Test("a server that dies and comes back has all that was committed")
    func restart() async throws {
        let server = try await ZooKeeperServer.start()
        let store = ZooKeeperStateStore(session: try session(server.address), path: freshPath())
        let state = try await store.open()
        var batches = RandomBatches(seed: 7)
        for _ in 0..<30 { _ = try await store.commit(batches.next(), epoch: state.epoch) }
        try await server.restart()
        #expect(try await store.commit(batches.next(), epoch: state.epoch) == 31)
        let isSame = try await store.open().records == batches.model.records
        #expect(isSame)
        await store.close()
        await server.stop()
    }
}

@Suite("The lock in ZooKeeper", .withZooKeeper, .timeLimit(.minutes(6)))
struct ZooKeeperLockTests {
    @Test("one has it; who waits hears who, and has it as soon as the first is gone")
    func handedOver() async throws {
        let (servers, path) = (try WithZooKeeper.server.address, freshPath())
        let (first, second) = (try session(servers), try session(servers))
        try await ZooKeeperLock(session: first, path: path, name: "http://a:1").acquire { _ in }
        let heard = Mutex<[String]>([])
        let waiting = Task {
            try await ZooKeeperLock(session: second, path: path, name: "http://b:2")
                .acquire { holder in heard.withLock { $0.append(holder) } }
        }
        try await until { heard.withLock { !$0.isEmpty } }
        await first.close()
        try await waiting.value
        #expect(heard.withLock { $0 } == ["http://a:1"])
        await second.close()
    }

    @Test("who cannot be heard of has it until the time-out, and not after")
    func expired() async throws {
        let (server, path) = (try WithZooKeeper.server, freshPath())
        let relay = try ZooKeeperRelay(to: server.port)
        defer { relay.stop() }
        let (first, second) = (try session(relay.address, timeout: .seconds(2)), try session(server.address))
        try await ZooKeeperLock(session: first, path: path, name: "a").acquire { _ in }
        let leadership = ZooKeeperLeadership(session: first, path: path)
        relay.become(.cut)
        try await ZooKeeperLock(session: second, path: path, name: "b").acquire { _ in }
        #expect(leadership.obstacle != nil, "the first was let act beside the second")
        await first.close()
        await second.close()
    }

    @Test("a node whose making was not answered is found again, not made twice")
    func answerLost() async throws {
        let (server, path) = (try WithZooKeeper.server, freshPath())
        let relay = try ZooKeeperRelay(to: server.port)
        defer { relay.stop() }
        let (own, other) = (try session(relay.address), try session(server.address))
        try await ZooKeeperTree(path: path).prepare(own)
        relay.become(.mute)
        let acquiring = Task { try await ZooKeeperLock(session: own, path: path, name: "a").acquire { _ in } }
        let before = relay.dropped
        // The look that comes before it, or the making itself: whatever was lost is cut off and comes again.
        for _ in 0..<5 {
            try await until { relay.dropped > before }
            relay.become(.cut)
            relay.become(.mute)
        }
        relay.become(.cut)
        relay.become(.passing)
        try await acquiring.value
        #expect(try await other.children(of: "\(path)/lock").count == 1)
        await own.close()
        await other.close()
    }
}

@Suite("What is in ZooKeeper already", .withZooKeeper, .timeLimit(.minutes(6)))
struct ZooKeeperTreeTests {
    /// Opens a store at a path, and says why it cannot.
    private func failure(_ path: String, credentials: String? = nil) async throws -> StateStoreError? {
        let store = ZooKeeperStateStore(
            session: try session(try WithZooKeeper.server.address, credentials: credentials),
            path: path
        )
        var failure: StateStoreError?
        do throws(StateStoreError) { _ = try await store.open() } catch { failure = error }
        await store.close()
        return failure
    }

    private func withNode(_ data: String, children: [String] = [], _ body: (String) async throws -> Void) async throws {
        let (path, session) = (freshPath(), try session(try WithZooKeeper.server.address))
        let nodes = children.map { ZooKeeperOperation.create(path: "\(path)/\($0)", data: []) }
        try await session.connected()
        try await session.multi([.create(path: path, data: Array(data.utf8))] + nodes)
        try await body(path)
        let node = try await session.node(path)
        #expect(node.data == Array(data.utf8) && Int(node.children) == children.count, "something was written")
        await session.close()
    }

    @Test(
        "what is not ours, or newer, is left as it is",
        arguments: [
            ("understudy state 2\n", StateStoreError.Code.newerFormat), ("another program", .corrupt),
            ("understudy state 1", .corrupt), ("understudy state 0\n", .corrupt), ("understudy state x\n", .corrupt),
        ]
    )
    func foreign(data: String, code: StateStoreError.Code) async throws {
        try await withNode(data) { path in
            let failure = try await failure(path)
            #expect(failure?.code == code && failure?.message.contains(path) == true)
        }
    }

    @Test("an empty node with children is another program's; one without is taken")
    func empty() async throws {
        try await withNode("", children: ["brokers"]) { path in
            let failure = try await failure(path)
            #expect(failure?.code == .corrupt)
        }
        let (path, session) = (freshPath(), try session(try WithZooKeeper.server.address))
        try await session.connected()
        try await session.multi([.create(path: path, data: [])])
        await session.close()
        #expect(try await failure(path) == nil)
    }

    @Test("a path whose parent is not there is not made up")
    func noParent() async throws {
        let failure = try await failure("/no-such-parent/dcos-service-a")
        #expect(failure?.code == .badAddress && failure?.message.contains("there is no /no-such-parent") == true)
    }

    @Test("with credentials, a state is nobody else's")
    func credentials() async throws {
        let path = freshPath()
        #expect(try await failure(path, credentials: "understudy:secret") == nil)
        #expect(try await failure(path, credentials: "understudy:secret") == nil)
        for credentials in [nil, "understudy:wrong", "other:secret"] {
            let failure = try await failure(path, credentials: credentials)
            #expect(failure?.code == .denied && failure?.message.contains("secret") == false)
        }
    }

    @Test("what another program changes beneath us is said, and not gone over")
    func meddling() async throws {
        let (path, session) = (freshPath(), try session(try WithZooKeeper.server.address))
        let store = ZooKeeperStateStore(session: session, path: path)
        let epoch = try await store.open().epoch
        _ = try await store.commit([.put(key: "a", value: [1])], epoch: epoch)
        let node = ZooKeeperTree(path: path).node(of: "a")
        try await session.multi([.delete(path: node)])
        var failure: StateStoreError?
        do throws(StateStoreError) { _ = try await store.commit([.put(key: "a", value: [2])], epoch: epoch) } catch {
            failure = error
        }
        #expect(failure?.code == .corrupt && failure?.message.contains(node) == true)
        try await session.multi([.create(path: "\(path)/records/00/junk", data: [])])
        #expect(await code { _ = try await store.open() } == .corrupt)
        await store.close()
    }

    @Test("no node has over a thousand children")
    func children() async throws {
        let session = try session(try WithZooKeeper.server.address)
        let store = ZooKeeperStateStore(session: session, path: freshPath())
        let epoch = try await store.open().epoch
        let keys = (0...).lazy.map { "run/\($0)" }.filter { ZooKeeperTree.bucket(of: $0) == 7 }.prefix(1_001)
        let puts = keys.map { StateChange.put(key: $0, value: []) }
        for batch in [puts[..<500], puts[500..<1_000]] { _ = try await store.commit(Array(batch), epoch: epoch) }
        #expect(await code { _ = try await store.commit([puts[1_000]], epoch: epoch) } == .limit)
        _ = try await store.commit([.delete(key: Array(keys)[3]), puts[1_000]], epoch: epoch)
        await store.close()
    }

    @Test("the end of a session is no answer to what was asked", arguments: [-112, -115, -116, -9, -4, -7] as [Int32])
    func noAnswer(code: Int32) { #expect(!ZooKeeperFault(code).isAnswer) }

    @Test("what a server says of a node is an answer", arguments: [-101, -102, -103, -110, -111] as [Int32])
    func answer(code: Int32) { #expect(ZooKeeperFault(code).isAnswer) }

    @Test(
        "a record's node is found by its key, and the key by the node",
        arguments: ["a", ".", "..", "a/b", "/", "//x/"]
    )
    func names(key: String) {
        let name = ZooKeeperTree.name(of: key)
        #expect(!name.contains("/") && name != "." && name != ".." && ZooKeeperTree.key(of: name) == key)
    }
}
