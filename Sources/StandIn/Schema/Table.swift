import CQL

/// A table, as its rows are read and written by.
struct Table: Hashable {
    struct Column: Hashable {
        var name: String
        var type: ColumnType
    }

    struct ClusteringColumn: Hashable {
        var column: Column
        var isDescending: Bool
    }

    let keyspace: String
    let name: String
    let id: CQLUUID
    /// At least one.
    let partitionKey: [Column]
    let clusteringKey: [ClusteringColumn]
    /// In order of the name.
    var regular: [Column]
    /// As `WITH` said; shown to whoever reads the schema, and otherwise without effect.
    var properties: [String: String] = [:]

    /// In the order of `SELECT *`.
    var columns: [Column] { partitionKey + clusteringKey.map(\.column) + regular }

    func column(_ name: String) -> Column? { columns.first { $0.name == name } }

    /// - Throws: `invalid`, in Cassandra's words.
    func expectColumn(_ name: String) throws(ErrorMessage) -> Column {
        guard let column = column(name) else { throw ErrorMessage(.invalid, "Undefined column name \(name)") }
        return column
    }

    func isPartitionKey(_ name: String) -> Bool { partitionKey.contains { $0.name == name } }
    func isClusteringKey(_ name: String) -> Bool { clusteringKey.contains { $0.column.name == name } }

    /// - Returns: the description of a column as it goes with rows.
    func described(_ column: Column, as alias: String? = nil) -> ResultRows.Column {
        ResultRows.Column(keyspace: keyspace, table: name, name: alias ?? column.name, type: column.type.type)
    }

    /// Puts a definition in order.
    ///
    /// - Throws: `invalid` for a key that cannot be.
    static func make(
        _ definition: TableDefinition,
        keyspace: String,
        id: CQLUUID
    ) throws(ErrorMessage) -> Table {
        var columns: [String: ColumnType] = [:]
        for column in definition.columns {
            guard columns.updateValue(column.type, forKey: column.name) == nil else {
                throw ErrorMessage(.invalid, "Multiple definition of identifier \(column.name)")
            }
        }
        guard !definition.partitionKey.isEmpty else {
            throw ErrorMessage(.invalid, "No PRIMARY KEY specifed (exactly one required)")
        }
        var key: [Column] = []
        for name in definition.partitionKey + definition.clusteringKey {
            guard let type = columns.removeValue(forKey: name) else {
                throw ErrorMessage(.invalid, "Unknown definition \(name) referenced in PRIMARY KEY")
            }
            guard type.canBeKey else {
                throw ErrorMessage(.invalid, "Invalid non-frozen collection type for PRIMARY KEY component \(name)")
            }
            key.append(Column(name: name, type: type))
        }
        for name in definition.descending where !definition.clusteringKey.contains(name) {
            throw ErrorMessage(.invalid, "Missing CLUSTERING ORDER for column \(name)")
        }
        let partitionCount = definition.partitionKey.count
        return Table(
            keyspace: keyspace,
            name: definition.name.table,
            id: id,
            partitionKey: Array(key.prefix(partitionCount)),
            clusteringKey: key.dropFirst(partitionCount).map {
                ClusteringColumn(column: $0, isDescending: definition.descending.contains($0.name))
            },
            regular: columns.map { Column(name: $0.key, type: $0.value) }.sorted { $0.name < $1.name },
            properties: definition.properties.values
        )
    }
}

extension ColumnType {
    /// A collection that changes in parts has no place in a key.
    fileprivate var canBeKey: Bool {
        switch type {
        case .simple, .tuple, .userDefined, .custom: true
        case .list, .set, .map: name.hasPrefix("frozen<")
        }
    }
}
