import CQL

/// What a node tells others of itself: what their `system.peers` will say.
struct RingMember: Hashable {
    var hostID: CQLUUID
    /// Who it is to other nodes.
    var address: IPv4Address
    /// Where its clients go.
    var clients: IPv4Address
    var dataCenter: String
    var rack: String
    var releaseVersion: String
    var schemaVersion: CQLUUID
    var tokens: Set<Int64>
}

extension Node {
    /// Puts what a member has told of itself into `system.peers`, unless that says so already.
    static func learn(_ member: RingMember, _ rows: StoredRows, _ schema: Schema) throws(ErrorMessage) {
        let table = try schema.system("system", "peers")
        var row = try StoredRow(
            of: table,
            [
                "peer": .inet(member.address.bytes), "data_center": .text(member.dataCenter),
                "host_id": .uuid(member.hostID), "rack": .text(member.rack),
                "release_version": .text(member.releaseVersion), "rpc_address": .inet(member.clients.bytes),
                "schema_version": .uuid(member.schemaVersion), "tokens": value(of: member.tokens),
            ]
        )
        let old = try rows.row(of: table, row.partition, row.clustering)
        // Columns that it says nothing of stay.
        row.cells.merge(old?.cells ?? [:]) { own, _ in own }
        guard row != old else { return }
        try rows.put(row, in: table)
    }

    /// Where `system.peers` says that others are; IPv6 peers are none that a local cluster has.
    static func peers(_ rows: StoredRows, _ schema: Schema) throws(ErrorMessage) -> [IPv4Address] {
        try rows.rows(of: try schema.system("system", "peers")).compactMap { row in
            row.partition.first.flatMap { IPv4Address(bytes: $0) }
        }
    }
}

extension Engine {
    /// Where the data say that others are.
    var peers: [IPv4Address] {
        let peers = try? store.transaction { (rows) throws(ErrorMessage) in try Node.peers(rows, schema) }
        // A disk that fails shows to every client.
        return peers ?? []
    }

    /// Tells clients of a member from now on.
    func learn(_ member: RingMember) {
        // A disk that fails shows to every client; and the member will be heard again.
        try? store.transaction { (rows) throws(ErrorMessage) in try Node.learn(member, rows, schema) }
    }
}
