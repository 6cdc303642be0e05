import CQL
import Model
import FoundationEssentials

/// Reads, runs and answers statements, one at a time.
final class Engine {
    /// Of prepared statements; the oldest goes, and its client is told to prepare anew.
    private static let preparedMax = 5_000

    /// A statement that can be run.
    struct Plan {
        let statement: Statement
        /// The names of its marks, in their order: nil for `?`.
        let markNames: [String?]
        /// What was in use when it was read.
        let keyspace: String?
    }

    let store: RowStore
    /// As the store has it.
    var schema: Schema {
        didSet { schemaVersion = schema.version }
    }
    /// The schema's.
    private(set) var schemaVersion: CQLUUID
    let uuids = UUIDSource()
    private let now: () -> Int64
    private var prepared: [[UInt8]: Plan] = [:]
    private var preparedOrder: [[UInt8]] = []
    /// Told of every change, after it is on disk.
    var schemaChanged: (SchemaChange) -> Void = { _ in }

    /// - Parameters:
    ///   - store: holds the system's tables.
    ///   - now: milliseconds since the epoch.
    /// - Throws: `server` when the schema's tables make no schema.
    init(
        _ store: RowStore,
        now: @escaping () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1_000) }
    ) throws(ErrorMessage) {
        self.store = store
        self.now = now
        schema = try store.transaction { (rows) throws(ErrorMessage) in try Schema(rows) }
        schemaVersion = schema.version
    }

    // MARK: requests

    /// True for a login that the data know.
    func admits(_ user: String, _ password: Secret) throws(ErrorMessage) -> Bool {
        try store.transaction { (rows) throws(ErrorMessage) in try Node.admits(user, password, rows, schema) }
    }

    /// Runs a statement.
    ///
    /// - Parameters:
    ///   - text: the statement.
    ///   - parameters: values for its marks; consistencies count for nothing.
    ///   - keyspace: what the client uses, changed by `USE`.
    /// - Returns: what it came to, on disk.
    /// - Throws: Cassandra's kinds of errors, in its words where it has some.
    func query(
        _ text: String,
        _ parameters: QueryParameters = QueryParameters(),
        using keyspace: inout String?
    ) throws(ErrorMessage) -> Response.QueryResult {
        let plan = try plan(text, using: keyspace)
        return try run(plan, try values(parameters.values, of: plan), using: &keyspace)
    }

    /// Reads a statement for later.
    func prepare(_ text: String, using keyspace: String?) throws(ErrorMessage) -> Response.Prepared {
        let plan = try plan(text, using: keyspace)
        let description = try Description(plan, schema)
        let id = Self.id(text, keyspace)
        if prepared.updateValue(plan, forKey: id) == nil { preparedOrder.append(id) }
        if preparedOrder.count > Self.preparedMax { prepared[preparedOrder.removeFirst()] = nil }
        return Response.Prepared(
            id: id,
            marks: ResultRows(columns: description.marks),
            keys: description.keys,
            result: ResultRows(columns: description.result)
        )
    }

    /// Runs what was prepared.
    func execute(
        _ id: [UInt8],
        _ parameters: QueryParameters,
        using keyspace: inout String?
    ) throws(ErrorMessage) -> Response.QueryResult {
        let plan = try plan(id)
        let result = try run(plan, try values(parameters.values, of: plan), using: &keyspace)
        guard parameters.skipsMetadata, case .rows(let rows) = result else { return result }
        return .rows(rows.bare)
    }

    /// Runs several writes as one.
    func batch(_ batch: Batch, using keyspace: String?) throws(ErrorMessage) -> Response.QueryResult {
        guard batch.kind != .counter else { throw ErrorMessage(.invalid, "this stand-in has no counters") }
        var writes: [(Write, Binding, String?)] = []
        for statement in batch.statements {
            let plan: Plan
            switch statement.source {
            case .text(let text): plan = try self.plan(text, using: keyspace)
            case .prepared(let id): plan = try self.plan(id)
            }
            guard case .write(let write) = plan.statement else {
                throw ErrorMessage(.invalid, "Invalid statement in batch: only UPDATE, INSERT and DELETE are allowed.")
            }
            writes.append((write, try binding(statement.values, of: plan), plan.keyspace))
        }
        return try run(writes)
    }

    // MARK: plans

    private func plan(_ text: String, using keyspace: String?) throws(ErrorMessage) -> Plan {
        let (statement, marks) = try Parser.parse(text)
        return Plan(statement: statement, markNames: marks, keyspace: keyspace)
    }

    private func plan(_ id: [UInt8]) throws(ErrorMessage) -> Plan {
        guard let plan = prepared[id] else {
            throw ErrorMessage(
                .unprepared,
                "Prepared query with ID \(id.map { String($0, radix: 16) }.joined()) not found",
                detail: .unknownID(id)
            )
        }
        return plan
    }

    /// The same for the same statement, also after a restart: what was prepared before is then known to be unknown.
    private static func id(_ text: String, _ keyspace: String?) -> [UInt8] {
        let (first, second) = Fingerprint.of("\(keyspace ?? "") \(text)".utf8)
        return [first, second].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) } }
    }

    private func values(_ values: QueryParameters.Values, of plan: Plan) throws(ErrorMessage) -> Binding {
        switch values {
        case .positional(let values): return try binding(values, of: plan)
        case .named(let named):
            let byName = Dictionary(named.map { ($0.name, $0.value) }) { first, _ in first }
            // A `?` has the name of its column.
            let names = try Description(plan, schema).marks.map(\.name)
            var values: [BoundValue] = []
            for (place, name) in plan.markNames.enumerated() {
                guard let value = byName[name ?? names[place]] else {
                    throw ErrorMessage(.invalid, "there is no value for :\(name ?? names[place])")
                }
                values.append(value)
            }
            return try binding(values, of: plan)
        }
    }

    private func binding(_ values: [BoundValue], of plan: Plan) throws(ErrorMessage) -> Binding {
        guard values.count == plan.markNames.count else {
            throw ErrorMessage(
                .invalid,
                "there were \(plan.markNames.count) markers(?) in CQL but \(values.count) bound variables"
            )
        }
        return Binding(values: values, now: now(), uuids: uuids)
    }

    // MARK: running

    private func run(
        _ plan: Plan,
        _ binding: Binding,
        using keyspace: inout String?
    ) throws(ErrorMessage) -> Response.QueryResult {
        switch plan.statement {
        case .use(let name):
            guard schema.keyspaces[name] != nil else {
                throw ErrorMessage(.invalid, "Keyspace '\(name)' does not exist")
            }
            keyspace = name
            return .setKeyspace(name)
        case .select(let select): return .rows(try run(select, binding, using: plan.keyspace))
        case .write(let write): return try run([(write, binding, plan.keyspace)])
        case .batch(let writes): return try run(writes.map { ($0, binding, plan.keyspace) })
        case .truncate(let name):
            let table = try schema.table(name, using: plan.keyspace)
            try checkWritable(table)
            try store.transaction { (rows) throws(ErrorMessage) in try rows.removeAll(from: table) }
            return .void
        case .createKeyspace, .alterKeyspace, .dropKeyspace, .createTable, .alterTable, .dropTable:
            return try define(plan.statement, using: plan.keyspace)
        }
    }

    /// The schema's own tables are written by definitions alone.
    func checkWritable(_ table: Table) throws(ErrorMessage) {
        guard table.keyspace != "system_schema" else {
            throw ErrorMessage(.unauthorized, "system_schema keyspace is not user-modifiable.")
        }
    }
}
