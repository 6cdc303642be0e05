import CQL

/// Cassandra's own tables, as far as drivers and sealing read and write them.
///
/// - Source: the system tables of Cassandra 3.11.
enum SystemTables {
    /// Keyspaces whose tables are made by the server alone.
    static let keyspaceNames: Set = ["system", "system_schema", "system_auth"]
    /// Those of them that are replicated, and whose replication anybody may change.
    static let replicatedNames: Set = ["system_auth"]

    /// Each in the words that would make it; their ids count for nothing.
    private static let statements = [
        """
        CREATE TABLE system.local (key text PRIMARY KEY, bootstrapped text, broadcast_address inet, cluster_name text,
            cql_version text, data_center text, gossip_generation int, host_id uuid, listen_address inet,
            native_protocol_version text, partitioner text, rack text, release_version text, rpc_address inet,
            schema_version uuid, tokens set<text>)
        """,
        """
        CREATE TABLE system.peers (peer inet PRIMARY KEY, data_center text, host_id uuid, preferred_ip inet, rack text,
            release_version text, rpc_address inet, schema_version uuid, tokens set<text>)
        """,
        """
        CREATE TABLE system_auth.roles (role text PRIMARY KEY, can_login boolean, is_superuser boolean,
            member_of set<text>, salted_hash text)
        """,
        """
        CREATE TABLE system_schema.keyspaces (keyspace_name text PRIMARY KEY, durable_writes boolean,
            replication frozen<map<text, text>>)
        """,
        """
        CREATE TABLE system_schema.tables (keyspace_name text, table_name text, bloom_filter_fp_chance double,
            caching frozen<map<text, text>>, comment text, compaction frozen<map<text, text>>,
            compression frozen<map<text, text>>, crc_check_chance double, dclocal_read_repair_chance double,
            default_time_to_live int, extensions frozen<map<text, blob>>, flags frozen<set<text>>, gc_grace_seconds int,
            id uuid, max_index_interval int, memtable_flush_period_in_ms int, min_index_interval int,
            read_repair_chance double, speculative_retry text, PRIMARY KEY (keyspace_name, table_name))
        """,
        """
        CREATE TABLE system_schema.columns (keyspace_name text, table_name text, column_name text,
            clustering_order text, column_name_bytes blob, kind text, position int, type text,
            PRIMARY KEY (keyspace_name, table_name, column_name))
        """,
        """
        CREATE TABLE system_schema.types (keyspace_name text, type_name text, field_names frozen<list<text>>,
            field_types frozen<list<text>>, PRIMARY KEY (keyspace_name, type_name))
        """,
        """
        CREATE TABLE system_schema.functions (keyspace_name text, function_name text,
            argument_types frozen<list<text>>, argument_names frozen<list<text>>, body text,
            called_on_null_input boolean, language text, return_type text,
            PRIMARY KEY (keyspace_name, function_name, argument_types))
        """,
        """
        CREATE TABLE system_schema.aggregates (keyspace_name text, aggregate_name text,
            argument_types frozen<list<text>>, final_func text, initcond text, return_type text, state_func text,
            state_type text, PRIMARY KEY (keyspace_name, aggregate_name, argument_types))
        """,
        """
        CREATE TABLE system_schema.triggers (keyspace_name text, table_name text, trigger_name text,
            options frozen<map<text, text>>, PRIMARY KEY (keyspace_name, table_name, trigger_name))
        """,
        """
        CREATE TABLE system_schema.indexes (keyspace_name text, table_name text, index_name text, kind text,
            options frozen<map<text, text>>, PRIMARY KEY (keyspace_name, table_name, index_name))
        """,
        """
        CREATE TABLE system_schema.views (keyspace_name text, view_name text, base_table_id uuid, base_table_name text,
            include_all_columns boolean, where_clause text, PRIMARY KEY (keyspace_name, view_name))
        """,
    ]

    /// All of them, read once; a failure is a mistake above, which every test would show.
    static let all = Result { () throws(ErrorMessage) in try made() }

    private static func made() throws(ErrorMessage) -> [Table] {
        var tables: [Table] = []
        for (number, statement) in statements.enumerated() {
            guard case .createTable(let definition, _) = try Parser.parse(statement).statement,
                let keyspace = definition.name.keyspace
            else { throw ErrorMessage(.server, "a system table is no table") }
            let id = CQLUUID(ticks: UInt64(number), sequence: 0, node: 0)
            tables.append(try Table.make(definition, keyspace: keyspace, id: id))
        }
        return tables
    }
}
