import CQL

/// A statement that was read: its names are as written, nothing is looked up yet.
enum Statement: Hashable {
    case use(String)
    case createKeyspace(String, Properties, ifNotExists: Bool)
    case alterKeyspace(String, Properties)
    case dropKeyspace(String, ifExists: Bool)
    case createTable(TableDefinition, ifNotExists: Bool)
    case alterTable(TableName, add: [ColumnDefinition])
    case dropTable(TableName, ifExists: Bool)
    case truncate(TableName)
    case select(Select)
    case write(Write)
    /// `BEGIN BATCH … APPLY BATCH`.
    case batch([Write])
}

/// `keyspace.table`, or a table of the keyspace in use.
struct TableName: Hashable {
    var keyspace: String?
    var table: String
}

/// What stands behind `WITH`: a text, or a map of texts.
struct Properties: Hashable {
    var values: [String: String] = [:]
    var maps: [String: [String: String]] = [:]
}

/// As written in `CREATE TABLE` or `ALTER TABLE`.
struct ColumnDefinition: Hashable {
    var name: String
    var type: ColumnType
}

/// What `CREATE TABLE` says.
struct TableDefinition: Hashable {
    var name: TableName
    var columns: [ColumnDefinition]
    var partitionKey: [String]
    var clusteringKey: [String]
    /// Clustering columns that run backwards.
    var descending: Set<String> = []
    var properties = Properties()
}

/// A value in a statement, known when it is run.
indirect enum Term: Hashable {
    case null
    case text(String)
    case number(String)
    case boolean(Bool)
    case uuid(CQLUUID)
    case blob([UInt8])
    case list([Term])
    /// `{}` too: which of the two an empty one is, the column tells.
    case set([Term])
    case map([Entry])
    /// By place among the statement's marks, from 0.
    case mark(Int)
    /// `now()`, `uuid()`, `toTimestamp(now())` and the like.
    case call(String, [Term])

    struct Entry: Hashable {
        var key: Term
        var value: Term
    }
}

/// `column = value` and the like.
struct Relation: Hashable {
    enum Comparison: String, Hashable {
        case equal = "="
        case less = "<"
        case greater = ">"
        case lessOrEqual = "<="
        case greaterOrEqual = ">="
    }

    enum Wanted: Hashable {
        case compared(Comparison, Term)
        /// `IN (…)`
        case among([Term])
        /// `IN ?`
        case amongMark(Term)
    }

    var column: String
    var wanted: Wanted
}

/// What `SELECT` says.
struct Select: Hashable {
    enum Columns: Hashable {
        case all
        case count
        case named([Selected])
    }

    struct Selected: Hashable {
        var column: String
        var alias: String?
    }

    struct Order: Hashable {
        var column: String
        var isDescending: Bool
    }

    var columns: Columns
    /// Of `count(*)`.
    var countAlias: String?
    var table: TableName
    var relations: [Relation] = []
    var order: [Order] = []
    var limit: Term?
    var allowsFiltering = false
}

/// What `INSERT`, `UPDATE` and `DELETE` say.
struct Write: Hashable {
    enum Kind: Hashable {
        /// Every column, the key's among them.
        case insert([Assignment])
        case update([Assignment])
        /// Columns; none for the whole row.
        case delete([String])
    }

    enum Condition: Hashable {
        case exists
        case notExists
    }

    struct Assignment: Hashable {
        var column: String
        var value: Term
    }

    var kind: Kind
    var table: TableName
    /// Of `UPDATE` and `DELETE`.
    var relations: [Relation] = []
    var condition: Condition?
}
