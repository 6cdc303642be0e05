import GRDB
import Glibc
import Synchronization

/// A store in one SQLite file, held by one process at a time.
///
/// WAL with `synchronous=FULL`: a commit that has returned survives the machine. The lock is exclusive from the first
/// access to the end of the process, so that a second scheduler on the same file hears of it at once.
public final class SQLiteStateStore: StateStore {
    /// `Unst` in ASCII: what SQLite's own tools show of a file that is ours.
    private static let applicationID = 0x556E_7374

    private let path: String
    private let queue: Mutex<DatabaseQueue?>

    /// Opens or makes the file, and takes its lock.
    ///
    /// - Parameter path: in a folder that exists; the file is made readable for its owner alone.
    /// - Throws: `state.locked`, `state.corrupt` (damaged, or not ours: left as it is), `state.newer_format`, `state.io`.
    public init(path: String) throws(StateStoreError) {
        self.path = path
        do {
            try Self.makePrivate(path)
            queue = Mutex(try Self.open(path))
        } catch {
            throw Self.translate(error, path)
        }
    }

    /// SQLite makes files that everybody may read; state names hosts, volumes and commands.
    private static func makePrivate(_ path: String) throws {
        let descriptor = Glibc.open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StateStoreError(.io, "\(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        Glibc.close(descriptor)
    }

    private static func open(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "state"
        configuration.busyMode = .immediateError
        configuration.prepareDatabase { database in
            // Before the first access: WAL in exclusive mode needs no shared memory file.
            try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
            let isEmpty = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") == 0
            let mark = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
            guard mark == applicationID || (mark == 0 && isEmpty) else {
                throw StateStoreError(.corrupt, "\(path) is a database of another program; it is left as it is")
            }
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            try database.execute(sql: "PRAGMA synchronous = FULL")
            // In KiB when negative: the whole state of a busy scheduler is a few megabytes, and is read once.
            try database.execute(sql: "PRAGMA cache_size = -256")
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 records") { database in
            try database.execute(
                sql: """
                    CREATE TABLE record (key TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
                    CREATE TABLE head (id INTEGER PRIMARY KEY CHECK (id = 1), epoch INTEGER NOT NULL,
                        sequence INTEGER NOT NULL) STRICT;
                    INSERT INTO head VALUES (1, 0, 0);
                    """
            )
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
        }
        try queue.write { database in
            guard try !migrator.hasBeenSuperseded(database) else {
                throw StateStoreError(.newerFormat, "\(path) was written by a newer version; it is left as it is")
            }
            if let fault = try String.fetchOne(database, sql: "PRAGMA quick_check(1)"), fault != "ok" {
                throw StateStoreError(.corrupt, "\(path) is damaged: \(fault)")
            }
        }
        try migrator.migrate(queue)
        return queue
    }

    /// Takes the next epoch and reads everything.
    public func open() async throws(StateStoreError) -> StoredState {
        try await write { database in
            try database.execute(sql: "UPDATE head SET epoch = epoch + 1")
            let head = try Self.head(database)
            let rows = try Row.fetchCursor(database, sql: "SELECT key, value FROM record ORDER BY key")
            var records: [StateRecord] = []
            while let row = try rows.next() {
                records.append(StateRecord(key: row[0], value: Array(row[1] as DatabaseBytes)))
            }
            return StoredState(epoch: head.epoch, sequence: head.sequence, records: records)
        }
    }

    /// One transaction.
    public func commit(_ changes: [StateChange], epoch: Int64) async throws(StateStoreError) -> Int64 {
        try StateLimits.check(changes)
        return try await write { database in
            let head = try Self.head(database)
            guard head.epoch == epoch else {
                throw StateStoreError(.fenced, "the store was opened again: epoch \(head.epoch), ours is \(epoch)")
            }
            guard !changes.isEmpty else { return head.sequence }
            let put = try database.cachedStatement(
                sql: "INSERT INTO record VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
            )
            let delete = try database.cachedStatement(sql: "DELETE FROM record WHERE key = ?")
            for change in changes {
                switch change {
                case .put(let key, let value): try put.execute(arguments: [key, DatabaseBytes(value)])
                case .delete(let key): try delete.execute(arguments: [key])
                }
            }
            try database.cachedStatement(sql: "UPDATE head SET sequence = sequence + 1").execute()
            return head.sequence + 1
        }
    }

    /// Ends what is under way and gives the lock back.
    public func close() async {
        let queue = queue.withLock { queue in
            defer { queue = nil }
            return queue
        }
        // Closing flushes the log into the file; should that fail, the log is still there for the next start.
        try? queue?.close()
    }

    private static func head(_ database: Database) throws -> (epoch: Int64, sequence: Int64) {
        let row = try database.cachedStatement(sql: "SELECT epoch, sequence FROM head")
        guard let head = try Row.fetchOne(row) else { throw StateStoreError(.corrupt, "the head record is missing") }
        return (head[0], head[1])
    }

    private func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StateStoreError) -> Value {
        guard let queue = queue.withLock({ $0 }) else { throw StateStoreError(.closed, "\(path) has been closed") }
        do {
            return try await queue.write(body)
        } catch {
            throw Self.translate(error, path)
        }
    }

    private static func translate(_ error: any Error, _ path: String) -> StateStoreError {
        if let error = error as? StateStoreError { return error }
        guard let error = error as? DatabaseError else { return StateStoreError(.io, "\(path): \(error)") }
        let said = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return StateStoreError(.locked, "\(path) is held by another process; one scheduler at a time may have it")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: return StateStoreError(.corrupt, "\(path): \(said)")
        default: return StateStoreError(.io, "\(path): \(said)")
        }
    }
}
