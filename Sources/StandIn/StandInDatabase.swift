import CQL
import FoundationEssentials
import NIOCore
import NIOPosix

/// A small database that stands in for Cassandra in a local cluster, and says that it does.
///
/// It speaks enough of CQL's native protocol, v3 and v4, that drivers connect, find the schema, and read and write; what it does
/// not know it refuses in words. Its data lives in `data/system` of its directory, on disk before it is answered for.
///
/// Several make a ring in this alone, that they know each other and tell clients so, in `system.peers`. Each serves the rows of
/// its own volume: nothing is replicated or asked of another, definitions and writes stay where they were made, and
/// consistencies are accepted and count for nothing.
public struct StandInDatabase: Sendable {
    /// What it says first in its log.
    public static let banner = "understudy stand-in, not Cassandra: release \(Node.releaseVersion)"

    /// Holds `data/`.
    public var directory: String
    /// An IPv4 address: where it serves clients.
    public var host: String
    /// For clients; 0 for one of the system's choice.
    public var port: UInt16
    /// For gossip, here and at every peer; 0 for one of the system's choice, and no gossip of its own.
    public var storagePort: UInt16 = 7_000
    /// Where it gossips, as `listen_address`; nil for ``host``.
    public var gossipHost: String?
    /// Where it tells other nodes to find it, as `broadcast_address`; nil for where it gossips.
    public var broadcastHost: String?
    /// IPv4 addresses of nodes that it speaks to unasked, so that they know each other; its own is passed over.
    public var seeds: [String] = []
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
    private(set) var given = JVMOptions("")
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

    static func path(in directory: String) -> String { "\(directory)/data/system/stand-in.sqlite" }

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
}
