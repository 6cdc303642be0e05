import CQL
import CQLClient
import Cassandra
import Digest
import Model

/// The one boot of a clone of a volume that was sealed before, and that nobody was let into since.
extension SealedBoot {
    /// SHA-256 of the order's mask; nil for none.
    var maskDigest: String? { order.mask.map { SHA256.hex(of: $0.utf8) } }

    /// Serves a clone that is what its marker says, until Cassandra ends.
    ///
    /// It is published while none but the keeper logs in, and production's roles where they may. It is isolated in that boot
    /// too, as far as its port allows: should the marker be wrong, nobody is gossiped with before that is found out.
    ///
    /// - Parameters:
    ///   - marker: one that serves the order.
    ///   - launcher: of this boot.
    /// - Returns: Cassandra's own exit code.
    /// - Throws: what the copy is not.
    func serve(_ marker: SealMarker, _ launcher: Launcher) throws(SealFailure) -> Int32 {
        let rewriting = Rewriting(order: order, earlier: marker, progress: progress)
        try rewriting.demandMask()
        let keeper: OwnLogin?
        if let known = marker.terms?.keeper { keeper = try OwnLogin(known) } else { keeper = nil }
        try progress.begin(.rebooting)
        let process = try start(.published, launcher, isFirst: true)
        try whileRunning(process) { () throws(SealFailure) in
            let connection = try reach(process, address: order.reachable, .published, keeper?.login)
            let hostID = try hostID(connection)
            progress.note { $0.hostID = hostID.description }
            _ = try rewriting.read(connection)
            try progress.begin(.admitting)
            try rewriting.admit(connection, keeper)
            try progress.begin(.verifying)
            try Verification(order: order).run(on: connection, hostID: hostID, verifier: keeper)
            try leaveMarker(terms: nil)
            try progress.begin(.ready)
        }
        return awaitEnd(of: process)
    }

    /// The one that sealing gave it.
    private func hostID(_ connection: CQLConnection) throws(SealFailure) -> CQLUUID {
        let local = try connection.rows(SealStatements(order.version).hostID, or: .notSealed).first
        guard case .uuid(let hostID)? = local?["host_id"] else {
            throw SealFailure(.notSealed, "system.local has no host id")
        }
        return hostID
    }
}
