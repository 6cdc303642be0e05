import CQL

extension Engine {
    /// Changes the schema's tables, and reads the schema anew from them.
    func define(_ statement: Statement, using keyspace: String?) throws(ErrorMessage) -> Response.QueryResult {
        let changed: (what: SchemaChange, schema: Schema)? = try store.transaction { (rows) throws(ErrorMessage) in
            // It exists already, or was not there: as the statement allowed.
            guard let change = try write(statement, using: keyspace, rows) else { return nil }
            let fresh = try Schema(rows)
            try Node.changeSchemaVersion(rows, fresh)
            return (change, fresh)
        }
        guard let (change, fresh) = changed else { return .void }
        schema = fresh
        schemaChanged(change)
        return .schemaChange(change)
    }

    private func write(
        _ statement: Statement,
        using keyspace: String?,
        _ rows: StoredRows
    ) throws(ErrorMessage) -> SchemaChange? {
        switch statement {
        case .createKeyspace(let name, let properties, let ifNotExists):
            guard schema.keyspaces[name] == nil else {
                if ifNotExists { return nil }
                throw ErrorMessage(
                    .alreadyExists,
                    "Cannot add existing keyspace \"\(name)\"",
                    detail: .existing(keyspace: name, table: "")
                )
            }
            try rows.put(try Self.keyspace(properties, nil), named: name, schema)
            return SchemaChange(.created, .keyspace(name))
        case .alterKeyspace(let name, let properties):
            let old = try changeable(name, replicationOnly: true)
            try rows.put(try Self.keyspace(properties, old), named: name, schema)
            return SchemaChange(.updated, .keyspace(name))
        case .dropKeyspace(let name, let ifExists):
            if schema.keyspaces[name] == nil, ifExists { return nil }
            _ = try changeable(name)
            for table in schema.tables(of: name) { try rows.drop(table, schema) }
            try rows.drop(keyspace: name, schema)
            return SchemaChange(.dropped, .keyspace(name))
        case .createTable(let definition, let ifNotExists):
            let owner = try schema.resolved(definition.name, using: keyspace)
            _ = try changeable(owner)
            let name = definition.name.table
            guard !schema.hasTable(owner, name) else {
                if ifNotExists { return nil }
                throw ErrorMessage(
                    .alreadyExists,
                    "Cannot add already existing table \"\(name)\" to keyspace \"\(owner)\"",
                    detail: .existing(keyspace: owner, table: name)
                )
            }
            try rows.put(try Table.make(definition, keyspace: owner, id: uuids.random()), schema)
            return SchemaChange(.created, .table(keyspace: owner, name: name))
        case .alterTable(let name, let added):
            var table = try schema.table(name, using: keyspace)
            _ = try changeable(table.keyspace)
            for column in added {
                guard table.column(column.name) == nil else {
                    throw ErrorMessage(
                        .invalid,
                        "Invalid column name \(column.name) because it conflicts with an existing column"
                    )
                }
                table.regular.append(Table.Column(name: column.name, type: column.type))
            }
            try rows.put(table, schema)
            return SchemaChange(.updated, .table(keyspace: table.keyspace, name: table.name))
        case .dropTable(let name, let ifExists):
            let owner = try schema.resolved(name, using: keyspace)
            if ifExists, !schema.hasTable(owner, name.table) { return nil }
            let table = try schema.table(name, using: keyspace)
            _ = try changeable(owner)
            try rows.drop(table, schema)
            return SchemaChange(.dropped, .table(keyspace: owner, name: table.name))
        case .use, .truncate, .select, .write, .batch:
            throw ErrorMessage(.server, "a statement that defines nothing came to be defined")
        }
    }

    private func changeable(
        _ keyspace: String,
        replicationOnly: Bool = false
    ) throws(ErrorMessage) -> Schema.Keyspace {
        guard let known = schema.keyspaces[keyspace] else {
            throw ErrorMessage(.configuration, "Cannot alter or drop non existing keyspace '\(keyspace)'.")
        }
        if replicationOnly, SystemTables.replicatedNames.contains(keyspace) { return known }
        guard !SystemTables.keyspaceNames.contains(keyspace) else {
            throw ErrorMessage(.unauthorized, "\(keyspace) keyspace is not user-modifiable.")
        }
        return known
    }

    /// What `WITH` makes of a keyspace.
    private static func keyspace(
        _ properties: Properties,
        _ old: Schema.Keyspace?
    ) throws(ErrorMessage) -> Schema.Keyspace {
        guard var replication = properties.maps["replication"] ?? old?.replication else {
            throw ErrorMessage(.configuration, "Missing mandatory replication strategy class")
        }
        let known = ["SimpleStrategy", "NetworkTopologyStrategy"]
        let package = "org.apache.cassandra.locator."
        let name = replication["class"].map { $0.hasPrefix(package) ? String($0.dropFirst(package.count)) : $0 }
        guard let name, known.contains(name) else {
            throw ErrorMessage(.configuration, "Unable to find replication strategy class '\(name ?? "")'")
        }
        replication["class"] = package + name
        for (option, value) in replication where option != "class" {
            guard let factor = Int(value), factor >= 0 else {
                throw ErrorMessage(.configuration, "Replication factor must be numeric; found \(value)")
            }
        }
        guard name != "SimpleStrategy" || replication["replication_factor"] != nil else {
            throw ErrorMessage(.configuration, "SimpleStrategy requires a replication_factor strategy option.")
        }
        let durable = properties.values["durable_writes"].map { $0 == "true" } ?? old?.durableWrites ?? true
        return Schema.Keyspace(replication: replication, durableWrites: durable)
    }
}
