import CQL
import FoundationEssentials
import GRDB

/// The rows of every table, in one SQLite file that one process holds.
///
/// With a rollback journal and `synchronous=FULL`: what was answered is on disk, a copy of the directory at one instant is a
/// copy of the rows, and reading changes no byte of it.
final class RowStore {
    private let queue: DatabaseQueue

    /// Opens the file, or makes it.
    ///
    /// - Throws: `standin.no_data` unless there is one or it is to be made, `standin.exists`, `standin.in_use`, `standin.corrupt`.
    init(path: String, isNew: Bool) throws(StandInError) {
        let isThere = FileManager.default.fileExists(atPath: path)
        guard isThere != isNew else {
            throw isNew
                ? .directory("exists", "\(path) exists already")
                : .directory("no_data", "\(path) is missing: this directory holds no database of this stand-in")
        }
        var configuration = Configuration()
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.write { database in
                if isNew { try database.execute(sql: Self.definition) }
                // The lock is taken by the first access; and damage shows now, not to the first client.
                guard try String.fetchOne(database, sql: "PRAGMA quick_check(1)") == "ok" else {
                    throw StandInError.directory("corrupt", "\(path) is damaged")
                }
                _ = try Int.fetchOne(database, sql: "SELECT count(*) FROM row")
            }
        } catch let error as StandInError {
            throw error
        } catch {
            throw Self.refusal(error, path)
        }
    }

    private static let definition = """
        CREATE TABLE row (
            owner TEXT NOT NULL, partition BLOB NOT NULL, clustering BLOB NOT NULL, cells BLOB NOT NULL,
            PRIMARY KEY (owner, partition, clustering)
        ) STRICT, WITHOUT ROWID
        """

    private static func refusal(_ error: any Error, _ path: String) -> StandInError {
        switch (error as? DatabaseError)?.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: .directory("in_use", "\(path): another process serves this directory")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR: .directory("corrupt", "\(path) is damaged: \(error)")
        default: .directory("cannot_open", "\(path): \(error)")
        }
    }

    /// All of it, or nothing; on disk when this returns.
    ///
    /// - Throws: the body's own; `server` for a disk that fails.
    func transaction<Value>(
        _ body: (StoredRows) throws(ErrorMessage) -> Value
    ) throws(ErrorMessage) -> Value {
        try onDisk { try queue.write { try body(StoredRows(database: $0)) } }
    }

    /// Gives the file back; safe to repeat.
    func close() {
        // What it could not close, the end of the process does.
        try? queue.close()
    }
}

/// A row: its key's parts, and those of its other columns that are not null.
struct StoredRow: Hashable {
    /// One for each column of the partition key.
    var partition: [[UInt8]]
    /// One for each clustering column.
    var clustering: [[UInt8]]
    /// By column.
    var cells: [String: [UInt8]]
}

/// The rows, within a transaction.
struct StoredRows {
    /// Of one table; this stand-in reads them all to answer.
    static let rowsMax = 100_000

    fileprivate let database: Database

    /// Those of one partition, or of all of them.
    func rows(of table: Table, partition: [[UInt8]]? = nil) throws(ErrorMessage) -> [StoredRow] {
        try attempt { database in
            let select = "SELECT partition, clustering, cells FROM row WHERE owner = ?"
            let rows =
                if let partition {
                    try Row.fetchAll(
                        database.cachedStatement(sql: "\(select) AND partition = ?"),
                        arguments: [table.owner, Data(Self.packed(partition))]
                    )
                } else {
                    try Row.fetchAll(
                        database.cachedStatement(sql: "\(select) LIMIT \(Self.rowsMax + 1)"),
                        arguments: [table.owner]
                    )
                }
            guard rows.count <= Self.rowsMax else {
                throw ErrorMessage(.server, "\(Self.rowsMax) rows are all that this stand-in reads at once")
            }
            return try rows.map { try Self.unpacked($0[0], $0[1], $0[2]) }
        }
    }

