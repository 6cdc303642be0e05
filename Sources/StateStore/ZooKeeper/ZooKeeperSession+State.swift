extension ZooKeeperSession {
    /// Asks, and asks again when the connection is lost, until a server answers.
    ///
    /// - Parameter ask: changes nothing, or the same each time.
    /// - Returns: what it answered, a fault of the asking among it.
    /// - Throws: `state.lost`, `state.closed`, `state.denied`, `state.io`.
    func asking<Value: Sendable>(
        _ ask: () async throws(ZooKeeperFault) -> Value
    ) async throws(StateStoreError) -> Result<Value, ZooKeeperFault> {
        while true {
            try await connected()
            do throws(ZooKeeperFault) {
                return .success(try await ask())
            } catch {
                if error.isAnswer, error != .noAuth { return .failure(error) }
                try await recover(from: error)
            }
        }
    }

    /// Waits until a server has the session.
    func connected() async throws(StateStoreError) {
        switch await settled() {
        case .connected, .away: return
        case .expired:
            throw StateStoreError(.lost, "the session with ZooKeeper at \(servers) is over: another scheduler may act")
        case .refused: throw denied
        case .closed: throw StateStoreError(.closed, "the session with ZooKeeper at \(servers) has been closed")
        }
    }

    /// Returns when it may be tried again, and throws when it never will be otherwise.
    func recover(from fault: ZooKeeperFault) async throws(StateStoreError) {
        guard fault != .noAuth else { throw denied }
        if fault.isOfSession {
            try await connected()
            if fault == .expired {
                throw StateStoreError(.lost, "the session with ZooKeeper at \(servers) is over: \(fault)")
            }
        } else if !fault.isUncertain {
            throw StateStoreError(.io, "ZooKeeper at \(servers): \(fault)")
        }
        // The library may say that a connection is lost before it says so of the session.
        await Task.yield()
    }

    private var denied: StateStoreError {
        StateStoreError(
            .denied,
            "ZooKeeper at \(servers) does not let us: the state is another's, or --state-credentials are not those it was made with"
        )
    }
}
