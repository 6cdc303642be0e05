import CQL
import CQLClient
import Cassandra
import Model

/// The conversation with a copy that boots in isolation: makes it a database of its own.
struct Rewriting {
    let order: BootOrder
    /// What the clone was sealed as before; nil for a copy of production.
    let earlier: SealMarker?
    let progress: SealProgress
    private var statements: SealStatements { SealStatements(order.version) }

    /// Everything up to the drain.
    ///
    /// - Parameters:
    ///   - connection: to what was proved to be our own Cassandra.
    ///   - hostID: the new one.
    ///   - login: the helper's own, to be let in as well; nil where nobody logs in.
    /// - Throws: what was refused, and what the copy is not.
    func run(on connection: CQLConnection, hostID: CQLUUID, login: OwnLogin?) throws(SealFailure) {
        try progress.begin(.reading)
        let keyspaces = try read(connection)
        try progress.begin(.rewriting)
        for statement in statements.identity(clusterName: order.clusterName, hostID: hostID.description) {
            try connection.run(statement, or: .rewriteRefused)
        }
        for (name, replication) in keyspaces.sorted(by: { $0.key < $1.key }) {
            let wanted = order.replication(of: name, now: replication)
            guard wanted != replication else { continue }
            try connection.run(statements.replication(of: name, wanted), or: .rewriteRefused)
        }
        try progress.begin(.masking)
        try mask(connection)
        try progress.begin(.admitting)
        if let keeper = earlier?.terms?.keeper { try dismiss(keeper.name, connection) }
        try admit(connection, login)
    }

    // MARK: reading

    private static func identity(_ local: [String: CQLValue]) -> CassandraIdentity? {
        guard let name = local.text("cluster_name"), let dataCenter = local.text("data_center"),
            let rack = local.text("rack"), case .set(let tokens)? = local["tokens"]
        else { return nil }
        return CassandraIdentity(clusterName: name, dataCenter: dataCenter, rack: rack, numTokens: tokens.count)
    }

    /// What the copy is, and what it holds.
    func read(_ connection: CQLConnection) throws(SealFailure) -> [String: Replication] {
        guard let local = try connection.rows(statements.local, or: .rewriteRefused).first,
            let release = local.text("release_version")
        else { throw SealFailure(.noData, "system.local is empty: this is no copy of a node that was ever up") }
        progress.note { report in
            report.release = release
            report.identity = Self.identity(local)
        }
        guard CassandraVersion(release: release) == order.version else {
            throw SealFailure(
                .otherVersion,
                "the image runs Cassandra \(release), and the source says \(order.version.rawValue)"
            )
        }
        let peers = try connection.rows(statements.peers, or: .rewriteRefused).map(Self.node)
        var keyspaces: [String: Replication] = [:]
        for row in try connection.rows(statements.keyspaces, or: .rewriteRefused) {
            guard let name = row.text("keyspace_name") else { continue }
            keyspaces[name] = Replication(row.texts("replication") ?? Self.legacyOptions(row))
        }
        try judge(keyspaces, Self.node(local), peers)
        return keyspaces
    }

    private static func node(_ row: [String: CQLValue]) -> Replication.Node {
        Replication.Node(dataCenter: row.text("data_center"), rack: row.text("rack"))
    }

    /// Of 2.1 and 2.2: a class, and a flat object of texts in JSON.
    private static func legacyOptions(_ row: [String: CQLValue]) -> [String: String] {
        var options: [String: String] = [:]
        let quoted = (row.text("strategy_options") ?? "").split(separator: "\"", omittingEmptySubsequences: false)
        // Texts stand at the odd places, keys and values in turn.
        let texts = quoted.indices.filter { $0 % 2 == 1 }.map { String(quoted[$0]) }
        for place in stride(from: 0, to: texts.count - 1, by: 2) { options[texts[place]] = texts[place + 1] }
        options["class"] = row.text("strategy_class")
        return options
    }

    private func judge(
        _ keyspaces: [String: Replication],
        _ own: Replication.Node,
        _ peers: [Replication.Node]
    ) throws(SealFailure) {
        let ring = earlier?.ring ?? peers.count + 1
        let found = keyspaces.filter { !Self.isCassandras($0.key) }.map { name, replication in
            // What was sealed before has forgotten its ring: what it was counts, and what came since is whole.
            earlier?.keyspaces.first { $0.name == name }
                ?? SealReport.Keyspace(
                    name: name,
                    replication: replication.words,
                    complete: replication.isComplete(on: own, among: peers, copies: order.nodes)
                )
        }
        let sorted = found.sorted { (Self.rank($0.complete), $0.name) < (Self.rank($1.complete), $1.name) }
        progress.note { report in
            report.ring = ring
            report.keyspaces = Array(sorted.prefix(SealReport.keyspacesMax))
        }
        guard order.requiresComplete, let worst = sorted.first, worst.complete != true else { return }
        let copies = order.nodes == 1 ? "the copy of one" : "the copies of \(order.nodes)"
        let what = worst.complete == false ? "a part only" : "perhaps a part only"
        throw SealFailure(
            .incomplete,
            "of keyspace \(worst.name) (\(worst.replication)) there is \(what) in \(copies) of \(ring) nodes"
        )
    }

    private static func rank(_ complete: Bool?) -> Int {
        switch complete {
        case false?: 0
        case nil: 1
        case true?: 2
        }
    }

    private static func isCassandras(_ keyspace: String) -> Bool {
        keyspace == "system" || keyspace.hasPrefix("system_")
    }

    // MARK: the operator's CQL

    /// That there is a mask where one is required.
    func demandMask() throws(SealFailure) {
        guard order.mask != nil || !order.requiresMask else { throw SealFailure(.noMask, SealFault.noMask.sentence) }
    }

    private func mask(_ connection: CQLConnection) throws(SealFailure) {
        try demandMask()
        guard let mask = order.mask else { return }
        for statement in try MaskScript.statements(of: mask) {
            try connection.run(statement, or: .maskRefused)
            progress.note { $0.masked += 1 }
        }
    }

    // MARK: logins

    /// Lets in whom the order says, and the helper's own login; everybody else stays out where the order says so.
    func admit(_ connection: CQLConnection, _ login: OwnLogin?) throws(SealFailure) {
        guard let role = order.login.role, let login else { return }
        // What is only sealed is no run's yet.
        let admitted = order.seals ? [login.role] : [role, login.role]
        // Ours come first: where there is a role, Cassandra makes no `cassandra` of its own.
        for role in admitted {
            for statement in statements.admit(role) { try connection.run(statement, or: .loginRefused) }
        }
        guard case .run = order.login else { return }
        for name in try Self.logins(connection, statements) where !admitted.map(\.name).contains(name) {
            try connection.run(statements.lock(name), or: .loginRefused)
        }
    }

    /// Of another sealing, whose volume was not published: nobody is to know a login of this one.
    private func dismiss(_ keeper: String, _ connection: CQLConnection) throws(SealFailure) {
        for statement in statements.dismiss(keeper) { try connection.run(statement, or: .loginRefused) }
    }

    /// All who may log in.
    static func logins(
        _ connection: CQLConnection,
        _ statements: SealStatements
    ) throws(SealFailure) -> [String] {
        try connection.rows(statements.logins, or: .loginRefused).compactMap { row in
            row["can_login"] == .boolean(false) ? nil : row.text("role") ?? row.text("name")
        }
    }
}
