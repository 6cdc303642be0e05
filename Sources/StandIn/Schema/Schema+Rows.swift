import CQL

/// A system row by its columns' names: how the schema's tables are written and read.
extension StoredRow {
    /// Each column of the key has to be among the values.
    init(of table: Table, _ values: [String: CQLValue]) throws(ErrorMessage) {
        var cells = values.mapValues(\.bytes)
        var key: [[UInt8]] = []
        for column in table.partitionKey + table.clusteringKey.map(\.column) {
            guard let bytes = cells.removeValue(forKey: column.name) else {
                throw ErrorMessage(.server, "a row of \(table.name) has no \(column.name)")
            }
            key.append(bytes)
        }
        self.init(
            partition: Array(key.prefix(table.partitionKey.count)),
            clustering: Array(key.dropFirst(table.partitionKey.count)),
            cells: cells
        )
    }

    /// nil for null.
    func value(_ name: String, of table: Table) throws(ErrorMessage) -> CQLValue? {
        let column = try table.expectColumn(name)
        guard let bytes = table.value(column, self) else { return nil }
        do {
            return try CQLValue(bytes, column.type.type)
        } catch {
            throw ErrorMessage(.server, "\(name) of \(table.keyspace).\(table.name) is damaged: \(error)")
        }
    }

    /// Empty for null and for what is no text.
    func text(_ name: String, of table: Table) throws(ErrorMessage) -> String {
        guard case .text(let text)? = try value(name, of: table) else { return "" }
        return text
    }
}

extension Schema {
    /// Reads what the schema's tables say.
    ///
    /// - Throws: `server` for rows that make no schema.
    init(_ rows: StoredRows) throws(ErrorMessage) {
        try self.init()
        let keyspaceTable = try system("system_schema", "keyspaces")
        for row in try rows.rows(of: keyspaceTable) {
            let name = try row.text("keyspace_name", of: keyspaceTable)
            let isFixed =
                SystemTables.keyspaceNames.contains(name) && !SystemTables.replicatedNames.contains(name)
            guard !isFixed else { continue }
            var keyspace = Keyspace(replication: [:])
            if case .map(let entries)? = try row.value("replication", of: keyspaceTable) {
                for case (.text(let key), .text(let value)) in entries.map({ ($0.key, $0.value) }) {
                    keyspace.replication[key] = value
                }
            }
            if case .boolean(let isDurable)? = try row.value("durable_writes", of: keyspaceTable) {
                keyspace.durableWrites = isDurable
            }
            put(keyspace, named: name)
        }
        let columnTable = try system("system_schema", "columns")
        let columns = Dictionary(grouping: try rows.rows(of: columnTable)) { $0.partition + $0.clustering.prefix(1) }
        let tableTable = try system("system_schema", "tables")
        for row in try rows.rows(of: tableTable) {
            let keyspace = try row.text("keyspace_name", of: tableTable)
            guard !SystemTables.keyspaceNames.contains(keyspace) else { continue }
            guard case .uuid(let id)? = try row.value("id", of: tableTable) else {
                throw ErrorMessage(.server, "a table of \(keyspace) has no id")
            }
            let own = columns[row.partition + row.clustering] ?? []
            let name = try row.text("table_name", of: tableTable)
            let comment = try row.text("comment", of: tableTable)
            put(try Self.table(keyspace, name, id, comment: comment, own, columnTable))
        }
    }

    private static func table(
        _ keyspace: String,
        _ name: String,
        _ id: CQLUUID,
        comment: String,
        _ rows: [StoredRow],
        _ columnTable: Table
    ) throws(ErrorMessage) -> Table {
        var key: [(position: Int32, column: Table.Column)] = []
        var clustering: [(position: Int32, column: Table.ClusteringColumn)] = []
        var regular: [Table.Column] = []
        for row in rows {
            let type = try ColumnType(parsing: try row.text("type", of: columnTable))
            let column = Table.Column(name: try row.text("column_name", of: columnTable), type: type)
            guard case .int(let position)? = try row.value("position", of: columnTable) else {
                throw ErrorMessage(.server, "\(name).\(column.name) has no position")
            }
            switch try row.text("kind", of: columnTable) {
            case "partition_key": key.append((position, column))
            case "clustering":
                let isDescending = try row.text("clustering_order", of: columnTable) == "desc"
                clustering.append((position, Table.ClusteringColumn(column: column, isDescending: isDescending)))
            default: regular.append(column)
            }
        }
        return Table(
            keyspace: keyspace,
            name: name,
            id: id,
            partitionKey: key.sorted { $0.position < $1.position }.map(\.column),
            clusteringKey: clustering.sorted { $0.position < $1.position }.map(\.column),
            regular: regular.sorted { $0.name < $1.name },
            properties: comment.isEmpty ? [:] : ["comment": comment]
        )
    }

