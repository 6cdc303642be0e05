public import ZooKeeper

/// Where the state is kept, as `--state` names it.
public struct StateAddress: Hashable, Sendable, CustomStringConvertible {
    /// In what.
    public enum Place: Hashable, Sendable {
        /// A database file at this path.
        case sqlite(path: String)
        /// Below a node of ZooKeeper.
        case zooKeeper(ZooKeeperAddress)
    }

    /// In what.
    public let place: Place

    private static let bytesMax = 4_096

    /// Reads `sqlite:PATH` or `zk://host:port[,host:port…]/PATH`; a port that is left out is 2181.
    ///
    /// - Throws: `state.bad_address` for anything else.
    public init(_ text: String) throws(StateStoreError) {
        guard text.utf8.count <= Self.bytesMax, !text.utf8.contains(0) else {
            // Said without the address, which may hold a password.
            throw StateStoreError(.badAddress, "the address is longer than \(Self.bytesMax) bytes, or has a NUL in it")
        }
        let shown = text.prefix(200)
        if text.hasPrefix("sqlite:"), text.utf8.count > 7 {
            place = .sqlite(path: String(text.dropFirst(7)))
        } else if text.hasPrefix(ZooKeeperAddress.scheme) {
            place = .zooKeeper(try Self.zooKeeper(text, shown))
        } else {
            throw StateStoreError(.badAddress, "\(shown) is neither sqlite:PATH nor zk://HOST:PORT/dcos-service-NAME")
        }
    }

    private static func zooKeeper(_ text: String, _ shown: Substring) throws(StateStoreError) -> ZooKeeperAddress {
        do throws(ZooKeeperAddress.Problem) { return try ZooKeeperAddress(text) } catch {
            let message =
                switch error {
                // Said without the address, which may hold a password.
                case .credentials: "a zk:// address has no credentials in it: give --state-credentials FILE"
                case .noPath: "\(shown) has no path: the state needs a node, /dcos-service-NAME"
                case .malformed(let what): "\(shown): \(what)"
                }
            throw StateStoreError(.badAddress, message)
        }
    }

    /// As it can be written.
    public var description: String {
        switch place {
        case .sqlite(let path): "sqlite:\(path)"
        case .zooKeeper(let address): "\(address)"
        }
    }
}
