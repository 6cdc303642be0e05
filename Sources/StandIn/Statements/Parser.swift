import CQL

/// Reads statements: what of CQL 3.4 this stand-in knows; the rest is refused in words.
///
/// - Source: the CQL reference of Cassandra 3.11.
struct Parser {
    /// Terms and types may be nested so deep.
    private static let depthMax = 16

    private let tokens: [Token]
    private var position = 0
    /// The marks in their order: nil for `?`, else their name.
    private(set) var marks: [String?] = []
    private var depth = 0

    /// - Throws: `syntax` for what is no token.
    init(_ text: String) throws(ErrorMessage) { tokens = try Lexer.tokens(of: text) }

    /// Reads a whole statement, its `;` included.
    ///
    /// - Returns: the statement, and its marks in their order: nil for `?`, else their name.
    static func parse(_ text: String) throws(ErrorMessage) -> (statement: Statement, marks: [String?]) {
        var parser = try Parser(text)
        let statement = try parser.statement()
        _ = parser.accept(";")
        try parser.expectEnd()
        return (statement, parser.marks)
    }

    // MARK: tokens

    var next: Token { tokens[position] }

    mutating func advance() -> Token {
        defer { if position < tokens.count - 1 { position += 1 } }
        return tokens[position]
    }

    func isNext(_ sign: String) -> Bool { next == .sign(sign) }
    func isNext(word: String) -> Bool { next == .word(word) }

    mutating func accept(_ sign: String) -> Bool {
        guard isNext(sign) else { return false }
        position += 1
        return true
    }

    /// All of these words, or none.
    mutating func accept(words: String...) -> Bool {
        let ahead = tokens[position...].prefix(words.count)
        guard ahead.elementsEqual(words.map { Token.word($0) }) else { return false }
        position += words.count
        return true
    }

    mutating func expect(_ sign: String) throws(ErrorMessage) {
        guard accept(sign) else { throw unexpected("'\(sign)'") }
    }

    mutating func expect(word: String) throws(ErrorMessage) {
        guard accept(words: word) else { throw unexpected(word.uppercased()) }
    }

    func expectEnd() throws(ErrorMessage) {
        guard next == .end else { throw unexpected("the end of the statement") }
    }

    func unexpected(_ wanted: String) -> ErrorMessage {
        ErrorMessage(.syntax, "line 1: mismatched input '\(next.description)' expecting \(wanted)")
    }

    /// A name; a reserved word is none unless quoted.
    mutating func name(_ what: String) throws(ErrorMessage) -> String {
        switch next {
        case .word(let word) where !Self.reserved.contains(word):
            _ = advance()
            return word
        case .quoted(let name):
            _ = advance()
            return name
        default: throw unexpected(what)
        }
    }

    mutating func tableName() throws(ErrorMessage) -> TableName {
        let first = try name("a table")
        guard accept(".") else { return TableName(keyspace: nil, table: first) }
        return TableName(keyspace: first, table: try name("a table"))
    }

    /// What stands between two signs, separated by commas; may be nothing.
    mutating func list<Element>(
        _ open: String,
        _ close: String,
        _ element: (inout Parser) throws(ErrorMessage) -> Element
    ) throws(ErrorMessage) -> [Element] {
        try expect(open)
        var elements: [Element] = []
        guard !accept(close) else { return elements }
        repeat { elements.append(try element(&self)) } while accept(",")
        try expect(close)
        return elements
    }

    mutating func nested<Value>(
        _ read: (inout Parser) throws(ErrorMessage) -> Value
    ) throws(ErrorMessage) -> Value {
        guard depth < Self.depthMax else { throw ErrorMessage(.syntax, "nested deeper than \(Self.depthMax)") }
        depth += 1
        defer { depth -= 1 }
        return try read(&self)
    }

    mutating func mark() -> Term? {
        switch next {
        case .mark: marks.append(nil)
        case .namedMark(let name): marks.append(name)
        default: return nil
        }
        _ = advance()
        return .mark(marks.count - 1)
    }

    // MARK: types

    mutating func columnType() throws(ErrorMessage) -> ColumnType {
        try nested { (parser) throws(ErrorMessage) in try parser.columnTypeAtDepth() }
    }

    private mutating func columnTypeAtDepth() throws(ErrorMessage) -> ColumnType {
        guard case .word(let name) = next else { throw unexpected("a type") }
        _ = advance()
        guard accept("<") else {
            guard let type = ColumnType(simple: name) else {
                throw ErrorMessage(.invalid, "this stand-in has no type \(name)")
            }
            return type
        }
        var parts: [ColumnType] = []
        repeat { parts.append(try columnType()) } while accept(",")
        try expect(">")
        switch (name, parts.count) {
        case ("frozen", 1): return parts[0].frozen
        case ("list", 1): return ColumnType(name: "list<\(parts[0].name)>", type: .list(parts[0].type))
        case ("set", 1): return ColumnType(name: "set<\(parts[0].name)>", type: .set(parts[0].type))
        case ("map", 2):
            let name = "map<\(parts[0].name), \(parts[1].name)>"
            return ColumnType(name: name, type: .map(parts[0].type, parts[1].type))
        default: throw ErrorMessage(.invalid, "this stand-in has no type \(name) of \(parts.count) parts")
        }
    }

    /// Words that are names only between double quotes.
    ///
    /// - Source: the CQL reference of Cassandra 3.11, appendix A.
    private static let reserved: Set<String> = [
        "add", "allow", "alter", "and", "apply", "asc", "authorize", "batch", "begin", "by", "columnfamily", "create",
        "delete", "desc", "describe", "drop", "entries", "execute", "from", "full", "grant", "if", "in", "index",
        "infinity", "insert", "into", "is", "keyspace", "limit", "materialized", "modify", "nan", "norecursive", "not",
        "null", "of", "on", "or", "order", "primary", "rename", "replace", "revoke", "schema", "select", "set", "table",
        "to", "token", "truncate", "unlogged", "update", "use", "using", "view", "where", "with",
    ]
}
