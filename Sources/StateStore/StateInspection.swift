import GRDB
import Glibc
public import Model

/// What is kept at an address, as somebody sees it who has no right to it.
///
/// Nothing is locked, made or changed by looking; what is seen may be another's a moment later.
public struct StateInspection: Hashable, Sendable {
    /// What is there.
    public enum Content: Hashable, Sendable {
        /// No state, not even an empty one.
        case nothing
        /// A state of ours with records under these keys, sorted.
        case records(keys: [String])
        /// A state of ours, and why its records cannot be told from outside.
        case unreadable(why: String)
    }

    /// What is there.
    public let content: Content
    /// Who acts on it, in words; nil for nobody.
    public let holder: String?
    /// Why a scheduler could not keep its state there; nil when nothing speaks against it.
    public let obstacle: String?
}

extension StateAddress {
    /// Looks at what is kept here.
    ///
    /// - Parameters:
    ///   - credentials: `user:password` for ZooKeeper; nil for none.
    ///   - patience: how long ZooKeeper is waited for.
    /// - Returns: what was seen.
    /// - Throws: `state.corrupt` (damaged, or not ours), `state.newer_format`, `state.denied`, `state.io`.
    public func inspect(credentials: Secret?, patience: Duration) async throws(StateStoreError) -> StateInspection {
        switch place {
        case .sqlite(let path): try StateInspection(file: path)
        case .zooKeeper(let address):
            try await StateInspection.zooKeeper(address, credentials, patience)
        }
    }
}

extension StateInspection {
    /// Of a file, which SQLite itself is shown only when nobody has it and all of it is in it: else even a reader would
    /// make files beside it.
    init(file path: String) throws(StateStoreError) {
        // As ``StateFile`` takes it.
        let path = path.hasPrefix("/") ? path : "./\(path)"
        let folder = String(path[...(path.lastIndex(of: "/") ?? path.startIndex)])
        let folderObstacle = access(folder, W_OK | X_OK) == 0 ? nil : "the folder \(folder): \(StateFile.reason(errno))"
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT || errno == ENOTDIR else {
                throw StateStoreError(.io, "\(path) cannot be found: \(StateFile.reason(errno))")
            }
            self.init(content: .nothing, holder: nil, obstacle: folderObstacle)
            return
        }
        let claim = try Claim(path)
        defer { claim.release() }
        try StateFile.recognise(path)
        let obstacle = access(path, R_OK | W_OK) == 0 ? folderObstacle : "\(path): \(StateFile.reason(errno))"
        let holder = try StateFile.holder(of: path).map { "process \($0)" }
        self.init(content: try Self.content(path, holder, status.st_size), holder: holder, obstacle: obstacle)
    }

    private static func content(_ path: String, _ holder: String?, _ bytes: Int) throws(StateStoreError) -> Content {
        if let holder { return .unreadable(why: "\(holder) has it open") }
        if StateFile.hasLog(path) {
            return .unreadable(why: "its last scheduler did not come to its end, and has left a log to be worked in")
        }
        if bytes == 0 { return .records(keys: []) }
        do {
            let queue = try DatabaseQueue(path: StateFile.unchangeable(path), configuration: StateFile.reading)
            defer { try? queue.close() }  // nothing is lost with what was only read
            return .records(
                keys: try queue.read { database in
                    try StateSchema.checkVersion(database, path)
                    return try StateSchema.keys(database)
                }
            )
        } catch {
            throw SQLiteStateStore.translate(error, path)
        }
    }
}

extension StateFile {
    /// Where SQLite puts its locks: never in what is written.
    ///
    /// - Source: https://www.sqlite.org/src/file/src/os.h, `PENDING_BYTE` and the 511 after it.
    private static let locks = (first: 0x4000_0000, count: 512)

    /// Of a reader.
    fileprivate static var reading: Configuration {
        var configuration = Configuration()
        configuration.readonly = true
        return configuration
    }

    /// The path as a name under which SQLite takes no lock and makes no file.
    ///
    /// - Source: https://www.sqlite.org/uri.html, `immutable`.
    fileprivate static func unchangeable(_ path: String) -> String {
        let name = path.utf8.map { byte in
            let isPlain = byte > 0x20 && byte < 0x7F && !"%?#".utf8.contains(byte)
            let digits = String(byte, radix: 16)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + digits
        }
        return "file:\(name.joined())?immutable=1"
    }

    /// The process that has SQLite's lock on a file; nil for none.
    fileprivate static func holder(of path: String) throws(StateStoreError) -> pid_t? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StateStoreError(.io, "\(path) cannot be opened: \(reason(errno))") }
        defer { Glibc.close(descriptor) }
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = locks.first
        lock.l_len = locks.count
        // Asks who would be in the way, and takes nothing.
        guard fcntl(descriptor, F_GETLK, &lock) == 0 else {
            throw StateStoreError(.io, "\(path): its locks cannot be seen: \(reason(errno))")
        }
        return lock.l_type == Int16(F_UNLCK) ? nil : lock.l_pid
    }
}
