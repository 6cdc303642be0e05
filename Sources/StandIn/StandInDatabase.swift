import CQL
import FoundationEssentials
import NIOCore
import NIOPosix

/// A small database that stands in for Cassandra in a local cluster, and says that it does.
///
/// It speaks enough of CQL's native protocol, v3 and v4, that drivers connect, find the schema, and read and write; what it does
/// not know it refuses in words. One node, no replicas: consistencies are accepted and count for nothing. Its data lives in
/// `data/system` of its directory, on disk before it is answered for.
public struct StandInDatabase: Sendable {
    /// What it says first in its log.
    public static let banner = "understudy stand-in, not Cassandra: release \(Node.releaseVersion)"

    /// Holds `data/`.
    public var directory: String
    /// An IPv4 address: where it serves clients and gossips.
    public var host: String
    /// For clients; 0 for one of the system's choice.
    public var port: UInt16
    /// For gossip, here and at every peer; 0 for one of the system's choice, and no gossip of its own.
    public var storagePort: UInt16 = 7_000
    /// Where it tells clients to go, as `broadcast_rpc_address`; nil for ``host``.
    public var clientHost: String?
    /// For its `nodetool`, on loopback; 0 for none.
    public var jmxPort: UInt16 = 0
    /// True: clients log in, as with the PasswordAuthenticator.
    public var asksForLogin = false
    /// Has to be the one that the data were written under, as with Cassandra.
    public var identity: StandInIdentity
    /// As the image's `JVM_EXTRA_OPTS`: of Cassandra's properties, `load_ring_state=false`, `allow_unsafe_join`, `ignore_dc`,
    /// `ignore_rack`, `native_transport_port`, `storage_port` and `jmx.local.port` count.
    public var options = "" {
        didSet { obey(options) }
    }
    private var given = JVMOptions("")
    /// How long a silent client may stay.
    public var idleLimit: Duration = .seconds(300)
    /// Told the real port once clients can connect.
    public var listening: (@Sendable (UInt16) -> Void)?
    /// Takes the log's lines.
    public var log: @Sendable (String) -> Void

    /// Wraps what has no default; nothing is looked at before ``run()``.
    public init(
        directory: String,
        host: String,
        port: UInt16,
        identity: StandInIdentity,
        log: @escaping @Sendable (String) -> Void
    ) {
        self.directory = directory
        self.host = host
        self.port = port
        self.identity = identity
        self.log = log
    }

    /// In a word of its own: observers are silent while a value is made.
    mutating func obey(_ options: String) {
        given = JVMOptions(options)
        port = given["cassandra.native_transport_port"].flatMap { UInt16($0) } ?? port
        storagePort = given["cassandra.storage_port"].flatMap { UInt16($0) } ?? storagePort
        jmxPort = given["cassandra.jmx.local.port"].flatMap { UInt16($0) } ?? jmxPort
    }

    /// Makes an empty database, as production's first boot does.
    ///
    /// - Throws: `standin.exists` when there is one; `standin.cannot_write`, `standin.bad_name`, `standin.bad_tokens`.
    public static func initialise(directory: String, identity: StandInIdentity) throws(StandInError) {
        try identity.check()
        let system = "\(directory)/data/system"
        do {
            try FileManager.default.createDirectory(atPath: system, withIntermediateDirectories: true)
        } catch {
            throw .directory("cannot_write", "\(system): \(error)")
        }
        let store = try RowStore(path: path(in: directory), isNew: true)
        defer { store.close() }
        do {
            try store.transaction { (rows) throws(ErrorMessage) in try Node.initialise(rows, identity, UUIDSource()) }
        } catch {
            throw .directory("cannot_write", error.message)
        }
    }

    private static func path(in directory: String) -> String { "\(directory)/data/system/stand-in.sqlite" }

    /// Serves until its task is cancelled; signals are the caller's.
    ///
    /// - Throws: a ``StandInError`` when it cannot start: `standin.no_data`, `standin.corrupt`, `standin.in_use` and the like
    ///   with exit code 78; `standin.other_cluster`, `standin.other_dc`, `standin.other_rack` with Cassandra's words and 100;
    ///   `standin.other_tokens` with 1; `standin.cannot_listen` with 69.
    public func run() async throws {
        log(Self.banner)
        // One thread for everything: one statement at a time, and nobody else waits for its disk.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let result: Result<Void, any Error>
        do { result = .success(try await serve(on: group.next())) } catch { result = .failure(error) }
        try await group.shutdownGracefully()
        try result.get()
        log("stopped")
    }

    private func serve(on loop: any EventLoop) async throws {
        let serving = try await loop.submit { NIOLoopBound(try open(loop), eventLoop: loop) }.get()
        let server = try await bind(loop, serving)
        defer { server.close(promise: nil) }
        let gossip = try await bindGossip(loop, serving)
        let administration = try await bindAdministration(loop, serving)
        let port = server.localAddress?.port.flatMap { UInt16(exactly: $0) } ?? self.port
        log("serving cluster \(identity.clusterName) at \(host):\(port), gossip at \(host):\(storagePort)")
        listening?(port)
        await withTaskCancellationHandler {
            // Closed by us alone: either way is the end.
            try? await server.closeFuture.get()
        } onCancel: {
            server.close(promise: nil)
        }
        // They have been closed by now if their loop has gone.
        try? await gossip?.close()
        try? await administration?.close()
        try await loop.submit { serving.value.store.close() }.get()
    }

