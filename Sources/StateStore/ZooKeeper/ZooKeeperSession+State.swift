public import Model
public import ZooKeeper

extension ZooKeeperSession {
    /// Begins a session for a state, and waits for nothing.
    ///
    /// - Parameters:
    ///   - servers: `host:port`, several with commas between.
    ///   - timeout: how long the servers keep it without hearing of us.
    ///   - credentials: `user:password` for digest authentication; nil for none.
    /// - Returns: one that no server may have yet.
    /// - Throws: `state.io` when no server's name can be resolved.
    public static func begin(
        servers: String,
        timeout: Duration,
        credentials: Secret?
    ) throws(StateStoreError) -> ZooKeeperSession {
        do throws(ZooKeeperUnresolved) {
            return try ZooKeeperSession(servers: servers, timeout: timeout, credentials: credentials)
        } catch { throw StateStoreError(.io, error.message) }
    }

    /// Asks, and asks again when the connection is lost, until a server answers.
    ///
    /// - Parameter ask: changes nothing, or the same each time.
    /// - Returns: what it answered, a fault of the asking among it.
    /// - Throws: `state.lost`, `state.closed`, `state.denied`, `state.io`.
    func asking<Value: Sendable>(
        _ ask: () async throws(ZooKeeperFault) -> Value
    ) async throws(StateStoreError) -> Result<Value, ZooKeeperFault> {
        do throws(ZooKeeperEnd) { return try await answer(to: ask) } catch { throw told(error) }
    }

    /// Waits until a server has the session.
    func connected() async throws(StateStoreError) {
        do throws(ZooKeeperEnd) { try await reached() } catch { throw told(error) }
    }

    /// Returns when it may be tried again, and throws when it never will be otherwise.
    func recover(from fault: ZooKeeperFault) async throws(StateStoreError) {
        do throws(ZooKeeperEnd) { try await goOn(after: fault) } catch { throw told(error) }
    }

    private func told(_ end: ZooKeeperEnd) -> StateStoreError {
        switch end {
        case .expired(let fault):
            let why = fault.map { "\($0)" } ?? "another scheduler may act"
            return StateStoreError(.lost, "the session with ZooKeeper at \(servers) is over: \(why)")
        case .refused:
            return StateStoreError(
                .denied,
                "ZooKeeper at \(servers) does not let us: the state is another's, or --state-credentials are not those it was made with"
            )
        case .closed:
            return StateStoreError(.closed, "the session with ZooKeeper at \(servers) has been closed")
        case .fault(let fault): return StateStoreError(.io, "ZooKeeper at \(servers): \(fault)")
        }
    }
}
