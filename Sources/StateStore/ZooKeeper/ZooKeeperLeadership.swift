public import ZooKeeper

/// Of whoever has a ``ZooKeeperLock``: as long as a server has been heard of lately.
///
/// A server gives a session up when it has heard nothing for the time-out, and another process may act then. It has
/// heard what it has answered; so nothing is started once two thirds of the time-out have passed since the last call
/// was sent that was answered: the rest is for what was started just before.
public final class ZooKeeperLeadership: Leadership {
    private let session: ZooKeeperSession
    private let path: String

    /// Of a session that has the lock.
    ///
    /// - Parameters:
    ///   - session: what the lock goes with.
    ///   - path: the state's.
    public init(session: ZooKeeperSession, path: String) {
        self.session = session
        self.path = path
    }

    private var patience: Duration { session.timeout * 2 / 3 }

    private var isFresh: Bool { session.silence.map { $0 < patience } ?? false }

    /// Keeps asking the servers for a sign of life, until the task is cancelled or the session is closed.
    ///
    /// - Throws: `state.lost` when the servers have given the session up, `state.denied`.
    public func keep() async throws(StateStoreError) {
        while !Task.isCancelled {
            do throws(StateStoreError) { try await ask() } catch {
                guard error.code != .closed else { return }
                throw error
            }
            // Cancelled, and so at its end.
            do { try await Task.sleep(for: session.timeout / 6) } catch { return }
        }
    }

    private func ask() async throws(StateStoreError) {
        let path = path
        _ = try await session.asking { [session] () async throws(ZooKeeperFault) in try await session.exists(path) }
    }

    /// Waits for a server when none has answered for long.
    public func mayAct() async -> Bool {
        while !session.standing.isFinal {
            if isFresh { return true }
            do throws(StateStoreError) { try await ask() } catch {
                // Whether that was for good, how the session stands tells. Cancelled, nothing is to be started.
                do { try await Task.sleep(for: .milliseconds(100)) } catch { return false }
            }
        }
        return false
    }

    /// That no server answers, once it has kept anything from being started.
    public var obstacle: String? {
        switch session.standing {
        case .connected where isFresh, .away where isFresh: return nil
        case .connected, .away:
            let seconds = session.silence.map { " for \($0 / .seconds(1)) s" } ?? ""
            return "ZooKeeper at \(session.servers) has not answered\(seconds): nothing is started before it does"
        case .expired, .refused, .closed:
            return "the session with ZooKeeper at \(session.servers) is over"
        }
    }
}
