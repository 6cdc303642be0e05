import CQL

/// Every keyspace and table, as the schema's own tables have them.
struct Schema {
    struct Keyspace: Hashable {
        var replication: [String: String]
        var durableWrites = true
    }

    private(set) var keyspaces: [String: Keyspace] = [:]
    private var tables: [String: Table] = [:]

    /// With the system's own tables.
    init() throws(ErrorMessage) {
        for name in SystemTables.keyspaceNames {
            let package = "org.apache.cassandra.locator"
            keyspaces[name] = Keyspace(
                replication: SystemTables.replicatedNames.contains(name)
                    ? ["class": "\(package).SimpleStrategy", "replication_factor": "1"]
                    : ["class": "\(package).LocalStrategy"]
            )
        }
        for table in try SystemTables.all.get() { put(table) }
    }

    /// - Throws: `invalid`, in Cassandra's words.
    func table(_ name: TableName, using keyspace: String?) throws(ErrorMessage) -> Table {
        let keyspace = try resolved(name, using: keyspace)
        guard let table = tables["\(keyspace).\(name.table)"] else {
            throw ErrorMessage(.invalid, "unconfigured table \(name.table)")
        }
        return table
    }

    /// The keyspace that a name speaks of.
    func resolved(_ name: TableName, using keyspace: String?) throws(ErrorMessage) -> String {
        guard let keyspace = name.keyspace ?? keyspace else {
            throw ErrorMessage(
                .invalid,
                "No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename"
            )
        }
        guard keyspaces[keyspace] != nil else {
            throw ErrorMessage(.invalid, "Keyspace \(keyspace) does not exist")
        }
        return keyspace
    }

    func hasTable(_ keyspace: String, _ name: String) -> Bool { tables["\(keyspace).\(name)"] != nil }

    /// In order of the name.
    func tables(of keyspace: String) -> [Table] {
        tables.values.filter { $0.keyspace == keyspace }.sorted { $0.name < $1.name }
    }

    mutating func put(_ keyspace: Keyspace, named name: String) { keyspaces[name] = keyspace }
    mutating func put(_ table: Table) { tables["\(table.keyspace).\(table.name)"] = table }
}
