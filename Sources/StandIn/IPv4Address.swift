/// An IPv4 address; nodes of a stand-in's ring have no other.
struct IPv4Address: Hashable, Comparable, CustomStringConvertible {
    /// Always 4.
    let bytes: [UInt8]

    /// nil unless there are 4.
    init?(bytes: [UInt8]) {
        guard bytes.count == 4 else { return nil }
        self.bytes = bytes
    }

    /// nil unless it is written as ``description`` is.
    init?(_ text: some StringProtocol) {
        let text = String(text)
        guard let bytes = Literal.address(text) else { return nil }
        self.bytes = bytes
        guard description == text else { return nil }
    }

    /// True for one that a node may have: neither 0.0.0.0/8 nor a group's.
    var isPlace: Bool { (1..<224).contains(bytes[0]) }

    var description: String { bytes.map(String.init).joined(separator: ".") }

    static func < (one: Self, other: Self) -> Bool { one.bytes.lexicographicallyPrecedes(other.bytes) }
}

/// Where a node is, and where it looks for others first.
struct NodeAddresses {
    /// Where it gossips.
    let listen: IPv4Address
    /// Where it tells other nodes to find it.
    let broadcast: IPv4Address
    /// Where it tells clients to go.
    let clients: IPv4Address
    /// May be its own.
    let seeds: [IPv4Address]
}
