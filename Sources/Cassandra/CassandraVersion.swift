public import Model

/// How one line differs from another:
///
/// | line | isolation beside `load_ring_state=false` | peers are in | schema is in | roles are in |
/// |---|---|---|---|---|
/// | 2.1 | none needed | `peers` | `system.schema_keyspaces` | `users`, `credentials` |
/// | 2.2 | none needed | `peers` | `system.schema_keyspaces` | `roles` |
/// | 3.0 | none needed | `peers` | `system_schema.keyspaces` | `roles` |
/// | 3.11 | `allow_unsafe_join` (from 3.11.3 on) | `peers` | `system_schema.keyspaces` | `roles` |
/// | 4.0, 4.1, 5.0 | `allow_unsafe_join` | `peers`, `peers_v2` | `system_schema.keyspaces` | `roles` |
///
/// - Source: facts on Cassandra, §1 and §3.
extension CassandraVersion {
    /// As `-D…` properties, which keep the copy from gossiping with whomever its data remembers.
    ///
    /// A line that does not know one of them ignores it.
    public var isolation: [String] {
        var properties = [
            "cassandra.load_ring_state=false", "cassandra.allow_unsafe_join=true",
            "cassandra.skip_wait_for_gossip_to_settle=0",
        ]
        if self >= .v4_0 { properties.append("cassandra.autocompaction_on_startup_enabled=false") }
        return properties
    }

    /// Tables that tell drivers, and Cassandra itself, of other nodes.
    public var peerTables: [String] { self >= .v4_0 ? ["system.peers_v2", "system.peers"] : ["system.peers"] }
    /// True for the lines that have their schema in a keyspace of its own.
    public var hasSchemaKeyspace: Bool { self >= .v3_0 }
    /// True for the lines that know roles; the older know users.
    public var hasRoles: Bool { self >= .v2_2 }
    /// True for the lines that keep hints in a table instead of in files.
    public var hasHintsTable: Bool { self < .v3_0 }
    /// True for the lines that still have the Thrift server.
    public var hasThrift: Bool { self < .v4_0 }
}