    func row(of table: Table, _ partition: [[UInt8]], _ clustering: [[UInt8]]) throws(ErrorMessage) -> StoredRow? {
        try attempt { database in
            let sql =
                "SELECT partition, clustering, cells FROM row WHERE owner = ? AND partition = ? AND clustering = ?"
            let arguments = Self.arguments(table, partition, clustering)
            return try Row.fetchOne(database.cachedStatement(sql: sql), arguments: arguments)
                .map { try Self.unpacked($0[0], $0[1], $0[2]) }
        }
    }

    func put(_ row: StoredRow, in table: Table) throws(ErrorMessage) {
        let cells = CQLValue.map(
            row.cells.sorted { $0.key < $1.key }.map { CQLValue.Entry(.text($0.key), .blob($0.value)) }
        )
        try attempt { database in
            let sql = "INSERT OR REPLACE INTO row (owner, partition, clustering, cells) VALUES (?, ?, ?, ?)"
            let arguments = Self.arguments(table, row.partition, row.clustering) + [Data(cells.bytes)]
            try database.cachedStatement(sql: sql).execute(arguments: arguments)
        }
    }

    func remove(_ row: StoredRow, from table: Table) throws(ErrorMessage) {
        try attempt { database in
            let sql = "DELETE FROM row WHERE owner = ? AND partition = ? AND clustering = ?"
            let arguments = Self.arguments(table, row.partition, row.clustering)
            try database.cachedStatement(sql: sql).execute(arguments: arguments)
        }
    }

    func removeAll(from table: Table) throws(ErrorMessage) {
        try attempt { try $0.execute(sql: "DELETE FROM row WHERE owner = ?", arguments: [table.owner]) }
    }

    private func attempt<Value>(_ body: (Database) throws -> Value) throws(ErrorMessage) -> Value {
        try onDisk { try body(database) }
    }

    // MARK: as stored

    private static let packedType = DataType.list(.simple(.blob))
    private static let cellsType = DataType.map(.simple(.text), .simple(.blob))

    private static func packed(_ parts: [[UInt8]]) -> [UInt8] { CQLValue.list(parts.map { .blob($0) }).bytes }

    private static func arguments(
        _ table: Table,
        _ partition: [[UInt8]],
        _ clustering: [[UInt8]]
    ) -> StatementArguments {
        [table.owner, Data(packed(partition)), Data(packed(clustering))]
    }

    private static func unpacked(_ partition: Data, _ clustering: Data, _ cells: Data) throws -> StoredRow {
        guard case .map(let entries) = try CQLValue(Array(cells), cellsType) else {
            throw ErrorMessage(.server, "a stored row is damaged")
        }
        var byColumn: [String: [UInt8]] = [:]
        for entry in entries {
            guard case .text(let name) = entry.key, case .blob(let bytes) = entry.value else {
                throw ErrorMessage(.server, "a stored row is damaged")
            }
            byColumn[name] = bytes
        }
        return StoredRow(partition: try parts(partition), clustering: try parts(clustering), cells: byColumn)
    }

    private static func parts(_ packed: Data) throws -> [[UInt8]] {
        guard case .list(let values) = try CQLValue(Array(packed), packedType) else {
            throw ErrorMessage(.server, "a stored key is damaged")
        }
        return try values.map { value in
            guard case .blob(let bytes) = value else { throw ErrorMessage(.server, "a stored key is damaged") }
            return bytes
        }
    }
}

/// What goes wrong below is the disk's fault, unless it says of itself what it is.
private func onDisk<Value>(_ body: () throws -> Value) throws(ErrorMessage) -> Value {
    do {
        return try body()
    } catch let error as ErrorMessage {
        throw error
    } catch {
        throw ErrorMessage(.server, "this stand-in's disk fails: \(error)")
    }
}

extension Table {
    /// A table made anew under the name of a dropped one has none of its rows.
    fileprivate var owner: String { "\(keyspace).\(name)" }
}
