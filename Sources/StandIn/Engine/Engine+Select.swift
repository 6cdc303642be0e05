import CQL

extension Engine {
    func run(_ select: Select, _ binding: Binding, using keyspace: String?) throws(ErrorMessage) -> ResultRows {
        let table = try schema.table(select.table, using: keyspace)
        let columns = try select.described(table)
        let restrictions = try Restrictions(select.relations, of: table, binding)
        if !select.allowsFiltering { try restrictions.checkFiltering() }
        let isReversed = try isReversed(select, restrictions)
        let limit = try limit(select, table, binding)
        let found = try store.transaction { (rows) throws(ErrorMessage) in
            try rows.rows(of: table, partition: restrictions.partition)
        }
        var rows = found.filter { restrictions.holds($0) }
        if let isReversed {
            rows.sort { table.clusteringOrder($0, $1) * (isReversed ? -1 : 1) < 0 }
        } else if !table.clusteringKey.isEmpty {
            // Partitions stay as they are stored: by a key that says nothing, as tokens do.
            rows = Self.ordered(rows, table)
        }
        let own: [Table.Column]
        switch select.columns {
        case .count: return ResultRows(columns: columns, rows: [[CQLValue.bigint(Int64(rows.count)).bytes]])
        case .all: own = table.columns
        case .named(let selected): own = selected.compactMap { table.column($0.column) }
        }
        return ResultRows(columns: columns, rows: rows.prefix(limit).map { row in own.map { table.value($0, row) } })
    }

    /// Each partition's rows by their clustering columns; partitions in the order that they came.
    private static func ordered(_ rows: [StoredRow], _ table: Table) -> [StoredRow] {
        var ordered: [StoredRow] = []
        var rest = rows[...]
        while let first = rest.first {
            let partition = rest.prefix { $0.partition == first.partition }
            ordered += partition.sorted { table.clusteringOrder($0, $1) < 0 }
            rest = rest.dropFirst(partition.count)
        }
        return ordered
    }

    /// nil without `ORDER BY`.
    private func isReversed(_ select: Select, _ restrictions: Restrictions) throws(ErrorMessage) -> Bool? {
        guard let first = select.order.first else { return nil }
        guard restrictions.holdsPartition else {
            throw ErrorMessage(
                .invalid,
                "ORDER BY is only supported when the partition key is restricted by an EQ or an IN."
            )
        }
        let clustering = restrictions.table.clusteringKey
        guard select.order.map(\.column) == clustering.prefix(select.order.count).map(\.column.name) else {
            throw ErrorMessage(
                .invalid,
                "Order by is currently only supported on the clustered columns of the PRIMARY KEY, got \(first.column)"
            )
        }
        let reversals = Set(zip(select.order, clustering).map { $0.isDescending != $1.isDescending })
        guard reversals.count == 1 else { throw ErrorMessage(.invalid, "Unsupported order by relation") }
        return reversals.first
    }

    private func limit(_ select: Select, _ table: Table, _ binding: Binding) throws(ErrorMessage) -> Int {
        guard let term = select.limit, let bytes = try binding.bytes(term, table.limit) else { return .max }
        guard case .int(let limit)? = try? CQLValue(bytes, .simple(.int)), limit > 0 else {
            throw ErrorMessage(.invalid, "LIMIT must be strictly positive")
        }
        return Int(limit)
    }
}
