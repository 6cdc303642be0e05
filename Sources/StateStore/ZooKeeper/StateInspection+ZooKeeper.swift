import Model
import ZooKeeper

extension StateInspection {
    /// Of a node in ZooKeeper, by a session that makes nothing.
    ///
    /// - Throws: as ``StateAddress/inspect(credentials:patience:)``.
    static func zooKeeper(
        _ address: ZooKeeperAddress,
        _ credentials: Secret?,
        _ patience: Duration
    ) async throws(StateStoreError) -> StateInspection {
        let servers = address.servers
        let timeout = ZooKeeperSession.lookTimeout
        let session = try ZooKeeperSession.begin(servers: servers, timeout: timeout, credentials: credentials)
        return try await session.closing(after: patience) { () async throws(StateStoreError) in
            do throws(StateStoreError) { return try await look(session, address.path) } catch {
                guard error.code == .closed else { throw error }
                throw StateStoreError(.io, "ZooKeeper at \(servers) has not answered for \(patience / .seconds(1)) s")
            }
        }
    }

    private static func look(
        _ session: ZooKeeperSession,
        _ path: String
    ) async throws(StateStoreError) -> StateInspection {
        let tree = ZooKeeperTree(path: path)
        let found = try await session.asking { () async throws(ZooKeeperFault) in
            try await session.sync(path)
            return try await session.node(path)
        }
        switch found {
        case .success(let node):
            guard try tree.isOurs(node) else { return StateInspection(content: .nothing, holder: nil, obstacle: nil) }
        case .failure(.noNode):
            return StateInspection(content: .nothing, holder: nil, obstacle: try await missingParent(session, tree))
        case .failure(let fault): throw StateStoreError(.io, "\(path): \(fault)")
        }
        let keys = try await ZooKeeperStateStore(session: session, path: path).keys()
        let holder = try await ZooKeeperLock(session: session, path: path, name: "").current()
        return StateInspection(
            content: .records(keys: keys.sorted()),
            holder: holder.map { "the scheduler at \($0)" },
            obstacle: nil
        )
    }

    private static func missingParent(
        _ session: ZooKeeperSession,
        _ tree: ZooKeeperTree
    ) async throws(StateStoreError) -> String? {
        let parent = tree.parent
        guard parent != "/" else { return nil }
        let found = try await session.asking { () async throws(ZooKeeperFault) in try await session.exists(parent) }
        switch found {
        case .success(true): return nil
        case .success(false): return "there is no \(parent)"
        case .failure(let fault): throw StateStoreError(.io, "\(parent): \(fault)")
        }
    }
}
