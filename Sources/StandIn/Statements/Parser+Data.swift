import CQL

extension Parser {
    // MARK: reading

    mutating func select() throws(ErrorMessage) -> Select {
        try expect(word: "select")
        guard !isNext(word: "json"), !isNext(word: "distinct") else {
            throw ErrorMessage(.syntax, "this stand-in has no SELECT \(next.description)")
        }
        var select = Select(columns: .all, table: TableName(keyspace: nil, table: ""))
        try selection(of: &select)
        try expect(word: "from")
        select.table = try tableName()
        if accept(words: "where") { select.relations = try relations() }
        if accept(words: "order", "by") {
            repeat { select.order.append(try order()) } while accept(",")
        }
        if accept(words: "limit") { select.limit = try term() }
        select.allowsFiltering = accept(words: "allow", "filtering")
        return select
    }

    private mutating func selection(of select: inout Select) throws(ErrorMessage) {
        guard !accept("*") else { return }
        if accept(words: "count"), accept("(") {
            guard accept("*") || next == .number("1") && advance() == .number("1") else { throw unexpected("'*'") }
            try expect(")")
            select.columns = .count
            select.countAlias = try alias()
            return
        }
        var columns: [Select.Selected] = []
        repeat {
            let column = try name("a column")
            guard !isNext("(") else { throw ErrorMessage(.invalid, "this stand-in selects no function \(column)") }
            columns.append(Select.Selected(column: column, alias: try alias()))
        } while accept(",")
        select.columns = .named(columns)
    }

    private mutating func alias() throws(ErrorMessage) -> String? {
        accept(words: "as") ? try name("a name") : nil
    }

    private mutating func relations() throws(ErrorMessage) -> [Relation] {
        var relations: [Relation] = []
        repeat {
            guard !isNext(word: "token"), !isNext("(") else {
                throw ErrorMessage(
                    .invalid,
                    "this stand-in compares single columns, no tokens and no groups of columns"
                )
            }
            let column = try name("a column")
            relations.append(Relation(column: column, wanted: try wanted()))
        } while accept(words: "and")
        return relations
    }

    private mutating func wanted() throws(ErrorMessage) -> Relation.Wanted {
        if accept(words: "in") {
            if let mark = mark() { return .amongMark(mark) }
            return .among(try list("(", ")") { (parser) throws(ErrorMessage) in try parser.term() })
        }
        guard case .sign(let sign) = next, let comparison = Relation.Comparison(rawValue: sign) else {
            throw unexpected("a comparison that this stand-in knows")
        }
        _ = advance()
        return .compared(comparison, try term())
    }

    // MARK: writing

    mutating func batch() throws(ErrorMessage) -> [Write] {
        try expect(word: "begin")
        _ = accept(words: "unlogged")
        try expect(word: "batch")
        try refuseUsing()
        var writes: [Write] = []
        while !accept(words: "apply", "batch") {
            writes.append(try write())
            _ = accept(";")
        }
        return writes
    }

    mutating func write() throws(ErrorMessage) -> Write {
        switch advance() {
        case .word("insert"): return try insert()
        case .word("update"): return try update()
        case .word("delete"): return try delete()
        case let other: throw ErrorMessage(.syntax, "'\(other.description)' begins no statement that writes")
        }
    }

    private mutating func insert() throws(ErrorMessage) -> Write {
        try expect(word: "into")
        let table = try tableName()
        let columns = try list("(", ")") { (parser) throws(ErrorMessage) in try parser.name("a column") }
        try expect(word: "values")
        let values = try list("(", ")") { (parser) throws(ErrorMessage) in try parser.term() }
        guard columns.count == values.count else {
            throw ErrorMessage(.invalid, "Unmatched column names/values")
        }
        let condition: Write.Condition? = accept(words: "if", "not", "exists") ? .notExists : nil
        try refuseUsing()
        let assignments = zip(columns, values).map { Write.Assignment(column: $0, value: $1) }
        return Write(kind: .insert(assignments), table: table, condition: condition)
    }

    private mutating func update() throws(ErrorMessage) -> Write {
        let table = try tableName()
        try refuseUsing()
        try expect(word: "set")
        var assignments: [Write.Assignment] = []
        repeat {
            let column = try name("a column")
            try expect("=")
            let value = try term()
            guard !isNext("+"), !isNext("-") else {
                throw ErrorMessage(.invalid, "this stand-in sets whole values, it adds to none")
            }
            assignments.append(Write.Assignment(column: column, value: value))
        } while accept(",")
        try expect(word: "where")
        let relations = try relations()
        return Write(kind: .update(assignments), table: table, relations: relations, condition: try ifExists())
    }

    private mutating func delete() throws(ErrorMessage) -> Write {
        var columns: [String] = []
        if !isNext(word: "from") {
            repeat { columns.append(try name("a column")) } while accept(",")
        }
        try expect(word: "from")
        let table = try tableName()
        try refuseUsing()
        try expect(word: "where")
        let relations = try relations()
        return Write(kind: .delete(columns), table: table, relations: relations, condition: try ifExists())
    }

    private mutating func ifExists() throws(ErrorMessage) -> Write.Condition? {
        guard accept(words: "if") else { return nil }
        guard accept(words: "exists") else {
            throw ErrorMessage(.invalid, "this stand-in has no conditions but IF EXISTS and IF NOT EXISTS")
        }
        return .exists
    }

    private func refuseUsing() throws(ErrorMessage) {
        guard !isNext(word: "using") else {
            throw ErrorMessage(.invalid, "this stand-in knows no USING: neither TTL nor TIMESTAMP")
        }
    }

    // MARK: terms

    mutating func term() throws(ErrorMessage) -> Term {
        try nested { (parser) throws(ErrorMessage) in try parser.termAtDepth() }
    }

    private mutating func termAtDepth() throws(ErrorMessage) -> Term {
        if let mark = mark() { return mark }
        if isNext("[") { return .list(try list("[", "]") { (parser) throws(ErrorMessage) in try parser.term() }) }
        if isNext("{") { return try setOrMap() }
        let token = advance()
        switch token {
        case .text(let text): return .text(text)
        case .number(let number): return .number(number)
        case .uuid(let uuid): return .uuid(uuid)
        case .blob(let bytes): return .blob(bytes)
        case .word("null"): return .null
        case .word("true"): return .boolean(true)
        case .word("false"): return .boolean(false)
        case .word(let name) where isNext("("):
            return .call(name, try list("(", ")") { (parser) throws(ErrorMessage) in try parser.term() })
        case .word, .quoted, .mark, .namedMark, .sign, .end:
            throw ErrorMessage(.syntax, "line 1: no viable alternative at input '\(token.description)'")
        }
    }

    private mutating func setOrMap() throws(ErrorMessage) -> Term {
        var isMap = false
        let entries = try list("{", "}") { (parser) throws(ErrorMessage) in
            let key = try parser.term()
            guard parser.accept(":") else { return Term.Entry(key: key, value: .null) }
            isMap = true
            return Term.Entry(key: key, value: try parser.term())
        }
        return isMap ? .map(entries) : .set(entries.map(\.key))
    }
}
