import Glibc
import Model
import StateStore
import ZooKeeper

/// What the state is on, and with it the right to act.
enum StateGround: Sendable {
    /// A file, which is ours as long as it is open.
    case file(SQLiteStateStore)
    /// ZooKeeper, where one of several has the right.
    case zooKeeper(ZooKeeperSession, ZooKeeperStateStore, path: String)
    /// What an uninstallation has left, and what it must not make anew.
    case nothing(ForgottenStore)

    /// Opens the file, or begins a session.
    ///
    /// - Throws: `StateStoreError`.
    init(_ configuration: SchedulerConfiguration) throws(StateStoreError) {
        switch configuration.state.place {
        case .sqlite(let path) where configuration.uninstall.isWanted && access(path, F_OK) != 0:
            self = .nothing(ForgottenStore())
        case .sqlite(let path): self = .file(try SQLiteStateStore(path: path))
        case .zooKeeper(let address):
            let session = try ZooKeeperSession.begin(
                servers: address.servers,
                timeout: .milliseconds(configuration.stateSession.milliseconds),
                credentials: configuration.stateCredentials
            )
            self = .zooKeeper(session, ZooKeeperStateStore(session: session, path: address.path), path: address.path)
        }
    }

    var store: any StateStore {
        switch self {
        case .file(let store): store
        case .zooKeeper(_, let store, _): store
        case .nothing(let store): store
        }
    }

    /// False when a server says that there is no state; waits for one that answers.
    var isThere: Bool {
        get async throws(StateStoreError) {
            switch self {
            case .file: true
            case .zooKeeper(_, let store, _): try await store.isThere()
            case .nothing: false
            }
        }
    }

    var leadership: any Leadership {
        switch self {
        case .file, .nothing: SoleLeadership()
        case .zooKeeper(let session, _, let path): ZooKeeperLeadership(session: session, path: path)
        }
    }

    /// Waits for the right to act.
    ///
    /// - Parameters:
    ///   - name: who we are, for those who wait behind us.
    ///   - waits: told who has it meanwhile.
    /// - Throws: as ``ZooKeeperLock/acquire(waits:)``.
    func acquire(as name: String, waits: @Sendable (_ holder: String) async -> Void) async throws(StateStoreError) {
        guard case .zooKeeper(let session, _, let path) = self else { return }
        try await ZooKeeperLock(session: session, path: path, name: name).acquire(waits: waits)
    }

    /// Keeps the right for as long as it can be kept.
    ///
    /// - Throws: `state.lost` when it is over; returns when cancelled, and at once where nothing has to be kept.
    func keep() async throws(StateStoreError) {
        guard case .zooKeeper(let session, _, let path) = self else { return }
        try await ZooKeeperLeadership(session: session, path: path).keep()
    }

    /// What is said before anybody has said who leads.
    var beginning: String {
        guard case .zooKeeper(let session, _, _) = self else { return "the state is being read" }
        return "ZooKeeper at \(session.servers) has not answered yet"
    }

    /// Gives the state up when nobody would hear of it in time.
    func abandonIfSilent() async {
        guard case .zooKeeper(let session, let store, _) = self, session.standing != .connected else { return }
        await store.close()
    }
}
