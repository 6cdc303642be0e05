/// Rows, or what a prepared statement will give.
///
/// - Source: native_protocol_v4.spec of Cassandra, section 4.2.5.2.
public struct ResultRows: Hashable, Sendable {
    /// One column.
    public struct Column: Hashable, Sendable {
        /// Whose it is.
        public var keyspace: String
        /// Whose it is.
        public var table: String
        /// As selected.
        public var name: String
        /// Of every value.
        public var type: DataType

        /// Wraps the four.
        public init(keyspace: String, table: String, name: String, type: DataType) {
            self.keyspace = keyspace
            self.table = table
            self.name = name
            self.type = type
        }
    }

    /// A body of 16 MiB would hold more; an attack is told by it.
    private static let columnsMax: Int32 = 65_535

    private struct Flags: OptionSet {
        let rawValue: Int32
        static let globalTable = Flags(rawValue: 0x0001)
        static let morePages = Flags(rawValue: 0x0002)
        static let noMetadata = Flags(rawValue: 0x0004)
        static let known: Flags = [.globalTable, .morePages, .noMetadata]
    }

    /// What the rows consist of; nil when the client has it from preparing.
    public var columns: [Column]?
    /// How many values a row has.
    public var columnCount: Int
    /// Where the next page begins; nil for the last.
    public var pagingState: [UInt8]?
    /// Each with one value a column, nil for null; empty in what was prepared.
    public var rows: [[[UInt8]?]]

    /// Rows with their columns.
    public init(columns: [Column], rows: [[[UInt8]?]] = [], pagingState: [UInt8]? = nil) {
        self.columns = columns
        self.columnCount = columns.count
        self.rows = rows
        self.pagingState = pagingState
    }

    /// Without the description of the columns.
    public var bare: ResultRows {
        var copy = self
        copy.columns = nil
        return copy
    }

    /// Reads what stands before rows; `keys`, where it is not nil, takes the marks of the partition key: so in v4, of what was
    /// prepared.
    init(metadata reader: inout ByteReader, keys: inout [UInt16]?) throws(CQLError) {
        let flags = Flags(rawValue: try reader.int("the flags of a result"))
        guard flags.isSubset(of: .known) else { throw CQLError(.value, "the flags of a result are \(flags.rawValue)") }
        let count = try reader.int("the number of columns")
        guard (0...Self.columnsMax).contains(count) else { throw CQLError(.value, "\(count) columns") }
        if keys != nil {
            let keyCount = try reader.int("the number of key marks")
            guard keyCount >= 0, Int(keyCount) <= reader.left / 2 else {
                throw CQLError(.length, "\(keyCount) key marks in \(reader.left) bytes")
            }
            var marks: [UInt16] = []
            for _ in 0..<keyCount { marks.append(try reader.short("a key mark")) }
            keys = marks
        }
        pagingState = flags.contains(.morePages) ? try reader.bytes("the paging state") : nil
        columnCount = Int(count)
        rows = []
        guard !flags.contains(.noMetadata) else {
            columns = nil
            return
        }
        var table: (keyspace: String, name: String)?
        if flags.contains(.globalTable) {
            let keyspace = try reader.string("the keyspace")
            table = (keyspace, try reader.string("the table"))
        }
        var columns: [Column] = []
        for _ in 0..<count {
            let owner: (keyspace: String, name: String)
            if let table {
                owner = table
            } else {
                let keyspace = try reader.string("the keyspace of a column")
                owner = (keyspace, try reader.string("the table of a column"))
            }
            let name = try reader.string("the name of a column")
            let type = try DataType(&reader)
            columns.append(Column(keyspace: owner.keyspace, table: owner.name, name: name, type: type))
        }
        self.columns = columns
    }

    init(_ reader: inout ByteReader) throws(CQLError) {
        var keys: [UInt16]?
        try self.init(metadata: &reader, keys: &keys)
        let count = try reader.int("the number of rows")
        // A row is at least the lengths of its values; one without columns is nothing.
        guard count >= 0, Int(count) * max(columnCount, 1) * 4 <= reader.left else {
            throw CQLError(.length, "\(count) rows of \(columnCount) columns in \(reader.left) bytes")
        }
        for _ in 0..<count {
            var row: [[UInt8]?] = []
            for _ in 0..<columnCount { row.append(try reader.bytes("a value")) }
            rows.append(row)
        }
    }

    func write(to writer: inout ByteWriter) {
        writeMetadata(to: &writer, keys: nil)
        writer.int(Int32(clamping: rows.count))
        for row in rows {
            for value in row { writer.bytes(value) }
        }
    }

    func writeMetadata(to writer: inout ByteWriter, keys: [UInt16]?) {
        // One table for all columns, where it is so.
        let table = columns?.first.map { ($0.keyspace, $0.table) }
        let isGlobal = columns?.allSatisfy { ($0.keyspace, $0.table) == (table?.0, table?.1) } ?? false && table != nil
        var flags: Flags = []
        if isGlobal { flags.insert(.globalTable) }
        if pagingState != nil { flags.insert(.morePages) }
        if columns == nil { flags.insert(.noMetadata) }
        writer.int(flags.rawValue)
        writer.int(Int32(clamping: columnCount))
        if let keys {
            writer.int(Int32(clamping: keys.count))
            for key in keys { writer.short(key) }
        }
        if let pagingState { writer.bytes(pagingState) }
        guard let columns else { return }
        if isGlobal, let table {
            writer.string(table.0)
            writer.string(table.1)
        }
        for column in columns {
            if !isGlobal {
                writer.string(column.keyspace)
                writer.string(column.table)
            }
            writer.string(column.name)
            column.type.write(to: &writer)
        }
    }
}
