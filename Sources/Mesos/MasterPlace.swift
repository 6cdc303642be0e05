public import ZooKeeper

/// Where the masters are, as `--master` names them.
public enum MasterPlace: Hashable, Sendable {
    /// At these addresses: at least one.
    case named([MasterAddress])
    /// Wherever they are that have entered themselves below a node of ZooKeeper.
    case zooKeeper(ZooKeeperAddress)

    /// Reads `zk://host:port[,host:port…]/PATH`, or what ``MasterAddress/list(_:)`` does.
    ///
    /// - Throws: `mesos.bad_address` with the part that is wrong.
    public init(_ text: String) throws(MesosError) {
        guard text.hasPrefix(ZooKeeperAddress.scheme) else {
            self = .named(try MasterAddress.list(text))
            return
        }
        do throws(ZooKeeperAddress.Problem) { self = .zooKeeper(try ZooKeeperAddress(text)) } catch {
            let shown = text.prefix(200)
            let message =
                switch error {
                // Said without the address, which may hold a password.
                case .credentials: "a zk:// address has no credentials in it: Mesos lets everybody read who leads"
                case .noPath: "\(shown) has no path: the masters' --zk has one, mostly /mesos"
                case .malformed(let what): "\(shown): \(what)"
                }
            throw MesosError(.badAddress, message)
        }
    }

    /// True where every master has a certificate; those in ZooKeeper are spoken to without one.
    public var isSecure: Bool {
        switch self {
        case .named(let masters): masters.allSatisfy(\.secure)
        case .zooKeeper: false
        }
    }

    /// The masters there are, whichever is likeliest to lead first.
    ///
    /// - Returns: at least one, ``MasterAddress/listMax`` at most.
    /// - Throws: for a place in ZooKeeper `mesos.zookeeper`, `mesos.master_not_ready` when nobody has entered itself,
    ///   `mesos.bad_master_answer` when no entry can be read.
    public func addresses() async throws(MesosError) -> [MasterAddress] {
        switch self {
        case .named(let masters): masters
        case .zooKeeper(let address): try await MasterEntries(address).read()
        }
    }
}
