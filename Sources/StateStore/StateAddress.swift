/// Where the state is kept, as `--state` names it.
public struct StateAddress: Hashable, Sendable, CustomStringConvertible {
    /// In what.
    public enum Place: Hashable, Sendable {
        /// A database file at this path.
        case sqlite(path: String)
        /// Below a node of ZooKeeper; the servers as `host:port`, with commas between.
        case zooKeeper(servers: String, path: String)
    }

    /// In what.
    public let place: Place

    private static let bytesMax = 4_096
    private static let zooKeeperPort = 2_181
    private static let serversMax = 16

    /// Reads `sqlite:PATH` or `zk://host:port[,host:port…]/PATH`; a port that is left out is 2181.
    ///
    /// - Throws: `state.bad_address` for anything else.
    public init(_ text: String) throws(StateStoreError) {
        let shown = text.prefix(200)
        guard text.utf8.count <= Self.bytesMax, !text.utf8.contains(0) else {
            throw StateStoreError(.badAddress, "\(shown) is too long, or has a NUL in it")
        }
        if text.hasPrefix("sqlite:"), text.utf8.count > 7 {
            place = .sqlite(path: String(text.dropFirst(7)))
        } else if text.hasPrefix("zk://") {
            place = try Self.zooKeeper(text.dropFirst(5), shown)
        } else {
            throw StateStoreError(.badAddress, "\(shown) is neither sqlite:PATH nor zk://HOST:PORT/dcos-service-NAME")
        }
    }

    private static func zooKeeper(_ text: Substring, _ shown: Substring) throws(StateStoreError) -> Place {
        guard !text.contains("@") else {
            // Said without the address, which may hold a password.
            throw StateStoreError(
                .badAddress,
                "a zk:// address has no credentials in it: give --state-credentials FILE"
            )
        }
        guard let slash = text.firstIndex(of: "/") else {
            throw StateStoreError(.badAddress, "\(shown) has no path: the state needs a node, /dcos-service-NAME")
        }
        var servers: [String] = []
        for server in text[..<slash].split(separator: ",", omittingEmptySubsequences: false) {
            guard let server = Self.server(server), servers.count < serversMax else {
                throw StateStoreError(
                    .badAddress,
                    "\(shown): servers are HOST:PORT, up to \(serversMax), with commas between"
                )
            }
            servers.append(server)
        }
        let path = text[slash...]
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        let isGood = parts.allSatisfy { part in
            !part.isEmpty && part != "." && part != ".." && part.utf8.allSatisfy(isNodeByte)
        }
        guard isGood, path.utf8.count <= 200 else {
            throw StateStoreError(
                .badAddress,
                "\(shown): a path is /NAME or /NAME/NAME of [A-Za-z0-9._-], up to 200 bytes"
            )
        }
        guard parts.first != "zookeeper" else {
            throw StateStoreError(.badAddress, "\(shown): /zookeeper is ZooKeeper's own")
        }
        return .zooKeeper(servers: servers.joined(separator: ","), path: String(path))
    }

    private static func server(_ text: Substring) -> String? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), (1...253).contains(parts[0].utf8.count),
            parts[0].utf8.allSatisfy({ isNodeByte($0) && $0 != UInt8(ascii: "_") })
        else { return nil }
        guard parts.count == 2 else { return "\(parts[0]):\(zooKeeperPort)" }
        guard let port = UInt16(parts[1]), port > 0 else { return nil }
        return "\(parts[0]):\(port)"
    }

    private static func isNodeByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// As it can be written.
    public var description: String {
        switch place {
        case .sqlite(let path): "sqlite:\(path)"
        case .zooKeeper(let servers, let path): "zk://\(servers)\(path)"
        }
    }
}
