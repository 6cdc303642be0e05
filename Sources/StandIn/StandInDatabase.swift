import Dispatch

/// A small file-backed database that stands in for Cassandra in a local cluster, and says that it does.
///
/// Clients speak lines of UTF-8 over TCP, 64 KiB at most:
///
/// | command | answer |
/// |---|---|
/// | `HELLO` | `OK 3`, the banner, the version, the cluster's name |
/// | `CLUSTER` | `OK 1`, the cluster's name |
/// | `ADD text` | `OK 1`, the number of rows, once the row is on disk |
/// | `COUNT` | `OK 1`, the number of rows |
/// | `LIST` | `OK n`, each row, oldest first |
/// | `DROP` | `OK 0`, with all rows gone |
/// | anything else | `ERR code text` |
public struct StandInDatabase: Sendable {
    /// What it says first, in its log and to every client.
    public static let banner = "understudy stand-in, not Cassandra"
    /// The line protocol's.
    public static let version = "stand-in protocol 1"

    /// Holds `data/`.
    public var directory: String
    /// An IPv4 address, or `localhost`.
    public var host: String
    /// 0 for one of the system's choice.
    public var port: UInt16
    /// Has to be the one that the data were written under, as with Cassandra.
    public var clusterName: String
    /// How long a silent client may stay, at least a millisecond.
    public var idleLimit: Duration = .seconds(300)
    /// Told the real port once clients can connect.
    public var listening: (@Sendable (UInt16) -> Void)?
    /// Takes the log's lines; by default to standard output.
    public var log: @Sendable (String) -> Void = { Files.say($0) }

    /// Wraps all of it; nothing is looked at before ``run()``.
    ///
    /// - Parameters:
    ///   - directory: holds `data/`.
    ///   - host: an IPv4 address, or `localhost`.
    ///   - port: 0 for one of the system's choice.
    ///   - clusterName: the one that the data were written under.
    public init(directory: String, host: String, port: UInt16, clusterName: String) {
        self.directory = directory
        self.host = host
        self.port = port
        self.clusterName = clusterName
    }

    /// Makes an empty database, as production's first boot does.
    ///
    /// - Throws: `standin.exists` when there is one; `standin.cannot_write`, `standin.bad_name`.
    public static func initialise(directory: String, clusterName: String) throws(StandInError) {
        try DataDirectory(path: directory).initialise(clusterName: clusterName)
    }

    /// Gives the data another cluster's name, as sealing does to a copy.
    ///
    /// Nothing may be serving the directory. Safe to repeat.
    ///
    /// - Throws: `standin.no_data`, `standin.cannot_write`, `standin.bad_name`.
    public static func rename(directory: String, to clusterName: String) throws(StandInError) {
        try DataDirectory(path: directory).rename(to: clusterName)
    }

    /// Serves until its task is cancelled; signals are the caller's.
    ///
    /// - Throws: a ``StandInError`` when it cannot start: `standin.no_data`, `standin.other_cluster`, `standin.corrupt`,
    ///   `standin.in_use` and the like with exit code 78, `standin.cannot_listen` with 69.
    public func run() async throws {
        log(Self.banner)
        let files = DataDirectory(path: directory)
        let saved = try files.clusterName()
        guard saved == clusterName else {
            throw StandInError.directory("other_cluster", "saved cluster name \(saved), asked for \(clusterName)")
        }
        let (rows, torn) = try RowLog.open(files.rows)
        if torn > 0 { log("dropped a torn last row of \(torn) bytes") }
        let (listener, port) = try Sockets.listen(host: host, port: port)
        let (waiting, waking) = try Sockets.pipe()
        let server = Server(
            listener: listener,
            stopping: waiting,
            clusterName: clusterName,
            idleLimit: max(1, Int64(idleLimit / .milliseconds(1))),
            log: rows
        )
        log("serving \(rows.rows.count) rows of cluster \(clusterName) at \(host):\(port)")
        listening?(port)
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // A queue of its own is a thread of its own while it runs, so that nobody else waits for a disk.
                DispatchQueue(label: "understudy.stand-in").async {
                    var server = server
                    server.run()
                    continuation.resume()
                }
            }
        } onCancel: {
            Sockets.wake(waking)
        }
        log("stopped")
    }
}
