import Glibc

/// A TCP connection whose calls wait, for a limited time each.
final class BlockingSocket {
    private static let partBytes = 64 << 10

    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }
    deinit { close(descriptor) }

    /// - Throws: `cql.bad_host`, `cql.unreachable`.
    static func connect(host: String, port: UInt16, timeoutSeconds: Int) throws(CQLClientError) -> BlockingSocket {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host, &address.sin_addr) == 1 else {
            throw CQLClientError(.badHost, "\(host) is no IPv4 address")
        }
        let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue
        let descriptor = Glibc.socket(AF_INET, Int32(type), 0)
        guard descriptor >= 0 else { throw CQLClientError(.unreachable, "no socket: \(failure)") }
        let socket = BlockingSocket(descriptor)
        var limit = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        // SAFETY: every sockaddr_in begins as a sockaddr does, and its length goes with it.
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw CQLClientError(.unreachable, "\(host):\(port): \(failure)") }
        return socket
    }

    /// Of this end; 0 when the system does not say.
    var localPort: UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        // SAFETY: as above; the system writes no more than the length.
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return result == 0 ? UInt16(bigEndian: address.sin_port) : 0
    }

    /// All of it; never raises SIGPIPE.
    func send(_ bytes: [UInt8]) throws(CQLClientError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.broken }
            rest = rest.dropFirst(count)
        }
    }

    /// What has come, at least a byte.
    func receive() throws(CQLClientError) -> [UInt8] {
        var part = [UInt8](repeating: 0, count: Self.partBytes)
        while true {
            let count = recv(descriptor, &part, part.count, 0)
            if count < 0, errno == EINTR { continue }
            if count == 0 { throw CQLClientError(.closed, "the node ended the connection") }
            guard count > 0 else { throw Self.broken }
            return Array(part[..<count])
        }
    }

    private static var broken: CQLClientError {
        errno == EAGAIN
            ? CQLClientError(.timeout, "no answer in time")
            : CQLClientError(.closed, "the connection is broken: \(failure)")
    }

    /// What the last call said, in words.
    private static var failure: String { String(cString: strerror(errno)) }
}
