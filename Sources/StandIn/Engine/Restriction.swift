import CQL

/// What a `WHERE` asks of one column, with its values.
struct Restriction {
    enum Test {
        case compared(Relation.Comparison, [UInt8])
        case among([[UInt8]])
    }

    let column: Table.Column
    let test: Test

    /// The values that the column may have; nil for a range of them.
    var wanted: [[UInt8]]? {
        switch test {
        case .compared(.equal, let value): [value]
        case .compared: nil
        case .among(let values): values
        }
    }

    /// False for null too.
    func holds(_ value: [UInt8]?) -> Bool {
        guard let value else { return false }
        switch test {
        case .among(let values): return values.contains(value)
        case .compared(let comparison, let other):
            let order = Ordering.compare(value, other, column.type.type)
            switch comparison {
            case .equal: return order == 0
            case .less: return order < 0
            case .greater: return order > 0
            case .lessOrEqual: return order <= 0
            case .greaterOrEqual: return order >= 0
            }
        }
    }
}

/// All that a `WHERE` asks.
struct Restrictions {
    let table: Table
    let all: [Restriction]

    /// - Throws: `invalid`, in Cassandra's words.
    init(_ relations: [Relation], of table: Table, _ binding: Binding) throws(ErrorMessage) {
        var all: [Restriction] = []
        for relation in relations {
            let column = try table.expectColumn(relation.column)
            all.append(Restriction(column: column, test: try Self.test(relation, column, table, binding)))
        }
        for column in table.columns {
            let own = all.filter { $0.column == column }
            guard own.count < 2 || own.allSatisfy({ $0.wanted == nil }) else {
                throw ErrorMessage(
                    .invalid,
                    "\(column.name) cannot be restricted by more than one relation if it includes an Equal"
                )
            }
        }
        self.table = table
        self.all = all
    }

    private static func test(
        _ relation: Relation,
        _ column: Table.Column,
        _ table: Table,
        _ binding: Binding
    ) throws(ErrorMessage) -> Restriction.Test {
        let described = table.described(column)
        let null = ErrorMessage(.invalid, "Invalid null value in condition for column \(column.name)")
        switch relation.wanted {
        case .compared(let comparison, let term):
            guard let value = try binding.bytes(term, described) else { throw null }
            return .compared(comparison, value)
        case .among(let terms):
            var values: [[UInt8]] = []
            for term in terms {
                guard let value = try binding.bytes(term, described) else { throw null }
                values.append(value)
            }
            return .among(values)
        case .amongMark(let term):
            let list = table.listOf(column)
            guard let bytes = try binding.bytes(term, list) else { throw null }
            do {
                guard case .list(let values) = try CQLValue(bytes, list.type) else { throw null }
                return .among(values.map(\.bytes))
            } catch {
                throw ErrorMessage(.invalid, "\(error)")
            }
        }
    }

    subscript(_ column: Table.Column) -> [Restriction] { all.filter { $0.column == column } }

    /// The one value of each part of the partition key; nil when they are not all known.
    var partition: [[UInt8]]? {
        let values = table.partitionKey.compactMap { column in
            let wanted = self[column].first?.wanted ?? []
            return wanted.count == 1 ? wanted.first : nil
        }
        return values.count == table.partitionKey.count ? values : nil
    }

    /// Every part of the partition key is held to single values.
    var holdsPartition: Bool { table.partitionKey.allSatisfy { self[$0].first?.wanted != nil } }

    func holds(_ row: StoredRow) -> Bool { all.allSatisfy { $0.holds(table.value($0.column, row)) } }

    /// Whether Cassandra would have to read more than it answers.
    ///
    /// - Throws: `invalid` when it would, in its words.
    func checkFiltering() throws(ErrorMessage) {
        guard !all.isEmpty else { return }
        let regular = all.contains { table.isRegular($0.column) }
        guard holdsPartition, !regular else {
            throw ErrorMessage(
                .invalid,
                "Cannot execute this query as it might involve data filtering and thus may have unpredictable performance."
                    + " If you want to execute this query despite the performance unpredictability, use ALLOW FILTERING"
            )
        }
        try checkClusteringPrefix()
    }

    /// Clustering columns are restricted from the first on, single values before ranges.
    func checkClusteringPrefix() throws(ErrorMessage) {
        var open: String?
        for clustering in table.clusteringKey {
            let own = self[clustering.column]
            if let open, !own.isEmpty {
                throw ErrorMessage(
                    .invalid,
                    "PRIMARY KEY column \"\(clustering.column.name)\" cannot be restricted as preceding column"
                        + " \"\(open)\" is not restricted"
                )
            }
            if own.first?.wanted == nil { open = open ?? clustering.column.name }
        }
    }
}

extension Table {
    func value(_ column: Column, _ row: StoredRow) -> [UInt8]? {
        if let place = partitionKey.firstIndex(of: column) { return row.partition[place] }
        if let place = clusteringKey.firstIndex(where: { $0.column == column }) { return row.clustering[place] }
        return row.cells[column.name]
    }

    func isRegular(_ column: Column) -> Bool { !isPartitionKey(column.name) && !isClusteringKey(column.name) }

    /// What is bound to `column IN ?`.
    func listOf(_ column: Column) -> ResultRows.Column {
        ResultRows.Column(keyspace: keyspace, table: name, name: "in(\(column.name))", type: .list(column.type.type))
    }

    /// As their clustering columns say.
    func clusteringOrder(_ one: StoredRow, _ other: StoredRow) -> Int {
        for (place, clustering) in clusteringKey.enumerated() {
            let type = clustering.column.type.type
            let order = Ordering.compare(one.clustering[place], other.clustering[place], type)
            if order != 0 { return clustering.isDescending ? -order : order }
        }
        return 0
    }
}
