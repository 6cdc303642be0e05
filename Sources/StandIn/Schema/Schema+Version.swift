import CQL

extension Schema {
    /// The same for the same keyspaces, tables and columns, whenever and in whatever order they were made.
    ///
    /// Tables' ids are of one node alone, and no part of it. Of version 1 for no other reason than that a UUID has to be of one.
    var version: CQLUUID {
        let described = keyspaces.sorted { $0.key < $1.key }.map { name, keyspace in
            CQLValue.list([
                .text(name), Self.map(keyspace.replication), .boolean(keyspace.durableWrites),
                .list(tables(of: name).map(\.described)),
            ])
        }
        let (first, second) = Fingerprint.of(CQLValue.list(described).bytes)
        return CQLUUID(ticks: first, sequence: UInt16(truncatingIfNeeded: second >> 48), node: second)
    }

    fileprivate static func map(_ entries: [String: String]) -> CQLValue {
        .map(entries.sorted { $0.key < $1.key }.map { .init(.text($0.key), .text($0.value)) })
    }
}

extension Table {
    /// All that is said of it but its id.
    fileprivate var described: CQLValue {
        func list(_ columns: [Column]) -> CQLValue { .list(columns.flatMap { [.text($0.name), .text($0.type.name)] }) }
        return .list([
            .text(name), list(partitionKey), list(clusteringKey.map(\.column)),
            .list(clusteringKey.map { .boolean($0.isDescending) }), list(regular), Schema.map(properties),
        ])
    }
}
