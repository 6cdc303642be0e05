import Glibc

/// One connection of the scheduler, read and written by blocking calls.
final class BenchConnection: Sendable {
    private static let headBytesMax = 64 * 1_024

    let descriptor: Int32

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Reads one request's body.
    ///
    /// - Returns: nil once the other side has closed.
    func request() throws -> [UInt8]? {
        var bytes: [UInt8] = []
        var body: Int?
        var length = 0
        while true {
            if let body, bytes.count >= body + length { return Array(bytes[body..<body + length]) }
            guard let more = receive() else { return nil }
            bytes += more
            guard body == nil, let end = Self.endOfHead(bytes) else { continue }
            let head = String(decoding: bytes[..<end], as: UTF8.self).lowercased()
            let field = head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
            guard let count = field?.split(separator: " ").last.flatMap({ Int($0) }) else {
                throw BenchFault("a request without a length: \(head)")
            }
            length = count
            body = end
            bytes.reserveCapacity(end + count)
        }
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        let mark = Array("\r\n\r\n".utf8)
        let limit = min(bytes.count, headBytesMax)
        return (0..<max(0, limit - 3)).first { Array(bytes[$0..<$0 + 4]) == mark }.map { $0 + 4 }
    }

    private func receive() -> [UInt8]? {
        let bytes = [UInt8](unsafeUninitializedCapacity: 256 * 1_024) { buffer, count in
            count = max(0, recv(descriptor, buffer.baseAddress, buffer.count, 0))
        }
        return bytes.isEmpty ? nil : bytes
    }

    /// Writes all of it.
    ///
    /// - Throws: when the other side has closed.
    func send(_ bytes: some Collection<UInt8>) throws {
        let sent = bytes.withContiguousStorageIfAvailable { buffer in
            var offset = 0
            while offset < buffer.count, let base = buffer.baseAddress {
                let count = Glibc.send(descriptor, base + offset, buffer.count - offset, Int32(MSG_NOSIGNAL))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                offset += count
            }
            return true
        }
        guard sent == true else { throw BenchFault("the scheduler has closed a connection") }
    }

    /// One chunk of the stream.
    ///
    /// - Returns: the moment right before its last byte was written: so no answer can seem to come before it.
    func sendChunk(_ record: [UInt8]) throws -> ContinuousClock.Instant {
        try send(Array("\(String(record.count, radix: 16))\r\n".utf8))
        try send(record.dropLast())
        let at = ContinuousClock.now
        try send(Array(record.suffix(1)) + Array("\r\n".utf8))
        return at
    }

    func shutDown() { shutdown(descriptor, Int32(SHUT_RDWR)) }
}
