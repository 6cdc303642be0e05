import CQL

/// A column's type, with the name it has in the schema's tables.
struct ColumnType: Hashable {
    /// As Cassandra writes it, `frozen<list<text>>` say.
    let name: String
    /// As on the wire, which does not know of frozen.
    let type: DataType

    /// nil for a name that this stand-in has no type of.
    init?(simple name: String) {
        // The two names of one type; the schema's tables know the first.
        guard let simple = DataType.Simple.allCases.first(where: { $0.name == (name == "varchar" ? "text" : name) }),
            Self.supported.contains(simple)
        else { return nil }
        self.init(name: simple.name, type: .simple(simple))
    }

    init(name: String, type: DataType) {
        self.name = name
        self.type = type
    }

    /// Those that literals, order and comparison are written for.
    private static let supported: Set<DataType.Simple> = [
        .ascii, .bigint, .blob, .boolean, .double, .float, .inet, .int, .text, .timestamp, .timeuuid, .uuid,
    ]

    /// Reads a name, as in a statement or in the schema's tables.
    ///
    /// - Throws: `syntax`, `invalid`.
    init(parsing text: String) throws(ErrorMessage) {
        var parser = try Parser(text)
        self = try parser.columnType()
        try parser.expectEnd()
    }

    var frozen: ColumnType { ColumnType(name: "frozen<\(name)>", type: type) }
}
