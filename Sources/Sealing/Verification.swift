import CQL
import CQLClient
import Cassandra
import Model

/// Reads a sealed copy back over its published port: what is not there is not believed.
struct Verification {
    let order: BootOrder
    private var statements: SealStatements { SealStatements(order.version) }

    /// Whether a copy is what it was made into.
    ///
    /// - Parameters:
    ///   - connection: to what was proved to be our own Cassandra, over the published port.
    ///   - hostID: the one it was given.
    ///   - verifier: the one that is logged in; taken away again. nil where nobody logs in.
    /// - Throws: `notSealed`, naming what is not as it should be.
    func run(on connection: CQLConnection, hostID: CQLUUID, verifier: OwnLogin?) throws(SealFailure) {
        let statement = "SELECT cluster_name, host_id, rpc_address FROM system.local WHERE key = 'local'"
        guard let local = try connection.rows(statement, or: .notSealed).first else {
            throw SealFailure(.notSealed, "system.local is empty")
        }
        try expect("cluster_name", local.text("cluster_name"), order.clusterName)
        try expect("host_id", local.text("host_id"), hostID.description)
        guard case .inet(let address)? = local["rpc_address"] else {
            throw SealFailure(.notSealed, "system.local has no rpc_address")
        }
        // Where it is a name, its address is the resolver's to tell, and is not looked at.
        if let wanted = IPv4.bytes(order.advertise), wanted != address {
            throw SealFailure(.notSealed, "rpc_address is \(CQLValue.inet(address)), not \(order.advertise)")
        }
        for table in order.version.peerTables {
            let rows = try RingPeers.rows(of: table, statements, on: connection, or: .notSealed)
            if let stranger = RingPeers.stranger(among: rows, order.ring?.others ?? []) {
                throw RingPeers.stranger(stranger, in: table)
            }
        }
        for row in try connection.rows(statements.keyspaces, or: .notSealed) {
            guard let options = row.texts("replication") else { continue }
            let replication = Replication(options)
            let name = row.text("keyspace_name") ?? ""
            guard replication == order.replication(of: name, now: replication) else {
                throw SealFailure(.notSealed, "keyspace \(name) is replicated as \(replication.words)")
            }
        }
        try settleLogins(connection, verifier)
    }

    private func expect(_ column: String, _ found: String?, _ wanted: String) throws(SealFailure) {
        guard found == wanted else {
            throw SealFailure(.notSealed, "\(column) is \(found ?? "null"), not \(wanted)")
        }
    }

    private func settleLogins(
        _ connection: CQLConnection,
        _ verifier: OwnLogin?
    ) throws(SealFailure) {
        guard let role = order.login.role, let verifier else { return }
        for statement in statements.dismiss(verifier.role.name) { try connection.run(statement, or: .notSealed) }
        // In a ring another node may answer, which hears of that a moment later, or still has a verifier of its own.
        let milliseconds = order.ring == nil ? 0 : Int64(order.bootSeconds) * 1_000
        let deadline = monotonicMilliseconds() + milliseconds
        while true {
            do throws(SealFailure) {
                return try expectLogins(of: role.name, without: verifier.role.name, connection)
            } catch {
                guard monotonicMilliseconds() < deadline else { throw error }
            }
            pause(milliseconds: 200)
        }
    }

    private func expectLogins(
        of role: String,
        without verifier: String,
        _ connection: CQLConnection
    ) throws(SealFailure) {
        let logins = try Rewriting.logins(connection, statements)
        guard logins.contains(role), !logins.contains(verifier) else {
            throw SealFailure(.notSealed, "the run's login is not the one that was written")
        }
        if case .run = order.login, let other = logins.first(where: { $0 != role }) {
            throw SealFailure(.notSealed, "\(other) may still log in")
        }
    }
}