    /// One of the system's own tables.
    func system(_ keyspace: String, _ name: String) throws(ErrorMessage) -> Table {
        try table(TableName(keyspace: keyspace, table: name), using: nil)
    }
}

extension StoredRows {
    func put(_ keyspace: Schema.Keyspace, named name: String, _ schema: Schema) throws(ErrorMessage) {
        let table = try schema.system("system_schema", "keyspaces")
        let replication = keyspace.replication.sorted { $0.key < $1.key }
        let row = try StoredRow(
            of: table,
            [
                "keyspace_name": .text(name), "durable_writes": .boolean(keyspace.durableWrites),
                "replication": .map(replication.map { .init(.text($0.key), .text($0.value)) }),
            ]
        )
        try put(row, in: table)
    }

    func drop(keyspace name: String, _ schema: Schema) throws(ErrorMessage) {
        let table = try schema.system("system_schema", "keyspaces")
        try remove(try StoredRow(of: table, ["keyspace_name": .text(name)]), from: table)
    }

    /// Writes a table's description; what it is not described by any more stays, so drop first what loses columns.
    func put(_ described: Table, _ schema: Schema) throws(ErrorMessage) {
        let tables = try schema.system("system_schema", "tables")
        let names: [String: CQLValue] = [
            "keyspace_name": .text(described.keyspace), "table_name": .text(described.name),
        ]
        let settings: [String: CQLValue] = [
            "id": .uuid(described.id), "comment": .text(described.properties["comment"] ?? ""),
            "flags": .set([.text("compound")]), "gc_grace_seconds": .int(864_000), "default_time_to_live": .int(0),
            "caching": .map([.init(.text("keys"), .text("ALL")), .init(.text("rows_per_partition"), .text("NONE"))]),
            "compaction": .map([
                .init(.text("class"), .text("org.apache.cassandra.db.compaction.SizeTieredCompactionStrategy"))
            ]),
            "compression": .map([]), "extensions": .map([]), "speculative_retry": .text("99PERCENTILE"),
            "bloom_filter_fp_chance": .double(0.01), "crc_check_chance": .double(1),
            "dclocal_read_repair_chance": .double(0.1), "read_repair_chance": .double(0),
            "max_index_interval": .int(2_048), "min_index_interval": .int(128), "memtable_flush_period_in_ms": .int(0),
        ]
        try put(try StoredRow(of: tables, names.merging(settings) { _, own in own }), in: tables)
        let columns = try schema.system("system_schema", "columns")
        for row in described.columnRows {
            try put(try StoredRow(of: columns, names.merging(row) { _, own in own }), in: columns)
        }
    }

    /// Forgets a table with its rows.
    func drop(_ dropped: Table, _ schema: Schema) throws(ErrorMessage) {
        let names: [String: CQLValue] = ["keyspace_name": .text(dropped.keyspace), "table_name": .text(dropped.name)]
        let columns = try schema.system("system_schema", "columns")
        for column in dropped.columns {
            let key = names.merging(["column_name": .text(column.name)]) { _, own in own }
            try remove(try StoredRow(of: columns, key), from: columns)
        }
        let tables = try schema.system("system_schema", "tables")
        try remove(try StoredRow(of: tables, names), from: tables)
        try removeAll(from: dropped)
    }
}

extension Table {
    /// Its columns, as `system_schema.columns` has them.
    fileprivate var columnRows: [[String: CQLValue]] {
        func row(_ column: Column, _ kind: String, _ position: Int, _ order: String = "none") -> [String: CQLValue] {
            [
                "column_name": .text(column.name), "clustering_order": .text(order), "kind": .text(kind),
                "column_name_bytes": .blob(Array(column.name.utf8)), "position": .int(Int32(clamping: position)),
                "type": .text(column.type.name),
            ]
        }
        return partitionKey.enumerated().map { row($1, "partition_key", $0) }
            + clusteringKey.enumerated().map { row($1.column, "clustering", $0, $1.isDescending ? "desc" : "asc") }
            + regular.map { row($0, "regular", -1) }
    }
}
