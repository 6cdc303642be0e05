import CQL

/// What a client is told of a statement that it prepares: its marks, and the columns of its rows.
struct Description {
    /// In the statement's order.
    private(set) var marks: [ResultRows.Column] = []
    /// Which marks are the partition key, in its order; empty when they are not all marks.
    private(set) var keys: [UInt16] = []
    private(set) var result: [ResultRows.Column] = []

    private var byPlace: [Int: ResultRows.Column] = [:]
    private var keyMarks: [String: Int] = [:]

    /// - Throws: `invalid` for names that do not exist.
    init(_ plan: Engine.Plan, _ schema: Schema) throws(ErrorMessage) {
        var table: Table?
        switch plan.statement {
        case .select(let select):
            let own = try schema.table(select.table, using: plan.keyspace)
            try describe(select.relations, own)
            if let limit = select.limit { describe(limit, own.limit) }
            result = try select.described(own)
            table = own
        case .write(let write):
            let own = try schema.table(write.table, using: plan.keyspace)
            try describe(write, own)
            table = own
        case .batch(let writes):
            for write in writes { try describe(write, try schema.table(write.table, using: plan.keyspace)) }
        case .use, .createKeyspace, .alterKeyspace, .dropKeyspace, .createTable, .alterTable, .dropTable, .truncate:
            break
        }
        for (place, name) in plan.markNames.enumerated() {
            guard var column = byPlace[place] else {
                throw ErrorMessage(.invalid, "this stand-in knows no mark in this place of the statement")
            }
            if let name { column.name = name }
            marks.append(column)
        }
        if let table {
            let places = table.partitionKey.compactMap { keyMarks[$0.name] }
            if places.count == table.partitionKey.count { keys = places.map { UInt16(clamping: $0) } }
        }
    }

    private mutating func describe(_ term: Term, _ column: ResultRows.Column) {
        guard case .mark(let place) = term else { return }
        byPlace[place] = column
    }

    private mutating func describe(_ write: Write, _ table: Table) throws(ErrorMessage) {
        switch write.kind {
        case .insert(let assignments), .update(let assignments):
            for assignment in assignments {
                let column = try table.expectColumn(assignment.column)
                describe(assignment.value, table.described(column))
                if case .mark(let place) = assignment.value { keyMarks[column.name] = place }
            }
        case .delete(let columns):
            for column in columns { _ = try table.expectColumn(column) }
        }
        try describe(write.relations, table)
    }

    private mutating func describe(_ relations: [Relation], _ table: Table) throws(ErrorMessage) {
        for relation in relations {
            let column = try table.expectColumn(relation.column)
            switch relation.wanted {
            case .compared(let comparison, let term):
                describe(term, table.described(column))
                if comparison == .equal, case .mark(let place) = term { keyMarks[column.name] = place }
            case .among(let terms):
                for term in terms { describe(term, table.described(column)) }
            case .amongMark(let term): describe(term, table.listOf(column))
            }
        }
    }
}

extension Table {
    /// What is bound to `LIMIT ?`.
    var limit: ResultRows.Column {
        ResultRows.Column(keyspace: keyspace, table: name, name: "[limit]", type: .simple(.int))
    }
}

extension Select {
    /// The columns of its rows.
    func described(_ table: Table) throws(ErrorMessage) -> [ResultRows.Column] {
        switch columns {
        case .all: return table.columns.map { table.described($0) }
        case .count:
            let name = countAlias ?? "count"
            return [
                ResultRows.Column(keyspace: table.keyspace, table: table.name, name: name, type: .simple(.bigint))
            ]
        case .named(let selected):
            var columns: [ResultRows.Column] = []
            for one in selected { columns.append(table.described(try table.expectColumn(one.column), as: one.alias)) }
            return columns
        }
    }
}
