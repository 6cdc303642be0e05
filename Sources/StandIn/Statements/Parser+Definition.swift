import CQL

extension Parser {
    mutating func statement() throws(ErrorMessage) -> Statement {
        switch next {
        case .word("use"):
            _ = advance()
            return .use(try name("a keyspace"))
        case .word("create"): return try create()
        case .word("alter"): return try alter()
        case .word("drop"): return try drop()
        case .word("truncate"):
            _ = advance()
            _ = accept(words: "table") || accept(words: "columnfamily")
            return .truncate(try tableName())
        case .word("select"): return .select(try select())
        case .word("insert"), .word("update"), .word("delete"): return .write(try write())
        case .word("begin"): return .batch(try batch())
        default: throw unexpected("a statement that this stand-in knows")
        }
    }

    private mutating func isKeyspace() throws(ErrorMessage) -> Bool {
        switch advance() {
        case .word("keyspace"), .word("schema"): return true
        case .word("table"), .word("columnfamily"): return false
        case let other: throw ErrorMessage(.syntax, "this stand-in knows keyspaces and tables, no \(other.description)")
        }
    }

    private mutating func create() throws(ErrorMessage) -> Statement {
        _ = advance()
        let isKeyspace = try isKeyspace()
        let ifNotExists = accept(words: "if", "not", "exists")
        guard isKeyspace else { return .createTable(try tableDefinition(), ifNotExists: ifNotExists) }
        let name = try name("a keyspace")
        return .createKeyspace(name, try properties(), ifNotExists: ifNotExists)
    }

    private mutating func alter() throws(ErrorMessage) -> Statement {
        _ = advance()
        guard try !isKeyspace() else {
            let name = try name("a keyspace")
            return .alterKeyspace(name, try properties())
        }
        let table = try tableName()
        guard accept(words: "add") else {
            throw ErrorMessage(.syntax, "this stand-in alters tables by ADD alone, not by \(next.description)")
        }
        let hasBrackets = accept("(")
        var columns: [ColumnDefinition] = []
        repeat { columns.append(try columnDefinition()) } while accept(",")
        if hasBrackets { try expect(")") }
        return .alterTable(table, add: columns)
    }

    private mutating func drop() throws(ErrorMessage) -> Statement {
        _ = advance()
        let isKeyspace = try isKeyspace()
        let ifExists = accept(words: "if", "exists")
        return isKeyspace
            ? .dropKeyspace(try name("a keyspace"), ifExists: ifExists)
            : .dropTable(try tableName(), ifExists: ifExists)
    }

    private mutating func columnDefinition() throws(ErrorMessage) -> ColumnDefinition {
        let name = try name("a column")
        return ColumnDefinition(name: name, type: try columnType())
    }

    private mutating func tableDefinition() throws(ErrorMessage) -> TableDefinition {
        var table = TableDefinition(name: try tableName(), columns: [], partitionKey: [], clusteringKey: [])
        try expect("(")
        repeat {
            if accept(words: "primary", "key") {
                try refuseSecondKey(of: table)
                try primaryKey(of: &table)
                continue
            }
            let column = try columnDefinition()
            guard !accept(words: "static") else { throw ErrorMessage(.invalid, "this stand-in has no static columns") }
            table.columns.append(column)
            if accept(words: "primary", "key") {
                try refuseSecondKey(of: table)
                table.partitionKey = [column.name]
            }
        } while accept(",")
        try expect(")")
        guard accept(words: "with") else { return table }
        repeat { try option(of: &table) } while accept(words: "and")
        return table
    }

    private func refuseSecondKey(of table: TableDefinition) throws(ErrorMessage) {
        guard table.partitionKey.isEmpty else { throw ErrorMessage(.invalid, "Multiple PRIMARY KEYs specified") }
    }

    private mutating func primaryKey(of table: inout TableDefinition) throws(ErrorMessage) {
        try expect("(")
        if isNext("(") {
            table.partitionKey = try list("(", ")") { (parser) throws(ErrorMessage) in try parser.name("a column") }
        } else {
            table.partitionKey = [try name("a column")]
        }
        while accept(",") { table.clusteringKey.append(try name("a column")) }
        try expect(")")
    }

    private mutating func option(of table: inout TableDefinition) throws(ErrorMessage) {
        if accept(words: "clustering", "order", "by") {
            let order = try list("(", ")") { (parser) throws(ErrorMessage) in try parser.order() }
            table.descending = Set(order.filter(\.isDescending).map(\.column))
        } else if accept(words: "compact", "storage") {
            throw ErrorMessage(.invalid, "this stand-in has no compact storage")
        } else {
            try property(of: &table.properties)
        }
    }

    mutating func order() throws(ErrorMessage) -> Select.Order {
        let column = try name("a column")
        let isDescending = accept(words: "desc")
        if !isDescending { _ = accept(words: "asc") }
        return Select.Order(column: column, isDescending: isDescending)
    }

    private mutating func properties() throws(ErrorMessage) -> Properties {
        var properties = Properties()
        try expect(word: "with")
        repeat { try property(of: &properties) } while accept(words: "and")
        return properties
    }

    private mutating func property(of properties: inout Properties) throws(ErrorMessage) {
        let name = try name("a property")
        try expect("=")
        guard isNext("{") else {
            properties.values[name] = try propertyText()
            return
        }
        let entries = try list("{", "}") { (parser) throws(ErrorMessage) in
            let key = try parser.propertyText()
            try parser.expect(":")
            return (key, try parser.propertyText())
        }
        properties.maps[name] = Dictionary(entries) { _, last in last }
    }

    private mutating func propertyText() throws(ErrorMessage) -> String {
        switch advance() {
        case .text(let text), .number(let text), .word(let text): return text
        case let other: throw ErrorMessage(.syntax, "'\(other.description)' is no value of a property")
        }
    }
}
