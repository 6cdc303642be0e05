import Glibc
import Testing

/// A datagram from an address of loopback, as anybody there may send one.
enum Datagram {
    static func send(_ bytes: [UInt8], from sender: String, to host: String, port: UInt16) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        try with(sender, 0) { address, size in try #require(bind(descriptor, address, size) == 0) }
        try with(host, port) { address, size in
            try #require(sendto(descriptor, bytes, bytes.count, 0, address, size) == bytes.count)
        }
    }

    private static func with(
        _ host: String,
        _ port: UInt16,
        _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Void
    ) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr(host)
        try withUnsafePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
