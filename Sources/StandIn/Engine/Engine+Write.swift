import CQL

extension Engine {
    /// Of one statement that names them by `IN`.
    private static let keysMax = 10_000

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
        for (partition, clustering) in try keys(restrictions) {
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
    private func keys(
        _ restrictions: Restrictions
    ) throws(ErrorMessage) -> [(partition: [[UInt8]], clustering: [[UInt8]])] {
        let table = restrictions.table
        var keys: [[[UInt8]]] = [[]]
        for column in table.partitionKey + table.clusteringKey.map(\.column) {
            let wanted = restrictions[column].first?.wanted ?? []
            guard keys.count * wanted.count <= Self.keysMax else {
                throw ErrorMessage(.invalid, "this stand-in writes \(Self.keysMax) rows with one statement at most")
            }
            keys = keys.flatMap { key in wanted.map { key + [$0] } }
        }
        let count = table.partitionKey.count
        return keys.map { (Array($0.prefix(count)), Array($0.dropFirst(count))) }
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
