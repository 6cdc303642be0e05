import Glibc
public import Logging
import Model
import Synchronization

/// The tokens file, read again when it has changed.
///
/// It is looked at when a call comes, at most once a second. A file that has become bad, or is gone, leaves the tokens
/// as they were, and is logged once. To replace it, rename a new file over it.
public final class TokenFile: Sendable {
    /// Between two looks.
    static let lookPause = Span.seconds(1)

    private struct State {
        var table: TokenTable
        var version: FileVersion
        var lookedAt: Instant
    }

    private let path: String
    private let logger: Logger
    private let now: @Sendable () -> Instant
    private let state: Mutex<State>

    /// Reads the file.
    ///
    /// - Parameters:
    ///   - path: of a regular file, or a link to one.
    ///   - logger: is told what becomes of it, never what is in it.
    /// - Throws: `control_api.bad_tokens`.
    public convenience init(path: String, logger: Logger) throws(ControlAPIError) {
        try self.init(path: path, logger: logger, now: monotonicNow)
    }

    init(path: String, logger: Logger, now: @escaping @Sendable () -> Instant) throws(ControlAPIError) {
        self.path = path
        self.logger = logger
        self.now = now
        let (table, version) = try Self.load(path)
        state = Mutex(State(table: table, version: version, lookedAt: now()))
        Self.tell(logger, path, "read the tokens", table, version)
    }

    /// How many tokens are good now.
    public var count: Int { table().count }

    /// The tokens that are good now.
    func table() -> TokenTable {
        state.withLock { state in
            let now = now()
            guard now - state.lookedAt >= Self.lookPause else { return state.table }
            state.lookedAt = now
            let version = FileVersion(path: path)
            guard version != state.version else { return state.table }
            do throws(ControlAPIError) {
                (state.table, state.version) = try Self.load(path)
                Self.tell(logger, path, "read the tokens again", state.table, state.version)
            } catch {
                state.version = version
                logger.error(
                    "the tokens stay as they were: the file cannot be used",
                    metadata: [
                        "access.file": "\(path)", "error.code": "\(error.code)", "error.cause": "\(error.message)",
                    ]
                )
            }
            return state.table
        }
    }

    private static func tell(
        _ logger: Logger,
        _ path: String,
        _ message: Logger.Message,
        _ table: TokenTable,
        _ version: FileVersion
    ) {
        logger.notice(message, metadata: ["access.file": "\(path)", "access.tokens": "\(table.count)"])
        guard version.isExposed else { return }
        logger.warning(
            "others than its owner and group can read the tokens file, or others than its owner write it",
            metadata: ["access.file": "\(path)"]
        )
    }

    private static func load(_ path: String) throws(ControlAPIError) -> (TokenTable, FileVersion) {
        // A pipe without a writer would hold us up for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw fault(path, "cannot be opened: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        // Before the bytes: what changes while they are read is another version, and read next time.
        let version = FileVersion(descriptor: descriptor)
        guard version.isRegular else { throw fault(path, "is no regular file") }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 * 1_024)
        while bytes.count <= TokenList.bytesMax {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw fault(path, "cannot be read: \(String(cString: strerror(errno)))") }
            guard count > 0 else { break }
            bytes.append(contentsOf: buffer.prefix(count))
        }
        do {
            return (TokenTable(try TokenList.read(bytes)), version)
        } catch {
            throw fault(path, error.message)
        }
    }

    private static func fault(_ path: String, _ message: String) -> ControlAPIError {
        ControlAPIError(.badTokens, "the tokens file \(path): \(message)")
    }
}

/// What tells one version of a file from the next, without reading it.
private struct FileVersion: Equatable {
    private var device: UInt64 = 0
    private var node: UInt64 = 0
    private var size: Int64 = 0
    private var mode: UInt32 = 0
    private var modified: [Int] = []
    private var fault: Int32 = 0

    init(path: String) {
        var status = stat()
        self.init(stat(path, &status) == 0 ? status : nil)
    }

    init(descriptor: Int32) {
        var status = stat()
        self.init(fstat(descriptor, &status) == 0 ? status : nil)
    }

    private init(_ status: stat?) {
        guard let status else {
            fault = errno
            return
        }
        device = UInt64(status.st_dev)
        node = UInt64(status.st_ino)
        size = Int64(status.st_size)
        mode = status.st_mode
        // The change of the node too: a copy that keeps the times of its original, size and all, has a new one.
        modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
    }

    var isRegular: Bool { fault == 0 && mode & S_IFMT == S_IFREG }
    /// A group is as small as its operator makes it; everybody is not.
    var isExposed: Bool { mode & (S_IROTH | S_IWOTH | S_IWGRP) != 0 }
}

/// Now, on a clock that never jumps.
@Sendable func monotonicNow() -> Instant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Instant(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
}
