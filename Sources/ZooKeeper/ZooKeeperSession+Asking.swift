/// Why nothing more can be asked through a session.
package enum ZooKeeperEnd: Error, Hashable, Sendable {
    /// The servers have given it up; with the fault that said so, where one did.
    case expired(ZooKeeperFault?)
    /// The servers do not take the credentials, or the node is not for whoever has them.
    case refused
    /// It was closed here.
    case closed
    /// A fault that asking again would not mend.
    case fault(ZooKeeperFault)
}

extension ZooKeeperSession {
    /// For a look, which is over in a moment: as long as the servers' own default.
    package static let lookTimeout = Duration.seconds(10)

    /// Asks, and asks again when the connection is lost, until a server answers.
    ///
    /// - Parameter ask: changes nothing, or the same each time.
    /// - Returns: what it answered, a fault of the asking among it.
    /// - Throws: why none ever will.
    package func answer<Value: Sendable>(
        to ask: () async throws(ZooKeeperFault) -> Value
    ) async throws(ZooKeeperEnd) -> Result<Value, ZooKeeperFault> {
        while true {
            try await reached()
            do throws(ZooKeeperFault) {
                return .success(try await ask())
            } catch {
                if error.isAnswer, error != .noAuth { return .failure(error) }
                try await goOn(after: error)
            }
        }
    }

    /// Waits until a server has the session.
    package func reached() async throws(ZooKeeperEnd) {
        switch await settled() {
        case .connected, .away: return
        case .expired: throw .expired(nil)
        case .refused: throw .refused
        case .closed: throw .closed
        }
    }

    /// Returns when what met the fault may be tried again, and throws when that would never be otherwise.
    package func goOn(after fault: ZooKeeperFault) async throws(ZooKeeperEnd) {
        guard fault != .noAuth else { throw .refused }
        if fault.isOfSession {
            try await reached()
            if fault == .expired { throw .expired(fault) }
        } else if !fault.isUncertain {
            throw .fault(fault)
        }
        // The library may say that a connection is lost before it says so of the session.
        await Task.yield()
    }

    /// Does something with the session and closes it; when it takes longer than the patience, what is asked then ends
    /// with ``ZooKeeperEnd/closed``: nobody may answer, ever.
    package func closing<Value, Failure: Error>(
        after patience: Duration,
        _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let impatience = Task {
            // Cancelled once it is done: it is closed below.
            do { try await Task.sleep(for: patience) } catch { return }
            await close()
        }
        let result: Result<Value, Failure>
        do throws(Failure) { result = .success(try await body()) } catch { result = .failure(error) }
        impatience.cancel()
        await close()
        return try result.get()
    }
}
