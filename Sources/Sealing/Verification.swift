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
    ///   - verifier: taken away again; nil where nobody logs in.
    /// - Throws: `notSealed`, naming what is not as it should be.
    func run(on connection: CQLConnection, hostID: CQLUUID, verifier: Rewriting.Verifier?) throws(SealFailure) {
        let statement = "SELECT cluster_name, host_id, rpc_address FROM system.local WHERE key = 'local'"
        guard let local = try connection.rows(statement, or: .notSealed).first else {
            throw SealFailure(.notSealed, "system.local is empty")
        }
        try expect("cluster_name", local.text("cluster_name"), order.clusterName)
        try expect("host_id", local.text("host_id"), hostID.description)
        guard case .inet(let address)? = local["rpc_address"] else {
            throw SealFailure(.notSealed, "system.local has no rpc_address")
        }
        // Where it is a name, its address is the resolver's to tell: that it was set is seen by its not being the bound one.
        if let wanted = IPv4.bytes(order.advertise), wanted != address {
            throw SealFailure(.notSealed, "rpc_address is \(CQLValue.inet(address)), not \(order.advertise)")
        }
        for table in order.version.peerTables {
            guard try connection.rows("SELECT peer FROM \(table)", or: .notSealed).isEmpty else {
                throw SealFailure(.notSealed, "\(table) still names other nodes")
            }
        }
        for row in try connection.rows(statements.keyspaces, or: .notSealed) {
            guard let options = row.texts("replication") else { continue }
            let replication = Replication(options)
            guard replication.isLocal || replication.factors == ["replication_factor": 1] else {
                let name = row.text("keyspace_name") ?? ""
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
        _ verifier: Rewriting.Verifier?
    ) throws(SealFailure) {
        guard let role = order.login.role, let verifier else { return }
        for statement in statements.dismiss(verifier.role.name) { try connection.run(statement, or: .notSealed) }
        let logins = try Rewriting.logins(connection, statements)
        guard logins.contains(role.name), !logins.contains(verifier.role.name) else {
            throw SealFailure(.notSealed, "the run's login is not the one that was written")
        }
        if case .run = order.login, let other = logins.first(where: { $0 != role.name }) {
            throw SealFailure(.notSealed, "\(other) may still log in")
        }
    }
}
