import CQL
import Model
import PasswordHash

/// What a node knows of itself and of others: the rows of `system.local` and `system.peers`.
enum Node {
    /// As every Cassandra is configured that this project knows of.
    static let partitioner = "org.apache.cassandra.dht.Murmur3Partitioner"
    static let cqlVersion = "3.4.4"
    /// Says that it is one; drivers read the numbers before.
    static let releaseVersion = "3.11.11-understudy-stand-in"

    /// A fresh node, as a first boot makes one.
    static func initialise(_ rows: StoredRows, _ identity: StandInIdentity, _ uuids: UUIDSource) throws(ErrorMessage) {
        let schema = try Schema()
        for keyspace in SystemTables.keyspaceNames.sorted() {
            guard let known = schema.keyspaces[keyspace] else { continue }
            try rows.put(known, named: keyspace, schema)
            for table in schema.tables(of: keyspace) { try rows.put(table, schema) }
        }
        let local = try schema.system("system", "local")
        var tokens: Set<Int64> = []
        while tokens.count < identity.tokenCount { tokens.insert(Int64.random(in: .min + 1 ... .max)) }
        let row = try StoredRow(
            of: local,
            [
                "key": .text("local"), "bootstrapped": .text("COMPLETED"), "cluster_name": .text(identity.clusterName),
                "cql_version": .text(cqlVersion), "data_center": .text(identity.dataCenter),
                "gossip_generation": .int(0), "host_id": .uuid(uuids.random()), "native_protocol_version": .text("4"),
                "partitioner": .text(partitioner), "rack": .text(identity.rack),
                "release_version": .text(releaseVersion), "schema_version": .uuid(schema.version),
                "tokens": value(of: tokens),
            ]
        )
        try rows.put(row, in: local)
        try addDefaultRole(rows, schema)
    }

    /// The superuser that Cassandra makes where nobody may log in yet: `cassandra`, with its name for a password.
    static func addDefaultRole(_ rows: StoredRows, _ schema: Schema) throws(ErrorMessage) {
        let roles = try schema.system("system_auth", "roles")
        guard try rows.rows(of: roles).isEmpty else { return }
        guard let hash = SaltedHash.of(Secret("cassandra")) else {
            throw ErrorMessage(.server, "libcrypt makes no hash")
        }
        let role: [String: CQLValue] = [
            "role": .text("cassandra"), "can_login": .boolean(true), "is_superuser": .boolean(true),
            "salted_hash": .text(hash),
        ]
        try rows.put(try StoredRow(of: roles, role), in: roles)
    }

    /// True for a login that `system_auth.roles` has.
    static func admits(
        _ user: String,
        _ password: Secret,
        _ rows: StoredRows,
        _ schema: Schema
    ) throws(ErrorMessage) -> Bool {
        let roles = try schema.system("system_auth", "roles")
        guard let row = try rows.row(of: roles, [Array(user.utf8)], []),
            try row.value("can_login", of: roles) == .boolean(true),
            case .text(let hash)? = try row.value("salted_hash", of: roles)
        else { return false }
        return SaltedHash.matches(password, hash)
    }

    /// Refuses to start under another identity than the saved one, as Cassandra does.
    ///
    /// - Throws: with Cassandra's words and exit codes (facts on Cassandra, §2).
    static func check(
        _ saved: StandInIdentity,
        is wanted: StandInIdentity,
        _ options: JVMOptions
    ) throws(StandInError) {
        guard saved.clusterName == wanted.clusterName else {
            let message = "Saved cluster name \(saved.clusterName) != configured name \(wanted.clusterName)"
            throw StandInError(code: "standin.other_cluster", message: message, exitCode: 100)
        }
        for (what, short, old, new) in [
            ("data center", "dc", saved.dataCenter, wanted.dataCenter), ("rack", "rack", saved.rack, wanted.rack),
        ] where old != new && !options.isTrue("cassandra.ignore_\(short)") {
            let message =
                "Cannot start node if snitch's \(what) (\(new)) differs from previous \(what) (\(old)). Please fix the"
                + " snitch configuration, decommission and rebootstrap this node or use the flag"
                + " -Dcassandra.ignore_\(short)=true."
            throw StandInError(code: "standin.other_\(short)", message: message, exitCode: 100)
        }
        guard saved.tokenCount == wanted.tokenCount else {
            let message = "Cannot change the number of tokens from \(saved.tokenCount) to \(wanted.tokenCount)"
            throw StandInError(code: "standin.other_tokens", message: message, exitCode: 1)
        }
    }

