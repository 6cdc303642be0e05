import CQL

extension Engine {
    // MARK: reading

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
        switch select.columns {
        case .count: return ResultRows(columns: columns, rows: [[CQLValue.bigint(Int64(rows.count)).bytes]])
        case .all:
            let own = table.columns
            return ResultRows(
                columns: columns,
                rows: rows.prefix(limit).map { row in own.map { table.value($0, row) } }
            )
        case .named(let selected):
            let own = selected.compactMap { table.column($0.column) }
            return ResultRows(
                columns: columns,
                rows: rows.prefix(limit).map { row in own.map { table.value($0, row) } }
            )
        }
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

    // MARK: writing

    /// All of them, or none.
    func run(
        _ writes: [(write: Write, binding: Binding, keyspace: String?)]
    ) throws(ErrorMessage) -> Response.QueryResult {
        guard writes.count == 1 || writes.allSatisfy({ $0.write.condition == nil }) else {
            throw ErrorMessage(.invalid, "this stand-in has no conditions in batches")
        }
        return try store.transaction { (rows) throws(ErrorMessage) in
            var result = Response.QueryResult.void
            for (write, binding, keyspace) in writes {
                let table = try schema.table(write.table, using: keyspace)
                try checkWritable(table)
                switch write.kind {
                case .insert(let assignments): result = try insert(assignments, write, table, binding, rows)
                case .update(let assignments): result = try update(assignments, write, table, binding, rows)
                case .delete(let columns): result = try delete(columns, write, table, binding, rows)
                }
            }
            return result
        }
    }

    private func insert(
        _ assignments: [Write.Assignment],
        _ write: Write,
        _ table: Table,
        _ binding: Binding,
        _ rows: StoredRows
    ) throws(ErrorMessage) -> Response.QueryResult {
        var values: [String: BoundValue] = [:]
        for assignment in assignments {
            let column = try table.expectColumn(assignment.column)
            let bound = try binding.bound(assignment.value, table.described(column))
            guard values.updateValue(bound, forKey: column.name) == nil else {
                throw ErrorMessage(.invalid, "Multiple definitions found for column \(column.name)")
            }
        }
        let partition = try key(table.partitionKey, "partition keys", &values)
        let clustering = try key(table.clusteringKey.map(\.column), "clustering keys", &values)
        let old = try rows.row(of: table, partition, clustering)
        if write.condition == .notExists, let old { return .rows(applied(false, old, table)) }
        var row = old ?? StoredRow(partition: partition, clustering: clustering, cells: [:])
        set(values, &row)
        try rows.put(row, in: table)
        return write.condition == nil ? .void : .rows(applied(true, nil, table))
    }

    private func key(
        _ columns: [Table.Column],
        _ what: String,
        _ values: inout [String: BoundValue]
    ) throws(ErrorMessage) -> [[UInt8]] {
        var key: [[UInt8]] = []
        for column in columns {
            switch values.removeValue(forKey: column.name) {
            case nil: throw ErrorMessage(.invalid, "Some \(what) are missing: \(column.name)")
            case .null: throw ErrorMessage(.invalid, "Invalid null value in condition for column \(column.name)")
            case .unset: throw ErrorMessage(.invalid, "Invalid unset value for column \(column.name)")
            case .bytes(let bytes):
                guard !bytes.isEmpty || columns.count > 1 || what != "partition keys" else {
                    throw ErrorMessage(.invalid, "Key may not be empty")
                }
                key.append(bytes)
            }
        }
        return key
    }

    private func set(_ values: [String: BoundValue], _ row: inout StoredRow) {
        for (name, value) in values {
            switch value {
            case .bytes(let bytes): row.cells[name] = bytes
            case .null: row.cells[name] = nil
            case .unset: break
            }
        }
    }

