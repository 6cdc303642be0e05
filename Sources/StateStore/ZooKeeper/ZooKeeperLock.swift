public import ZooKeeper

/// The right to act: one process at a time has it, for as long as its session holds.
///
/// A node a process, which goes with its session; the one with the lowest number has it. Whoever waits looks again
/// every half second instead of leaving a watch: a handful of processes do at most, and a look cannot be missed.
public final class ZooKeeperLock: Sendable {
    private static let interval = Duration.milliseconds(500)
    private let session: ZooKeeperSession
    private let tree: ZooKeeperTree
    private let name: String

    /// Asks for nothing yet.
    ///
    /// - Parameters:
    ///   - session: what the right goes with.
    ///   - path: as for ``ZooKeeperStateStore``.
    ///   - name: who it is, for those who wait: an address, at most 1,000 bytes of which are kept.
    public init(session: ZooKeeperSession, path: String, name: String) {
        self.session = session
        tree = ZooKeeperTree(path: path)
        self.name = String(decoding: name.utf8.prefix(1_000), as: UTF8.self)
    }

    /// Waits until this process has the right.
    ///
    /// - Parameter waits: told who has it, as often as that changes.
    /// - Throws: what the store throws on a path that is not ours; `state.lost` and `state.closed` when the session ends before;
    ///   `state.closed` also when the task is cancelled.
    public func acquire(waits: @Sendable (_ holder: String) async -> Void) async throws(StateStoreError) {
        try await tree.prepare(session)
        // Tells our node from others' when the answer that names it is lost.
        let mark = "\(UInt64.random(in: .min ... .max))-"
        var told: String?
        while true {
            let queue = try await queue()
            guard let own = queue.first(where: { $0.hasPrefix(mark) }) else {
                try await enqueue(mark)
                continue
            }
            guard let first = queue.first, first != own else { return }
            let holder = try await holder(first)
            if holder != told { await waits(holder) }
            told = holder
            do { try await Task.sleep(for: Self.interval) } catch {
                throw StateStoreError(.closed, "\(tree.lock) is not waited for any more")
            }
        }
    }

    /// Who has it now, as that calls itself; nil for nobody.
    ///
    /// Asks for nothing, and changes nothing.
    ///
    /// - Throws: `state.corrupt`, `state.denied`, `state.lost`, `state.io`, `state.closed`.
    func current() async throws(StateStoreError) -> String? {
        guard let first = try await queue().first else { return nil }
        return try await holder(first)
    }

    /// Who waits and who has it, the latter first.
    private func queue() async throws(StateStoreError) -> [String] {
        let path = tree.lock
        let asked = try await session.asking { () async throws(ZooKeeperFault) in
            try await session.sync(path)
            return try await session.children(of: path)
        }
        switch asked {
        // ZooKeeper puts a number of ten digits behind each name.
        case .success(let names): return names.sorted { $0.suffix(10) < $1.suffix(10) }
        case .failure(let fault): throw StateStoreError(.corrupt, "\(path) cannot be read: \(fault)")
        }
    }

    private func enqueue(_ mark: String) async throws(StateStoreError) {
        do throws(ZooKeeperFault) {
            _ = try await session.createEphemeral("\(tree.lock)/\(mark)", Array(name.utf8))
        } catch {
            try await session.recover(from: error)
        }
    }

    private func holder(_ node: String) async throws(StateStoreError) -> String {
        let path = "\(tree.lock)/\(node)"
        switch try await session.asking({ () async throws(ZooKeeperFault) in try await session.node(path) }) {
        case .success(let node): return String(decoding: node.data.prefix(1_000), as: UTF8.self)
        case .failure: return "another"
        }
    }
}