    /// What lives on the event loop.
    private struct Serving {
        let store: RowStore
        let engine: Engine
        let hostID: CQLUUID
        let clients: Clients
    }

    private func open(_ loop: any EventLoop) throws -> Serving {
        let system = "\(directory)/data/system"
        // A volume that nobody ever wrote a database to must not become an empty one, and a green test.
        guard FileManager.default.fileExists(atPath: system) else {
            throw StandInError.directory("no_data", "\(system) does not exist: this directory holds no database")
        }
        guard let address = Literal.address(host), let clients = Literal.address(clientHost ?? host) else {
            throw StandInError.network("bad_host", "\(host) or \(clientHost ?? host) is no IPv4 address")
        }
        let store = try RowStore(path: Self.path(in: directory), isNew: false)
        do {
            let engine = try Engine(store)
            let saved = try store.transaction { (rows) throws(ErrorMessage) in try Node.saved(rows, engine.schema) }
            try Node.check(saved, is: identity, given)
            let generation = Int32(clamping: Int64(Date().timeIntervalSince1970))
            let hostID = try store.transaction { (rows) throws(ErrorMessage) in
                try Node.boot(rows, engine.schema, address: address, clients: clients, generation: generation)
            }
            if asksForLogin {
                try store.transaction { (rows) throws(ErrorMessage) in try Node.addDefaultRole(rows, engine.schema) }
            }
            let serving = Serving(store: store, engine: engine, hostID: hostID, clients: Clients(log: log))
            let clients = serving.clients
            // After the statement's own answer, and when its session is no longer at work.
            let isolated = loop.assumeIsolated()
            engine.schemaChanged = { change in isolated.execute { clients.tell(.schemaChange(change)) } }
            return serving
        } catch {
            store.close()
            guard let error = error as? ErrorMessage else { throw error }
            throw StandInError.directory("corrupt", error.message)
        }
    }

    private func bind(_ loop: any EventLoop, _ serving: NIOLoopBound<Serving>) async throws -> any Channel {
        let (idle, asksForLogin) = (TimeAmount(idleLimit), asksForLogin)
        do {
            return try await ServerBootstrap(group: loop)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handlers = channel.pipeline.syncOperations
                        // No more is read from a client that does not take its answers.
                        try handlers.addHandler(BackPressureHandler())
                        try handlers.addHandler(IdleStateHandler(readTimeout: idle))
                        let parts = serving.value
                        let session = Session(parts.engine, asksForLogin: asksForLogin)
                        try handlers.addHandler(ClientHandler(parts.clients, session))
                    }
                }
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .bind(host: host, port: Int(port)).get()
        } catch {
            throw StandInError.network("cannot_listen", "\(host):\(port): \(error)")
        }
    }

    private func bindGossip(_ loop: any EventLoop, _ serving: NIOLoopBound<Serving>) async throws -> (any Channel)? {
        let (name, log) = (identity.clusterName, log)
        let port = Int(storagePort)
        let loadsRing = port != 0 && !given.isFalse("cassandra.load_ring_state")
        // The endpoint collision check of 3.11.3 and later asks all whom the data name (facts on Cassandra, §1).
        let asksOnce = port != 0 && !given.isTrue("cassandra.allow_unsafe_join")
        do {
            return try await DatagramBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let parts = serving.value
                        let handler = GossipHandler(
                            GossipMessage(clusterName: name, hostID: parts.hostID),
                            peers: { isFirst in
                                loadsRing || (isFirst && asksOnce) ? Self.peers(parts, port: port) : []
                            },
                            log: log
                        )
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                }
                .bind(host: host, port: port).get()
        } catch {
            throw StandInError.network("cannot_listen", "\(host):\(port) for gossip: \(error)")
        }
    }

    private func bindAdministration(
        _ loop: any EventLoop,
        _ serving: NIOLoopBound<Serving>
    ) async throws -> (any Channel)? {
        guard jmxPort != 0 else { return nil }
        let log = log
        do {
            return try await ServerBootstrap(group: loop)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handler = AdministrationHandler(serving.value.clients, log)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                }
                .bind(host: "127.0.0.1", port: Int(jmxPort)).get()
        } catch {
            throw StandInError.network("cannot_listen", "127.0.0.1:\(jmxPort) for administration: \(error)")
        }
    }

    private static func peers(_ serving: Serving, port: Int) -> [SocketAddress] {
        let addresses = try? serving.store.transaction { (rows) throws(ErrorMessage) in
            try Node.peers(rows, serving.engine.schema)
        }
        // A disk that fails shows to every client; and IPv6 peers are none that a local cluster has.
        return (addresses ?? []).filter { $0.count == 4 }.compactMap { address in
            try? SocketAddress(ipAddress: address.map(String.init).joined(separator: "."), port: port)
        }
    }
}