    private func update(
        _ assignments: [Write.Assignment],
        _ write: Write,
        _ table: Table,
        _ binding: Binding,
        _ rows: StoredRows
    ) throws(ErrorMessage) -> Response.QueryResult {
        var values: [String: BoundValue] = [:]
        for assignment in assignments {
            let column = try table.expectColumn(assignment.column)
            guard table.isRegular(column) else {
                throw ErrorMessage(.invalid, "PRIMARY KEY part \(column.name) found in SET part")
            }
            values[column.name] = try binding.bound(assignment.value, table.described(column))
        }
        let restrictions = try Restrictions(write.relations, of: table, binding)
        try checkKey(restrictions, isWhole: true)
        var isApplied = false
        for (partition, clustering) in keys(restrictions) {
            let old = try rows.row(of: table, partition, clustering)
            if write.condition == .exists, old == nil { continue }
            isApplied = true
            var row = old ?? StoredRow(partition: partition, clustering: clustering, cells: [:])
            set(values, &row)
            // A row that never was does not begin by having nothing.
            if old != nil || !row.cells.isEmpty { try rows.put(row, in: table) }
        }
        return write.condition == nil ? .void : .rows(applied(isApplied, nil, table))
    }

    private func delete(
        _ columns: [String],
        _ write: Write,
        _ table: Table,
        _ binding: Binding,
        _ rows: StoredRows
    ) throws(ErrorMessage) -> Response.QueryResult {
        for name in columns {
            guard table.isRegular(try table.expectColumn(name)) else {
                throw ErrorMessage(
                    .invalid,
                    "Invalid identifier \(name) for deletion (should not be a PRIMARY KEY part)"
                )
            }
        }
        let restrictions = try Restrictions(write.relations, of: table, binding)
        try checkKey(restrictions, isWhole: !columns.isEmpty || write.condition != nil)
        let found = try rows.rows(of: table, partition: restrictions.partition).filter { restrictions.holds($0) }
        for var row in found {
            if columns.isEmpty {
                try rows.remove(row, from: table)
            } else {
                for name in columns { row.cells[name] = nil }
                try rows.put(row, in: table)
            }
        }
        return write.condition == nil ? .void : .rows(applied(!found.isEmpty, nil, table))
    }

    /// Writes name what they write by its key.
    private func checkKey(_ restrictions: Restrictions, isWhole: Bool) throws(ErrorMessage) {
        let table = restrictions.table
        let strangers = restrictions.all.map(\.column).filter { table.isRegular($0) }.map(\.name)
        guard strangers.isEmpty else {
            let names = strangers.joined(separator: ", ")
            throw ErrorMessage(.invalid, "Non PRIMARY KEY columns found in where clause: \(names)")
        }
        let missing = table.partitionKey.filter { restrictions[$0].first?.wanted == nil }.map(\.name)
        guard missing.isEmpty else {
            throw ErrorMessage(.invalid, "Some partition key parts are missing: \(missing.joined(separator: ", "))")
        }
        try restrictions.checkClusteringPrefix()
        let open = table.clusteringKey.filter { restrictions[$0.column].first?.wanted == nil }.map(\.column.name)
        guard !isWhole || open.isEmpty else {
            throw ErrorMessage(.invalid, "Some clustering keys are missing: \(open.joined(separator: ", "))")
        }
    }

    /// Every key that the restrictions name.
    private func keys(_ restrictions: Restrictions) -> [(partition: [[UInt8]], clustering: [[UInt8]])] {
        let table = restrictions.table
        let columns = table.partitionKey + table.clusteringKey.map(\.column)
        let products = columns.reduce([[]] as [[[UInt8]]]) { keys, column in
            let wanted = restrictions[column].first?.wanted ?? []
            return keys.flatMap { key in wanted.map { key + [$0] } }
        }
        let count = table.partitionKey.count
        return products.map { (Array($0.prefix(count)), Array($0.dropFirst(count))) }
    }

    /// The answer to a condition, with the row that was in the way.
    private func applied(_ isApplied: Bool, _ row: StoredRow?, _ table: Table) -> ResultRows {
        let own = row == nil ? [] : table.columns
        let flag = ResultRows.Column(
            keyspace: table.keyspace,
            table: table.name,
            name: "[applied]",
            type: .simple(.boolean)
        )
        let values = [CQLValue.boolean(isApplied).bytes] + own.map { column in row.flatMap { table.value(column, $0) } }
        return ResultRows(columns: [flag] + own.map { table.described($0) }, rows: [values])
    }
}
