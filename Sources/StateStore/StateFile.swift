import GRDB
import Glibc
import Synchronization

/// A database file of ours, open and locked.
///
/// Whether the file is ours is read from its first bytes, before SQLite sees it: opening another program's database
/// would replay that program's log into it.
final class StateFile: Sendable {
    let queue: DatabaseQueue
    private let claim: Claim

    /// Makes the file when it is missing, and takes its lock until ``close()``.
    ///
    /// - Parameters:
    ///   - path: in a folder that exists.
    ///   - pageCountMax: pages of 4 KiB that the file may grow to; nil leaves that to the disk.
    /// - Throws: `StateStoreError`, or what GRDB throws.
    init(path: String, pageCountMax: Int?) throws {
        // To SQLite, an empty path, `:memory:` and `file:…` are no files; with a folder in front they are names.
        let path = path.hasPrefix("/") ? path : "./\(path)"
        try Self.create(path)
        claim = try Claim(path)
        try Self.recognise(path)
        queue = try DatabaseQueue(path: path, configuration: Self.configuration(path, pageCountMax))
        try StateSchema.prepare(queue, path)
    }

    /// Flushes the log into the file and gives the lock back.
    func close() throws {
        defer { claim.release() }
        try queue.close()
    }

    /// SQLite makes files that everybody may read; state names hosts, volumes and commands.
    ///
    /// `mknod` instead of `open`: see ``Claim``.
    private static func create(_ path: String) throws(StateStoreError) {
        guard mknod(path, S_IFREG | 0o600, 0) != 0, errno != EEXIST else { return }
        if errno == ENOENT { throw StateStoreError(.io, "the folder that \(path) should be in does not exist") }
        throw StateStoreError(.io, "\(path) cannot be made: \(reason(errno))")
    }

    static func recognise(_ path: String) throws(StateStoreError) {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StateStoreError(.io, "\(path) cannot be opened: \(reason(errno))") }
        defer { Glibc.close(descriptor) }
        var header = [UInt8](repeating: 0, count: StateSchema.headerBytes)
        let count = pread(descriptor, &header, header.count, 0)
        guard count >= 0 else { throw StateStoreError(.io, "\(path) cannot be read: \(reason(errno))") }
        guard count == 0 || StateSchema.isOurs(header.prefix(count)) else {
            throw StateStoreError(.corrupt, "\(path) is no state of ours, or its beginning is damaged; left as it is")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw StateStoreError(.io, "\(path) cannot be measured: \(reason(errno))")
        }
        // SQLite reads zeros for the rest of a last page that is cut off, and quick_check finds no fault with them.
        // Only a log has a reason to be there with it: a crash while that page was written, to be written again.
        guard Int(status.st_size) % StateSchema.pageBytes(header) == 0 || hasLog(path) else {
            throw StateStoreError(.corrupt, "\(path) ends in the middle of a page: its end is lost; left as it is")
        }
    }

    /// Whether SQLite has pages of this file still to write; it keeps them beside the file, not beside a link to it.
    static func hasLog(_ path: String) -> Bool {
        guard let real = realpath(path, nil) else { return false }
        defer { free(real) }
        return ["-wal", "-journal"].contains { suffix in
            var status = stat()
            return stat(String(cString: real) + suffix, &status) == 0 && status.st_size > 0
        }
    }

    private static func configuration(_ path: String, _ pageCountMax: Int?) -> Configuration {
        var configuration = Configuration()
        configuration.label = "state"
        configuration.busyMode = .immediateError
        configuration.prepareDatabase { database in
            // Before the first access: WAL in exclusive mode needs no shared memory file.
            try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
            try database.execute(sql: "PRAGMA synchronous = FULL")
            // In KiB when negative: the whole state of a busy scheduler is a few megabytes, and is read once.
            try database.execute(sql: "PRAGMA cache_size = -256")
            try StateSchema.mark(database, path)
            let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL") ?? "none"
            guard mode == "wal" else {
                throw StateStoreError(.io, "\(path) is on a disk that allows no write-ahead log: it stays \(mode)")
            }
            if let pageCountMax { try database.execute(sql: "PRAGMA max_page_count = \(pageCountMax)") }
        }
        return configuration
    }

    static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}

/// The right of one store in this process to a file.
///
/// SQLite's locks are POSIX locks: a process that closes any descriptor of a file loses all its locks on it. So no
/// descriptor may be opened, even to look, on a file that another store of this process holds.
final class Claim: Sendable {
    private struct Identity: Hashable {
        let device: UInt
        let file: UInt
    }

    private static let held = Mutex<Set<Identity>>([])
    private let identity: Identity
    private let isHeld = Mutex(true)

    /// - Throws: `state.locked` when another store of this process has the file, `state.io`.
    init(_ path: String) throws(StateStoreError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw StateStoreError(.io, "\(path) cannot be found: \(StateFile.reason(errno))")
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw StateStoreError(.io, "\(path) is no regular file") }
        let identity = Identity(device: status.st_dev, file: status.st_ino)
        guard Self.held.withLock({ $0.insert(identity).inserted }) else {
            throw StateStoreError(.locked, "\(path) is open in this process already")
        }
        self.identity = identity
    }

    func release() {
        let wasHeld = isHeld.withLock { isHeld in
            defer { isHeld = false }
            return isHeld
        }
        // Once only: by the second time, the file may be another store's.
        if wasHeld { Self.held.withLock { _ = $0.remove(identity) } }
    }

    deinit { release() }
}
