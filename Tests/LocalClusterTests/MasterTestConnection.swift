import Foundation
import Glibc

/// A loopback HTTP connection spoken by hand, so that each byte and each chunk is seen.
///
/// Blocks; to be used from a thread that may be blocked.
final class TestConnection: @unchecked Sendable {
    // Unchecked: used by one thread at a time; `shutdown` alone may come from another, and the kernel takes that.

    struct Fault: Error, CustomStringConvertible { let description: String }

    struct Head {
        var status: Int
        var line: String
        var headers: [String: String]
    }

    private let descriptor: Int32
    private var pending: [UInt8] = []

    init(_ address: String) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0, let port = address.split(separator: ":").last.flatMap({ UInt16($0) }) else {
            throw Fault(description: "no socket for \(address)")
        }
        var patience = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = in_port_t(port).bigEndian
        name.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Fault(description: "connect: \(errno)") }
    }

    deinit { close(descriptor) }

    /// Ends whatever waits on it.
    func shutdown() { _ = Glibc.shutdown(descriptor, Int32(SHUT_RDWR)) }

    func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { throw Fault(description: "send: \(errno)") }
            rest = rest.dropFirst(sent)
        }
    }

    private func fill() throws {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { throw Fault(description: count == 0 ? "closed" : "recv: \(errno)") }
        pending += buffer.prefix(count)
    }

    private func line() throws -> String {
        while true {
            if let end = pending.firstIndex(of: 10) {
                let line = String(decoding: pending[..<end].filter { $0 != 13 }, as: UTF8.self)
                pending.removeFirst(end + 1)
                return line
            }
            try fill()
        }
    }

    private func exactly(_ count: Int) throws -> [UInt8] {
        while pending.count < count { try fill() }
        defer { pending.removeFirst(count) }
        return Array(pending.prefix(count))
    }

    func head() throws -> Head {
        let first = try line()
        var headers: [String: String] = [:]
        while case let next = try line(), !next.isEmpty {
            let parts = next.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
        }
        let status = first.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return Head(status: status, line: first, headers: headers)
    }

    /// nil for the last chunk.
    func chunk() throws -> [UInt8]? {
        guard let count = Int(try line(), radix: 16) else { throw Fault(description: "no chunk") }
        let bytes = try exactly(count)
        _ = try line()
        return count == 0 ? nil : bytes
    }

    func body(_ head: Head) throws -> [UInt8] {
        if let count = head.headers["content-length"].flatMap({ Int($0) }) { return try exactly(count) }
        var bytes: [UInt8] = []
        while let chunk = try chunk() { bytes += chunk }
        return bytes
    }

    /// One request as it is, and its whole answer, on a thread of its own.
    ///
    /// A thread of Dispatch's global queue would not do: it belongs to the pool that runs what is tested.
    static func exchange(_ address: String, _ request: [UInt8]) async throws -> (head: Head, body: [UInt8]) {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        let connection = try TestConnection(address)
                        try connection.send(request)
                        let head = try connection.head()
                        return (head, try connection.body(head))
                    }
                )
            }
        }
    }
}
