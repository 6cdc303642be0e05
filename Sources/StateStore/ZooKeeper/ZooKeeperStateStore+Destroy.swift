import ZooKeeper

extension ZooKeeperStateStore {
    /// Processes come to stand by, and go, while the nodes are removed; more often than this is something else.
    private static let surprisesMax = 20

    /// Removes every node, those of processes that stand by among them, and the first one with them.
    ///
    /// - Throws: as ``commit(_:epoch:)``; `state.io` when there are records still, or nodes that are not ours.
    public func destroy() async throws(StateStoreError) {
        try await alone { opened throws(StateStoreError) in
            guard opened.keys.isEmpty else {
                throw StateStoreError(.io, "there are \(opened.keys.count) records in it still: nothing is removed")
            }
            var surprises = 0
            while true {
                let waiting = try await lockNodes()
                let operations = tree.removing(epochVersion: opened.epochVersion, waiting: waiting)
                try await session.connected()
                do throws(ZooKeeperMulti.Fault) {
                    return try await session.multi(operations)
                } catch {
                    switch error.fault {
                    case .badVersion: throw fenced(opened.epoch)
                    // Ours, whose answer was lost; or nothing was there.
                    case .noNode where try await !isThere(): return
                    // Somebody came to stand by, or went, in between.
                    case .noNode, .notEmpty:
                        surprises += 1
                        guard surprises < Self.surprisesMax else {
                            let node = error.index.map { operations[$0].path } ?? tree.path
                            throw StateStoreError(.io, "\(node) cannot be removed: \(error.fault); is it ours alone?")
                        }
                    default: try await session.recover(from: error.fault)
                    }
                }
            }
        }
    }

    private func lockNodes() async throws(StateStoreError) -> [String] {
        let path = tree.lock
        switch try await session.asking({ [session] () async throws(ZooKeeperFault) in
            try await session.children(of: path)
        }) {
        case .success(let names): return names.map { "\(path)/\($0)" }
        case .failure: return []
        }
    }

    /// False when a server says that there is no node of ours; waits for one that answers.
    ///
    /// - Throws: `state.denied`, `state.lost`, `state.io`, `state.closed`.
    public func isThere() async throws(StateStoreError) -> Bool {
        let path = tree.path
        let found = try await session.asking { [session] () async throws(ZooKeeperFault) in
            try await session.sync(path)
            return try await session.exists(path)
        }
        if case .success(false) = found { return false }
        return true
    }
}

extension ZooKeeperTree {
    /// What removes an empty state as a whole.
    func removing(epochVersion: Int32, waiting: [String]) -> [ZooKeeperOperation] {
        [.check(path: epoch, version: epochVersion)]
            + (waiting + buckets + [records, lock, sequence, epoch, path]).map { .delete(path: $0) }
    }
}
