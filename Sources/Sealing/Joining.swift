import CQLClient
import Cassandra
import Model

/// What a node of a ring does beyond one that is alone: it waits for the one before it, and in the end for all.
struct Joining {
    private static let pauseMilliseconds: Int64 = 200

    private let order: BootOrder
    private let ring: BootOrder.Ring
    private let stopping: Stopping

    /// nil for a ring of one.
    init?(_ order: BootOrder, _ stopping: Stopping) {
        guard let ring = order.ring else { return nil }
        self.order = order
        self.ring = ring
        self.stopping = stopping
    }

    /// Where this node is to listen for the others.
    ///
    /// - Throws: `notJoined` when no way leads to them.
    func local() throws(SealFailure) -> String {
        guard order.listen == "0.0.0.0" else { return order.listen }
        return try OwnAddress.facing(ring.others[0], order.ports.storage)
    }

    /// Waits until the node before this one answers: who joins one after the other knows of all who are there.
    ///
    /// - Throws: `notJoined` when it does not, as long as all before this one may take.
    func awaitPrevious() throws(SealFailure) {
        guard let previous = ring.previous else { return }
        try wait(seconds: order.bootSeconds * (ring.place + 1)) {
            // Nothing is started then.
            guard !stopping.isAsked else { return nil }
            return Answering.obstacle(at: previous, order.ports.published).map { "the node before it: \($0)" }
        }
    }

    /// Waits until this node knows all others and agrees with them.
    ///
    /// - Parameters:
    ///   - connection: to what was verified.
    ///   - complaint: what it has said meanwhile.
    /// - Throws: `notJoined`; `notSealed` and `badRing` at once.
    func run(on connection: CQLConnection, complaint: () -> CassandraComplaint?) throws(SealFailure) {
        try wait(seconds: order.bootSeconds * order.nodes) { () throws(SealFailure) in
            // Of two with one token, Cassandra leaves one out, and names it among no peers.
            if let complaint = complaint(), complaint.kind == .sameToken { throw twins(complaint.message) }
            return try obstacle(connection)
        }
    }

    private func twins(_ pair: String) -> SealFailure {
        SealFailure(.badRing, "\(SealFault.badRing.sentence): \(pair)")
    }

    private func wait(seconds: Int, _ obstacle: () throws(SealFailure) -> String?) throws(SealFailure) {
        let deadline = monotonicMilliseconds() + Int64(seconds) * 1_000
        while let why = try obstacle() {
            guard monotonicMilliseconds() < deadline else {
                throw SealFailure(.notJoined, "the ring did not come together within \(seconds) s: \(why)")
            }
            pause(milliseconds: Self.pauseMilliseconds)
        }
    }

    /// What keeps the ring apart; nil when nothing does.
    private func obstacle(_ connection: CQLConnection) throws(SealFailure) -> String? {
        let statements = SealStatements(order.version)
        let own = try connection.rows(statements.schema, or: .notJoined).first ?? [:]
        let peers = RingPeers(others: ring.others, schema: own.text("schema_version"), tokens: own.set("tokens"))
        for table in order.version.peerTables {
            switch peers.judge(try RingPeers.rows(of: table, statements, on: connection, or: .notJoined)) {
            case .together: continue
            case .apart(let why): return "by \(table), \(why)"
            case .stranger(let address): throw RingPeers.stranger(address, in: table)
            case .twin(let address): throw twins("\(address) and \(ring.own) have a token in common")
            }
        }
        return nil
    }
}
