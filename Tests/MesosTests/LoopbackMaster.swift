import Foundation
import Synchronization

/// A master on a loopback socket: it answers each request with the next of its replies, byte for byte.
final class LoopbackMaster: Sendable {
    struct Reply: Sendable {
        var bytes: [UInt8]
        /// True to close after the last byte; false to leave the connection open, as Mesos does.
        var closes = false
        /// As much as one write sends.
        var pieceBytes = 65_536
    }

    private struct State {
        var replies: [Reply]
        var requests: [[UInt8]] = []
        var connections: [Int32] = []
        var ended = 0
    }

    let port: UInt16
    private let listener: Int32
    private let state: Mutex<State>

    init(_ replies: [Reply]) throws {
        state = Mutex(State(replies: replies))
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, address, &size) == 0
            }
        }
        guard bound else { throw CocoaError(.fileWriteUnknown) }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in accept() }
    }

    /// Each with its head.
    var requests: [[UInt8]] { state.withLock { $0.requests } }
    /// How many connections the client has closed, or we have.
    var ended: Int { state.withLock { $0.ended } }

    /// Ends all threads; to be called at the end of a test.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        state.withLock { state in
            for connection in state.connections { shutdown(connection, Int32(SHUT_RDWR)) }
        }
    }

    private func accept() {
        while true {
            let connection = Foundation.accept(listener, nil, nil)
            guard connection >= 0 else { break }
            state.withLock { $0.connections.append(connection) }
            Thread.detachNewThread { [self] in serve(connection) }
        }
        close(listener)
    }

    private func serve(_ connection: Int32) {
        while let request = read(connection), let reply = next(request) {
            var rest = reply.bytes[...]
            while !rest.isEmpty {
                let piece = Array(rest.prefix(reply.pieceBytes))
                rest = rest.dropFirst(piece.count)
                guard send(connection, piece, piece.count, Int32(MSG_NOSIGNAL)) == piece.count else { break }
            }
            if reply.closes { break }
        }
        state.withLock { state in
            state.connections.removeAll { $0 == connection }
            state.ended += 1
        }
        close(connection)
    }

    private func next(_ request: [UInt8]) -> Reply? {
        state.withLock { state in
            state.requests.append(request)
            return state.replies.isEmpty ? nil : state.replies.removeFirst()
        }
    }

    /// One request, head and body; nil when the client is gone.
    private func read(_ connection: Int32) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let head = Data(bytes).range(of: Data("\r\n\r\n".utf8)) {
                let lines = String(decoding: bytes[..<head.lowerBound], as: UTF8.self).lowercased()
                let length = lines.components(separatedBy: "\r\n").first { $0.hasPrefix("content-length:") }
                let count = length.flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
                if bytes.count >= head.upperBound + count { return bytes }
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer.prefix(count)
        }
    }
}
