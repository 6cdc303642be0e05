import FoundationEssentials
import GRDB
import Glibc
import Synchronization

/// A store in one SQLite file, held by one process at a time.
///
/// WAL with `synchronous=FULL`: a commit that has returned survives the machine. The lock is exclusive from the first
/// access to ``close()`` or the end of the process, so that a second scheduler on the same file hears of it at once.
public final class SQLiteStateStore: StateStore {
    private let path: String
    private let file: Mutex<StateFile?>

    /// Opens or makes the file, and takes its lock.
    ///
    /// Reads all but lazy records once, to check them, on the calling thread.
    ///
    /// - Parameter path: in a folder that exists; a new file is readable for its owner alone.
    /// - Throws: `state.locked`, `state.corrupt` (damaged, or not ours: left as it is), `state.newer_format`, `state.io`,
    ///   `state.bad_address`.
    public convenience init(path: String) throws(StateStoreError) { try self.init(path: path, pageCountMax: nil) }

    init(path: String, pageCountMax: Int?) throws(StateStoreError) {
        guard !path.utf8.contains(0) else { throw StateStoreError(.badAddress, "a path cannot contain NUL") }
        self.path = path
        do {
            file = Mutex(try StateFile(path: path, pageCountMax: pageCountMax))
        } catch {
            throw Self.translate(error, path)
        }
    }

    /// Takes the next epoch and reads everything that is not lazy.
    ///
    /// - Throws: `state.corrupt`, `state.io`, `state.closed`.
    public func open() async throws(StateStoreError) -> StoredState {
        try await write { database in
            try database.execute(sql: "UPDATE head SET epoch = epoch + 1")
            let head = try Self.head(database)
            let rows = try Row.fetchCursor(database, sql: "SELECT key, value FROM record ORDER BY key")
            var records: [StateRecord] = []
            while let row = try rows.next() {
                records.append(StateRecord(key: row[0], value: Array(row[1] as Data)))
            }
            return StoredState(epoch: head.epoch, sequence: head.sequence, records: records)
        }
    }

    /// Reads one lazy record, and checks no other.
    ///
    /// - Throws: `state.limit`, `state.corrupt`, `state.io`, `state.closed`.
    public func read(_ key: String) async throws(StateStoreError) -> [UInt8]? {
        try StateLimits.check(lazy: key)
        return try await write { database in
            let statement = try database.cachedStatement(sql: "SELECT value FROM lazy WHERE key = ?")
            return try Data.fetchOne(statement, arguments: [key]).map(Array.init)
        }
    }

    /// Applies all changes in one transaction.
    ///
    /// - Throws: `state.fenced`, `state.limit`, `state.io`, `state.closed`.
    public func commit(_ changes: [StateChange], epoch: Int64) async throws(StateStoreError) -> Int64 {
        try StateLimits.check(changes)
        return try await write { database in
            let head = try Self.head(database)
            // 0 is what a new file has: nobody's.
            guard head.epoch == epoch, epoch > 0 else {
                throw StateStoreError(.fenced, "the store is at epoch \(head.epoch), the commit is of \(epoch)")
            }
            guard !changes.isEmpty else { return head.sequence }
            for change in changes { try Self.apply(change, database) }
            try database.cachedStatement(sql: "UPDATE head SET sequence = sequence + 1").execute()
            return head.sequence + 1
        }
    }

    /// Removes the file and its log, whose lock is held until they are gone.
    ///
    /// - Throws: `state.io`, `state.closed`.
    public func destroy() async throws(StateStoreError) {
        try await write { database in
            let count = try Int.fetchOne(
                database,
                sql: "SELECT (SELECT count(*) FROM record) + (SELECT count(*) FROM lazy)"
            )
            guard count == 0 else {
                throw StateStoreError(.io, "there are \(count ?? 0) records in it still: nothing is removed")
            }
        }
        // Its own log is beside the file itself, not beside a link to it.
        let real = realpath(path, nil)
        defer { free(real) }
        let place = real.map { String(cString: $0) } ?? path
        for name in [place, "\(place)-wal", "\(place)-journal", "\(place)-shm"] + (place == path ? [] : [path]) {
            guard unlink(name) == 0 || errno == ENOENT else {
                throw StateStoreError(.io, "\(name) cannot be removed: \(String(cString: strerror(errno)))")
            }
        }
        await close()
    }

    /// Ends what is under way and gives the lock back; safe to repeat.
    public func close() async {
        let file = file.withLock { file in
            defer { file = nil }
            return file
        }
        // What the log has not given to the file by then, it gives at the next start.
        try? file?.close()
    }

    private static func apply(_ change: StateChange, _ database: Database) throws {
        let table = change.key.hasPrefix(StateLimits.lazyPrefix) ? "lazy" : "record"
        switch change {
        case .put(let key, let value):
            let sql = "INSERT INTO \(table) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
            try database.cachedStatement(sql: sql).execute(arguments: [key, Data(value)])
        case .delete(let key):
            try database.cachedStatement(sql: "DELETE FROM \(table) WHERE key = ?").execute(arguments: [key])
        }
    }

    private static func head(_ database: Database) throws -> (epoch: Int64, sequence: Int64) {
        let statement = try database.cachedStatement(sql: "SELECT epoch, sequence FROM head")
        guard let row = try Row.fetchOne(statement), let epoch = Int64.fromDatabaseValue(row[0]),
            let sequence = Int64.fromDatabaseValue(row[1])
        else { throw StateStoreError(.corrupt, "the record of epoch and sequence is missing") }
        return (epoch, sequence)
    }

    /// Runs one transaction on the file's own queue.
    ///
    /// By completion handler: GRDB's `async` variant gives up when the task is cancelled, and a commit that may or may
    /// not have happened is worse than one that is waited for.
    private func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StateStoreError) -> Value {
        guard let file = file.withLock({ $0 }) else { throw StateStoreError(.closed, "\(path) has been closed") }
        let path = path
        let result: Result<Value, StateStoreError> = await withCheckedContinuation { continuation in
            file.queue.asyncWrite(body) { _, result in
                // Holds the file open until here.
                withExtendedLifetime(file) {
                    continuation.resume(returning: result.mapError { Self.translate($0, path) })
                }
            }
        }
        return try result.get()
    }

    static func translate(_ error: any Error, _ path: String) -> StateStoreError {
        if let error = error as? StateStoreError { return error }
        guard let error = error as? DatabaseError else { return StateStoreError(.io, "\(path): \(error)") }
        let said = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return StateStoreError(.locked, "\(path) is held by another process; one scheduler at a time may have it")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: return StateStoreError(.corrupt, "\(path) is damaged: \(said)")
        // GRDB's word for a connection that was closed while this waited its turn.
        case .SQLITE_MISUSE: return StateStoreError(.closed, "\(path) has been closed")
        default: return StateStoreError(.io, "\(path): \(said)")
        }
    }
}
