/// The TCP sockets of a network namespace, as the kernel lists them.
///
/// - Source: proc_net_tcp in the kernel's documentation: addresses are words of 32 bits in hexadecimal, each in the machine's
///   order; state 0A listens, 01 is established.
struct SocketTable {
    /// One line.
    struct Socket: Hashable {
        /// As in the table: eight hexadecimal digits for IPv4, 32 for IPv6.
        var localAddress: String
        var localPort: UInt16
        var remotePort: UInt16
        var state: String
        /// 0 for one that no process has.
        var inode: UInt64
    }

    /// In bytes: some 10,000 sockets of 150 bytes; a table that is longer cannot prove anything.
    static let bytesMax = 16 * 1_024 * 1_024

    private(set) var sockets: [Socket] = []

    /// Reads the tables of this process' namespace; nil where one cannot be read.
    static func current() -> SocketTable? {
        var table = SocketTable()
        guard let four = SmallFile.text("/proc/net/tcp", bytesMax: bytesMax) else { return nil }
        table.add(four)
        // A kernel without IPv6 has no such table.
        if let six = SmallFile.text("/proc/net/tcp6", bytesMax: bytesMax) { table.add(six) }
        return table
    }

    /// Adds a table's lines; what is no line of one is left out.
    mutating func add(_ text: String) {
        for line in text.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            guard fields.count >= 10, let inode = UInt64(fields[9]),
                let local = Self.address(fields[1]), let remote = Self.address(fields[2])
            else { continue }
            sockets.append(
                Socket(
                    localAddress: local.0,
                    localPort: local.1,
                    remotePort: remote.1,
                    state: String(fields[3]),
                    inode: inode
                )
            )
        }
    }

    private static func address(_ text: Substring) -> (String, UInt16)? {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let port = UInt16(parts[1], radix: 16) else { return nil }
        return (String(parts[0]), port)
    }

    /// The sockets that would answer a connection to an IPv4 address: those on it, and those on every address.
    func listeners(on address: [UInt8], _ port: UInt16) -> [Socket] {
        let own = Self.forms(of: address)
        let every = Self.forms(of: [0, 0, 0, 0]) + [String(repeating: "0", count: 32)]
        return sockets.filter { socket in
            socket.state == "0A" && socket.localPort == port
                && (own.contains(socket.localAddress) || every.contains(socket.localAddress))
        }
    }

    /// The other end of a connection to an IPv4 address of this machine; nil when there is none in the table.
    func accepted(on address: [UInt8], _ port: UInt16, from clientPort: UInt16) -> Socket? {
        let own = Self.forms(of: address)
        return sockets.first { socket in
            socket.localPort == port && socket.remotePort == clientPort && own.contains(socket.localAddress)
        }
    }

    /// As the table has it: as IPv4, and mapped into IPv6.
    private static func forms(of address: [UInt8]) -> [String] {
        let digits = address.reversed().map { byte in
            let text = String(byte, radix: 16, uppercase: true)
            return text.count == 1 ? "0" + text : text
        }
        let word = digits.joined()
        return [word, "0000000000000000FFFF0000" + word]
    }
}