    /// Who it is by its data.
    static func saved(_ rows: StoredRows, _ schema: Schema) throws(ErrorMessage) -> StandInIdentity {
        let (table, row) = try local(rows, schema)
        return StandInIdentity(
            clusterName: try row.text("cluster_name", of: table),
            dataCenter: try row.text("data_center", of: table),
            rack: try row.text("rack", of: table),
            tokenCount: try tokens(row, of: table).count
        )
    }

    /// Notes where it serves and what its schema is, as each boot does.
    ///
    /// - Parameters:
    ///   - rows: to be written to.
    ///   - schema: of the tables.
    ///   - addresses: of its own.
    ///   - generation: of this boot.
    /// - Returns: what it tells other nodes of itself.
    /// - Throws: `server` for data without a node.
    static func boot(
        _ rows: StoredRows,
        _ schema: Schema,
        at addresses: NodeAddresses,
        generation: Int32
    ) throws(ErrorMessage) -> RingMember {
        var (table, row) = try local(rows, schema)
        row.cells["listen_address"] = addresses.listen.bytes
        row.cells["broadcast_address"] = addresses.broadcast.bytes
        row.cells["rpc_address"] = addresses.clients.bytes
        row.cells["release_version"] = CQLValue.text(releaseVersion).bytes
        row.cells["gossip_generation"] = CQLValue.int(generation).bytes
        let version = schema.version
        row.cells["schema_version"] = version.bytes
        try rows.put(row, in: table)
        guard case .uuid(let hostID)? = try row.value("host_id", of: table) else {
            throw ErrorMessage(.server, "system.local has no host id")
        }
        return RingMember(
            hostID: hostID,
            address: addresses.broadcast,
            clients: addresses.clients,
            dataCenter: try row.text("data_center", of: table),
            rack: try row.text("rack", of: table),
            releaseVersion: releaseVersion,
            schemaVersion: version,
            tokens: try tokens(row, of: table)
        )
    }

    private static func local(_ rows: StoredRows, _ schema: Schema) throws(ErrorMessage) -> (Table, StoredRow) {
        let table = try schema.system("system", "local")
        guard let row = try rows.row(of: table, [Array("local".utf8)], []) else {
            throw ErrorMessage(.server, "system.local is empty")
        }
        return (table, row)
    }

    static func changeSchemaVersion(_ rows: StoredRows, _ schema: Schema) throws(ErrorMessage) {
        var (table, row) = try local(rows, schema)
        row.cells["schema_version"] = schema.version.bytes
        try rows.put(row, in: table)
    }

    // MARK: tokens

    private static func tokens(_ row: StoredRow, of table: Table) throws(ErrorMessage) -> Set<Int64> {
        guard case .set(let values)? = try row.value("tokens", of: table) else {
            throw ErrorMessage(.server, "system.local has no tokens")
        }
        var tokens: Set<Int64> = []
        for value in values {
            guard case .text(let text) = value, let token = Int64(text) else {
                throw ErrorMessage(.server, "system.local has a token that is no number")
            }
            tokens.insert(token)
        }
        return tokens
    }

    /// As the system's tables have them.
    static func value(of tokens: Set<Int64>) -> CQLValue { .set(tokens.map(String.init).sorted().map { .text($0) }) }
}
