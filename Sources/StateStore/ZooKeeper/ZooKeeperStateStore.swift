public import ZooKeeper

/// A store in ZooKeeper, below one node.
///
/// A commit is one `multi` that checks the epoch's node and moves the sequence's: whether one whose answer was lost has
/// happened is read there. While no server answers, a commit waits.
public actor ZooKeeperStateStore: StateStore {
    /// What is known since the store was opened.
    struct Opened {
        let epoch: Int64
        let epochVersion: Int32
        var sequence: Int64
        var sequenceVersion: Int32
        /// Every record there is, lazy ones among them.
        var keys: Set<String>
        /// Records of each bucket.
        var counts: [Int]
    }

    let session: ZooKeeperSession
    let tree: ZooKeeperTree
    private var opened: Opened?
    private var isClosed = false
    /// One commit after the other: each builds on the sequence of the one before.
    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// A store that is not opened yet.
    ///
    /// - Parameters:
    ///   - session: ends with the store.
    ///   - path: of the node that holds it; its parent has to be there.
    public init(session: ZooKeeperSession, path: String) {
        self.session = session
        tree = ZooKeeperTree(path: path)
    }

    /// Takes the next epoch and reads everything that is not lazy; makes the nodes of a new state.
    ///
    /// - Throws: `state.corrupt` (not ours, or changed by another program: left as it is), `state.newer_format`,
    ///   `state.bad_address`, `state.denied`, `state.lost`, `state.io`, `state.closed`.
    public func open() async throws(StateStoreError) -> StoredState {
        try await begin()
        defer { end() }
        try await tree.prepare(session)
        let (epoch, epochVersion) = try await nextEpoch()
        let keys = try await keys()
        let records = try await values(of: keys.filter { !$0.hasPrefix(StateLimits.lazyPrefix) })
        let head = try await node(tree.sequence)
        guard let sequence = ZooKeeperTree.numbers(head.data, 2)?.first else { throw damaged(tree.sequence) }
        var counts = [Int](repeating: 0, count: 256)
        for key in keys { counts[ZooKeeperTree.bucket(of: key)] += 1 }
        opened = Opened(
            epoch: epoch,
            epochVersion: epochVersion,
            sequence: sequence,
            sequenceVersion: head.version,
            keys: Set(keys),
            counts: counts
        )
        return StoredState(epoch: epoch, sequence: sequence, records: records)
    }

    /// Reads one lazy record.
    ///
    /// - Throws: `state.limit`, `state.denied`, `state.lost`, `state.io`, `state.closed`.
    public func read(_ key: String) async throws(StateStoreError) -> [UInt8]? {
        try StateLimits.check(lazy: key)
        guard !isClosed else { throw closed }
        let path = tree.node(of: key)
        switch try await session.asking({ () async throws(ZooKeeperFault) in try await session.node(path) }) {
        case .success(let node): return node.data
        case .failure(.noNode): return nil
        case .failure(let fault): throw StateStoreError(.io, "\(path): \(fault)")
        }
    }

    /// Applies all changes in one `multi`.
    ///
    /// - Throws: `state.fenced`, `state.limit`, `state.corrupt` (changed by another program), `state.denied`, `state.lost`,
    ///   `state.io`, `state.closed`.
    public func commit(_ changes: [StateChange], epoch: Int64) async throws(StateStoreError) -> Int64 {
        try StateLimits.check(changes)
        try await begin()
        defer { end() }
        guard var next = opened, next.epoch == epoch else {
            throw StateStoreError(.fenced, "the store is at epoch \(opened?.epoch ?? 0), the commit is of \(epoch)")
        }
        var operations = [ZooKeeperOperation.check(path: tree.epoch, version: next.epochVersion)]
        if !changes.isEmpty {
            next.sequence += 1
            let head = Array("\(next.sequence) \(epoch)".utf8)
            operations.append(.set(path: tree.sequence, data: head, version: next.sequenceVersion))
            next.sequenceVersion += 1
            for change in changes { try apply(change, &next, &operations) }
        }
        try await carryOut(operations, as: next)
        opened = next
        return next.sequence
    }

    /// Ends the session once what is under way has ended; safe to repeat.
    public func close() async {
        isClosed = true
        let session = session
        // While no server answers, what is under way would wait for ever: it ends with the session.
        let impatience = Task {
            if session.standing == .connected {
                do { try await Task.sleep(for: .seconds(5)) } catch { return }
            }
            await session.close()
        }
        if isBusy { await turn() } else { isBusy = true }
        impatience.cancel()
        await session.close()
        end()
    }

    // MARK: turns

    /// Does something for which it has to be open, and nothing beside it.
    func alone(_ body: (Opened) async throws(StateStoreError) -> Void) async throws(StateStoreError) {
        try await begin()
        defer { end() }
        guard let opened else { throw StateStoreError(.fenced, "the store at \(tree.path) is not open") }
        try await body(opened)
    }

    private func begin() async throws(StateStoreError) {
        if isBusy { await turn() } else { isBusy = true }
        guard !isClosed else {
            end()
            throw closed
        }
    }

    private func turn() async { await withCheckedContinuation { waiting.append($0) } }

    private func end() {
        if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
    }

    // MARK: commits

    private func apply(
        _ change: StateChange,
        _ next: inout Opened,
        _ operations: inout [ZooKeeperOperation]
    ) throws(StateStoreError) {
        let key = change.key
        let path = tree.node(of: key)
        let bucket = ZooKeeperTree.bucket(of: key)
        switch change {
        case .put(_, let value) where next.keys.contains(key):
            operations.append(.set(path: path, data: value, version: nil))
        case .put(_, let value):
            guard next.counts[bucket] < ZooKeeperTree.childrenMax else {
                let message = "record \(key) would be one of more than \(ZooKeeperTree.childrenMax) of its node"
                throw StateStoreError(.limit, message)
            }
            next.keys.insert(key)
            next.counts[bucket] += 1
            operations.append(.create(path: path, data: value))
        case .delete:
            guard next.keys.remove(key) != nil else { return }
            next.counts[bucket] -= 1
            operations.append(.delete(path: path))
        }
    }

    /// Until it is known to have happened, or that it never will.
    private func carryOut(_ operations: [ZooKeeperOperation], as next: Opened) async throws(StateStoreError) {
        while true {
            try await session.connected()
            do throws(ZooKeeperMulti.Fault) {
                return try await session.multi(operations)
            } catch {
                switch (error.fault, error.index) {
                case (.badVersion, 0): throw fenced(next.epoch)
                case (.badVersion, 1):
                    // Ours, whose answer was lost; or a successor's.
                    if try await hasHappened(next) { return }
                    throw fenced(next.epoch)
                case (let fault, let index?) where fault.isAnswer && fault != .noAuth:
                    throw StateStoreError(
                        .corrupt,
                        "\(operations[index].path) was changed by another program: \(fault); the scheduler has to start again"
                    )
                case (let fault, _):
                    try await session.recover(from: fault)
                    // Whether or not it has, the same once more cannot happen twice: the sequence's node is at its version once.
                    if operations.count > 1, try await hasHappened(next) { return }
                }
            }
        }
    }

    private func hasHappened(_ next: Opened) async throws(StateStoreError) -> Bool {
        let path = tree.sequence
        // A server that lags would show what was.
        let asked = try await session.asking { () async throws(ZooKeeperFault) in
            try await session.sync(path)
            return try await session.node(path)
        }
        guard case .success(let head) = asked, let numbers = ZooKeeperTree.numbers(head.data, 2) else {
            throw damaged(path)
        }
        return numbers == [next.sequence, next.epoch] && head.version == next.sequenceVersion
    }

    func fenced(_ epoch: Int64) -> StateStoreError {
        StateStoreError(
            .fenced,
            "\(tree.path): another scheduler has opened the state, the commit is of epoch \(epoch)"
        )
    }

    // MARK: opening

    private func nextEpoch() async throws(StateStoreError) -> (Int64, Int32) {
        let path = tree.epoch
        while true {
            let head = try await node(path)
            guard let epoch = ZooKeeperTree.numbers(head.data, 1)?.first, epoch < .max else { throw damaged(path) }
            let data = Array("\(epoch + 1)".utf8)
            do throws(ZooKeeperFault) {
                return (epoch + 1, try await session.set(path, data, version: head.version))
            } catch {
                // Somebody else's, or ours whose answer was lost: either way that epoch is not used.
                guard error != .badVersion else { continue }
                try await session.recover(from: error)
            }
        }
    }

    /// Of every record there is, in no order; changes nothing.
    func keys() async throws(StateStoreError) -> [String] {
        let lists = try await inTurns(tree.buckets) { [session] (path) async throws(ZooKeeperFault) in
            try await session.children(of: path)
        }
        var keys: [String] = []
        for (path, names) in lists {
            for name in names {
                guard let key = ZooKeeperTree.key(of: name) else { throw damaged("\(path)/\(name.prefix(100))") }
                keys.append(key)
            }
        }
        return keys
    }

    private func values(of keys: [String]) async throws(StateStoreError) -> [StateRecord] {
        let tree = tree
        let found = try await inTurns(keys) { [session] (key) async throws(ZooKeeperFault) in
            try await session.node(tree.node(of: key)).data
        }
        return found.map(StateRecord.init).sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    /// Asks for many, some at a time: the answers have to fit into memory, and one after the other would take long.
    private func inTurns<Value: Sendable>(
        _ names: [String],
        _ ask: @escaping @Sendable (String) async throws(ZooKeeperFault) -> Value
    ) async throws(StateStoreError) -> [(String, Value)] {
        let session = session
        let results = await withTaskGroup(of: Result<(String, Value), StateStoreError>.self) { group in
            var rest = names[...]
            var results: [Result<(String, Value), StateStoreError>] = []
            func add(_ name: String) {
                group.addTask { await Self.one(name, session, ask) }
            }
            for name in rest.prefix(64) { add(name) }
            rest = rest.dropFirst(64)
            while let result = await group.next() {
                results.append(result)
                if let name = rest.popFirst() { add(name) }
            }
            return results
        }
        var values: [(String, Value)] = []
        for result in results { values.append(try result.get()) }
        return values
    }

    private static func one<Value: Sendable>(
        _ name: String,
        _ session: ZooKeeperSession,
        _ ask: @Sendable (String) async throws(ZooKeeperFault) -> Value
    ) async -> Result<(String, Value), StateStoreError> {
        do throws(StateStoreError) {
            switch try await session.asking({ () async throws(ZooKeeperFault) in try await ask(name) }) {
            case .success(let value): return .success((name, value))
            case .failure(let fault):
                // The epoch is ours: nobody of ours changes anything meanwhile.
                return .failure(StateStoreError(.corrupt, "\(name) was changed by another program: \(fault)"))
            }
        } catch {
            return .failure(error)
        }
    }

    private func node(_ path: String) async throws(StateStoreError) -> ZooKeeperNode {
        switch try await session.asking({ () async throws(ZooKeeperFault) in try await session.node(path) }) {
        case .success(let node): return node
        case .failure(let fault):
            throw StateStoreError(.corrupt, "\(path) cannot be read: \(fault); a part of the state is gone")
        }
    }

    private func damaged(_ path: String) -> StateStoreError {
        StateStoreError(.corrupt, "\(path) is not as this version writes it; left as it is")
    }

    private var closed: StateStoreError { StateStoreError(.closed, "\(tree.path) has been closed") }
}

extension ZooKeeperOperation {
    var path: String {
        switch self {
        case .check(let path, _), .create(let path, _), .set(let path, _, _), .delete(let path): path
        }
    }
}

extension ZooKeeperTree {
    /// True for a state of ours, false for an empty node that one can be made of.
    ///
    /// - Throws: `state.newer_format`, and `state.corrupt` for what is another program's.
    func isOurs(_ node: ZooKeeperNode) throws(StateStoreError) -> Bool {
        switch Self.mark(of: node.data) {
        case .ours: return true
        case .newer:
            throw StateStoreError(.newerFormat, "\(path) was written by a newer version; left as it is")
        case .empty where node.children == 0: return false
        case .empty, .foreign:
            throw StateStoreError(
                .corrupt,
                "\(path) is no state of ours: it has other content; left as it is, give --state a path of its own"
            )
        }
    }

    /// Makes the nodes of a new state, or sees that those of one are there.
    ///
    /// - Throws: `state.corrupt`, `state.newer_format`, `state.bad_address`: nothing is written then.
    func prepare(_ session: ZooKeeperSession) async throws(StateStoreError) {
        while true {
            let path = path
            let found = try await session.asking { () async throws(ZooKeeperFault) in
                // What another process has made a moment ago, a server may not know yet.
                try await session.sync(path)
                return try await session.node(path)
            }
            let isThere: Bool
            switch found {
            case .success(let node):
                if try isOurs(node) { return }
                isThere = true
            case .failure(.noNode): isThere = false
            case .failure(let fault): throw StateStoreError(.io, "\(path): \(fault)")
            }
            do throws(ZooKeeperMulti.Fault) {
                return try await session.multi(making(overEmpty: isThere))
            } catch {
                // Another process was first, or the answer was lost: then it is there by the next look.
                if error.fault == .nodeExists || (error.fault == .noNode && isThere) { continue }
                guard error.fault != .noNode else {
                    let message =
                        "\(path) cannot be made: there is no \(parent); make it, or give a path below one that is there"
                    throw StateStoreError(.badAddress, message)
                }
                try await session.recover(from: error.fault)
            }
        }
    }
}
