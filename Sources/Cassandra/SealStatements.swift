public import Model

/// The statements that make a copy of production a database of its own.
public struct SealStatements: Sendable {
    /// For which line.
    public let version: CassandraVersion

    /// Wraps a line.
    public init(_ version: CassandraVersion) { self.version = version }

    /// One row: what the node says of itself.
    public let local =
        "SELECT cluster_name, data_center, rack, tokens, release_version FROM system.local WHERE key = 'local'"

    /// One row: who the node is to others.
    public let hostID = "SELECT host_id FROM system.local WHERE key = 'local'"

    /// A row for each other node of the ring.
    public let peers = "SELECT peer, data_center, rack FROM system.peers"

    /// A row for each keyspace: its name, and its options as a map or as a class and a text in JSON.
    public var keyspaces: String {
        version.hasSchemaKeyspace
            ? "SELECT keyspace_name, replication FROM system_schema.keyspaces"
            : "SELECT keyspace_name, strategy_class, strategy_options FROM system.schema_keyspaces"
    }

    /// Renames the node, and then forgets the ring.
    ///
    /// The order matters: emptying a table makes every line write `system.local` to disk, and a start reads the name from there
    /// before it replays its commit log.
    ///
    /// - Parameters:
    ///   - clusterName: `ci-<run>`.
    ///   - hostID: a UUID's text.
    /// - Returns: to be run in this order.
    public func identity(clusterName: String, hostID: String) -> [String] {
        let local = "UPDATE system.local SET cluster_name = \(Self.quoted(clusterName)), host_id = \(hostID)"
        return ["\(local) WHERE key = 'local'"] + version.peerTables.map { "TRUNCATE \($0)" }
            + (version.hasHintsTable ? ["TRUNCATE system.hints"] : [])
    }

    /// Spreads a keyspace so that QUORUM, lightweight transactions and TRUNCATE work in the copy's ring.
    public func replication(of keyspace: String, _ replication: Replication) -> String {
        "ALTER KEYSPACE \(Self.name(keyspace)) WITH replication = \(replication.map)"
    }

    /// One row: what the other nodes of a ring have to agree with, and to differ from.
    public let schema = "SELECT schema_version, tokens FROM system.local WHERE key = 'local'"

    /// A row for each other node of the ring: where nodes reach it, where drivers are sent, its schema and its tokens.
    ///
    /// - Parameter table: one of ``CassandraVersion/peerTables``.
    /// - Returns: for that table's columns.
    public func members(in table: String) -> String {
        let clients = table == "system.peers_v2" ? "native_address" : "rpc_address"
        return "SELECT peer, \(clients), schema_version, tokens FROM \(table)"
    }

    /// A text as CQL takes it.
    public static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }

    /// A name as CQL takes it, capitals and all.
    public static func name(_ text: String) -> String {
        "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

// MARK: logins

extension SealStatements {
    /// All who could log in, by name.
    public var logins: String {
        version.hasRoles ? "SELECT role, can_login FROM system_auth.roles" : "SELECT name FROM system_auth.users"
    }

    /// Takes a role's login, and leaves what was granted to it.
    public func lock(_ role: String) -> String {
        version.hasRoles
            ? "UPDATE system_auth.roles SET can_login = false WHERE role = \(Self.quoted(role))"
            : "DELETE FROM system_auth.credentials WHERE username = \(Self.quoted(role))"
    }

    /// Gives a login, superuser's.
    public func admit(_ role: BootOrder.Role) -> [String] {
        let (name, hash) = (Self.quoted(role.name), Self.quoted(role.saltedHash))
        guard version.hasRoles else {
            return [
                "INSERT INTO system_auth.users (name, super) VALUES (\(name), true)",
                "INSERT INTO system_auth.credentials (username, salted_hash) VALUES (\(name), \(hash))",
            ]
        }
        let columns = "role, can_login, is_superuser, salted_hash"
        return ["INSERT INTO system_auth.roles (\(columns)) VALUES (\(name), true, true, \(hash))"]
    }

    /// Takes a role away with its login.
    public func dismiss(_ role: String) -> [String] {
        let name = Self.quoted(role)
        guard version.hasRoles else {
            return [
                "DELETE FROM system_auth.credentials WHERE username = \(name)",
                "DELETE FROM system_auth.users WHERE name = \(name)",
            ]
        }
        return ["DELETE FROM system_auth.roles WHERE role = \(name)"]
    }
}
