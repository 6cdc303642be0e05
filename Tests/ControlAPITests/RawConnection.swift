import Glibc

/// What a socket that was spoken to by hand gave.
enum RawConnection {
    struct Failure: Error {
        var number: Int32
    }

    /// Connects to a port on loopback.
    ///
    /// - Parameters:
    ///   - port: on loopback.
    ///   - receiveBytes: how much the kernel may hold for us; nil for its own choice.
    /// - Returns: the socket, the caller's to close.
    /// - Throws: the socket's error.
    static func connected(to port: Int, receiveBytes: Int32? = nil) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(number: errno) }
        if var receiveBytes {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBytes, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let number = errno
            close(descriptor)
            throw Failure(number: number)
        }
        return descriptor
    }

    /// Sends bytes as they are, and reads until the server closes the connection or is silent for 20 s.
    ///
    /// Blocks a thread; to be called from one that may be blocked.
    ///
    /// - Parameters:
    ///   - port: on loopback.
    ///   - bytes: what to send.
    ///   - finishes: closes our side once everything is sent.
    /// - Returns: everything that came back.
    /// - Throws: the socket's error.
    static func exchange(port: Int, _ bytes: [UInt8], finishes: Bool) throws -> String {
        let descriptor = try connected(to: port)
        defer { close(descriptor) }
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { break }
            rest = rest.dropFirst(sent)
        }
        if finishes { shutdown(descriptor, Int32(SHUT_WR)) }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EAGAIN { throw Failure(number: errno) }
            guard count > 0 else { break }
            answer.append(contentsOf: buffer.prefix(count))
        }
        return String(decoding: answer, as: UTF8.self)
    }
}
