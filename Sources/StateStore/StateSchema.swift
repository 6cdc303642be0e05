import GRDB

/// What is in the file, and how one version's becomes the next one's.
enum StateSchema {
    /// `Unst` in ASCII: what SQLite's own tools show of a file that is ours.
    static let applicationID = 0x556E_7374
    /// As long as a database's header is.
    ///
    /// - Source: https://www.sqlite.org/fileformat2.html#the_database_header
    static let headerBytes = 100
    private static let magic = Array("SQLite format 3\u{0}".utf8)
    private static let applicationIDOffset = 68
    private static let pageBytesOffset = 16

    /// Whether these first bytes of a file are those of a database that ``mark(_:_:)`` has marked.
    static func isOurs(_ header: ArraySlice<UInt8>) -> Bool {
        guard header.count == headerBytes, header.starts(with: magic) else { return false }
        let mark = header.dropFirst(applicationIDOffset).prefix(4)
        return mark.reduce(0) { $0 << 8 | Int($1) } == applicationID
    }

    /// The size of the file's pages, by its header; 1 when there is none yet.
    static func pageBytes(_ header: [UInt8]) -> Int {
        let stored = Int(header[pageBytesOffset]) << 8 | Int(header[pageBytesOffset + 1])
        // 1 stands for 65,536, which two bytes cannot hold.
        return stored == 1 ? 65_536 : max(stored, 1)
    }

    /// Marks a new file as ours.
    ///
    /// To be called before the log is switched on: otherwise the mark would be in the log alone, for a while, and a
    /// crash in that while would leave a file that nobody recognises.
    static func mark(_ database: Database, _ path: String) throws {
        let mark = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        guard mark != applicationID else { return }
        let isEmpty = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") == 0
        guard mark == 0, isEmpty else {
            throw StateStoreError(.corrupt, "\(path) is a database of another program; left as it is")
        }
        try database.execute(sql: "PRAGMA application_id = \(applicationID)")
    }

    /// Checks the file and brings it to this version's form.
    ///
    /// - Throws: `state.newer_format` and `state.corrupt`, both before anything is changed.
    static func prepare(_ queue: DatabaseQueue, _ path: String) throws {
        try queue.read { database in
            try checkVersion(database, path)
            try check(database, path)
        }
        try migrator().migrate(queue)
    }

    /// - Throws: `state.newer_format`.
    static func checkVersion(_ database: Database, _ path: String) throws {
        guard try !migrator().hasBeenSuperseded(database) else {
            throw StateStoreError(.newerFormat, "\(path) was written by a newer version; left as it is")
        }
    }

    /// The keys of all records, sorted; those of tables that an older version has not made are none.
    static func keys(_ database: Database) throws -> [String] {
        let tables = try String.fetchAll(
            database,
            sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN ('record', 'lazy')"
        )
        return try tables.flatMap { try String.fetchAll(database, sql: "SELECT key FROM \($0)") }.sorted()
    }

    /// Table by table, so that `lazy` is left out: it may hold hundreds of megabytes, and each of its pages is looked
    /// at when it is read.
    private static func check(_ database: Database, _ path: String) throws {
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'lazy'"
        for table in try String.fetchAll(database, sql: sql) {
            let finding = try String.fetchOne(database, sql: "PRAGMA quick_check(\(table.quotedDatabaseIdentifier))")
            guard finding == "ok" else {
                throw StateStoreError(.corrupt, "\(path) is damaged: \(finding ?? "no answer to quick_check")")
            }
        }
    }

    private static func migrator() -> DatabaseMigrator {
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
        }
        migrator.registerMigration("2 lazy records") { database in
            try database.execute(
                sql: "CREATE TABLE lazy (key TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL) STRICT, WITHOUT ROWID"
            )
        }
        return migrator
    }
}
