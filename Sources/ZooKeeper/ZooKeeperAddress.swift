/// A node of ZooKeeper and the servers that have it.
public struct ZooKeeperAddress: Hashable, Sendable, CustomStringConvertible {
    /// What an address begins with.
    package static let scheme = "zk://"

    /// `host:port`, several with commas between.
    public let servers: String
    /// Of the node, from the root.
    public let path: String

    /// Why a text is no address.
    package enum Problem: Error, Hashable, Sendable {
        /// It has credentials in it: it is not to be shown.
        case credentials
        /// It has servers alone.
        case noPath
        /// It is otherwise than it has to be, which this says.
        case malformed(String)
    }

    private static let bytesMax = 4_096
    private static let pathBytesMax = 200
    private static let hostBytesMax = 253
    private static let portOtherwise = 2_181
    private static let serversMax = 16

    /// Reads `zk://host[:port][,host[:port]…]/NAME[/NAME…]`; a port that is left out is 2181.
    package init(_ text: String) throws(Problem) {
        guard !text.contains("@") else { throw .credentials }
        guard text.hasPrefix(Self.scheme), text.utf8.count <= Self.bytesMax else {
            throw .malformed("an address in ZooKeeper is \(Self.scheme)HOST:PORT/NAME, up to \(Self.bytesMax) bytes")
        }
        let rest = text.dropFirst(Self.scheme.count)
        guard let slash = rest.firstIndex(of: "/") else { throw .noPath }
        var servers: [String] = []
        for server in rest[..<slash].split(separator: ",", omittingEmptySubsequences: false) {
            guard let server = Self.server(server), servers.count < Self.serversMax else {
                throw .malformed("servers are HOST:PORT, up to \(Self.serversMax), with commas between")
            }
            servers.append(server)
        }
        let path = rest[slash...]
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        let isGood = parts.allSatisfy { part in
            !part.isEmpty && part != "." && part != ".." && part.utf8.allSatisfy(Self.isNodeByte)
        }
        guard isGood, path.utf8.count <= Self.pathBytesMax else {
            throw .malformed("a path is /NAME or /NAME/NAME of [A-Za-z0-9._-], up to \(Self.pathBytesMax) bytes")
        }
        guard parts.first != "zookeeper" else { throw .malformed("/zookeeper is ZooKeeper's own") }
        self.servers = servers.joined(separator: ",")
        self.path = String(path)
    }

    private static func server(_ text: Substring) -> String? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), (1...hostBytesMax).contains(parts[0].utf8.count),
            parts[0].utf8.allSatisfy({ isNodeByte($0) && $0 != UInt8(ascii: "_") })
        else { return nil }
        guard parts.count == 2 else { return "\(parts[0]):\(portOtherwise)" }
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
    public var description: String { "\(Self.scheme)\(servers)\(path)" }
}
