import CQL
import CQLClient
import Cassandra
import Model

/// What a node's table of peers has to say before its ring is one.
struct RingPeers {
    /// One row of it.
    struct Row: Hashable {
        /// Where nodes reach the other one.
        var peer: String
        /// Where drivers are sent; nil until that is known.
        var clients: String?
        /// nil until it is known.
        var schema: String?
        /// Empty until they are known.
        var tokens: Set<String>
    }

    /// What the rows come to.
    enum Verdict: Hashable {
        /// All are there, and agree.
        case together
        /// Not yet, and why.
        case apart(String)
        /// Somebody is there who is none of the ring's: an address.
        case stranger(String)
        /// A node that has a token of this one's: its address.
        case twin(String)
    }

    /// The addresses of the other nodes.
    let others: [String]
    /// This node's own.
    let schema: String?
    /// This node's own.
    let tokens: Set<String>

    /// What a table comes to; who must not be there counts more than who is missing.
    func judge(_ rows: [Row]) -> Verdict {
        if let stranger = Self.stranger(among: rows, others) { return .stranger(stranger) }
        if let twin = rows.first(where: { !$0.tokens.isDisjoint(with: tokens) }) { return .twin(twin.peer) }
        guard let schema, !tokens.isEmpty else { return .apart("this node has no schema or no tokens yet") }
        for address in others {
            guard let row = rows.first(where: { $0.peer == address }) else { return .apart("\(address) is missing") }
            guard row.clients == address else {
                return .apart("clients of \(address) are sent to \(row.clients ?? "nowhere yet")")
            }
            guard !row.tokens.isEmpty else { return .apart("\(address) has no tokens yet") }
            guard row.schema == schema else {
                return .apart("\(address) has schema \(row.schema ?? "none yet"), and this node has \(schema)")
            }
        }
        return .together
    }

    /// The first address that nodes or drivers would find, and that is none of the ring's; nil when there is none.
    static func stranger(among rows: [Row], _ others: [String]) -> String? {
        rows.lazy.flatMap { [$0.peer] + [$0.clients].compactMap(\.self) }.first { !others.contains($0) }
    }

    /// That a table names an address that is none of the ring's.
    static func stranger(_ address: String, in table: String) -> SealFailure {
        SealFailure(.notSealed, "\(table) names \(address), which is none of the copy's ring")
    }

    /// The rows of one of a node's tables.
    ///
    /// - Throws: `fault` with the node's own words.
    static func rows(
        of table: String,
        _ statements: SealStatements,
        on connection: CQLConnection,
        or fault: SealFault
    ) throws(SealFailure) -> [Row] {
        try connection.rows(statements.members(in: table), or: fault).map { row in
            Row(
                peer: row.address("peer") ?? "somebody without an address",
                clients: row.address("rpc_address") ?? row.address("native_address"),
                schema: row.text("schema_version"),
                tokens: row.set("tokens")
            )
        }
    }
}
