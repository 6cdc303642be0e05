import Glibc

/// Performs a script's actions on one accepted socket; the listener closes it.
struct Connection {
    /// Reading and writing in pieces of this size.
    private static let pieceBytes = 64 << 10
    /// A request's head and body, each; no test needs more.
    private static let requestBytesMax = 64 << 20

    private let socket: Int32
    private let monitor: Monitor
    /// Read and not yet used.
    private var unread: [UInt8] = []

    init(_ socket: Int32, _ monitor: Monitor) {
        self.socket = socket
        self.monitor = monitor
    }

    /// - Returns: false when the script is over, since the peer is gone or the action was the last.
    mutating func perform(_ action: ScriptedServer.Action) -> Bool {
        switch action {
        case .readRequest:
            return readRequest() != nil
        case .write(let text):
            return write(Array(text.utf8))
        case .writeBytes(let bytes):
            return write(bytes)
        case .writeOneByOne(let text):
            return writeOneByOne(text)
        case .flood(let bytes):
            return flood(bytes)
        case .stall(let gate):
            monitor.pass(gate)
            return !monitor.hasStopped
        case .waitForEnd:
            while read() {}
            return false
        case .serve(let handler):
            while let request = readRequest() {
                guard write(Self.bytes(handler(request), to: request)) else { break }
            }
            return false
        case .close:
            return false
        case .reset:
            var now = linger(l_onoff: 1, l_linger: 0)
            setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
            return false
        }
    }

    // MARK: writing

    private func write(_ bytes: some Collection<UInt8>) -> Bool {
        let bytes = Array(bytes)
        var done = 0
        while done < bytes.count {
            let sent = bytes.withUnsafeBytes { buffer in
                send(socket, buffer.baseAddress?.advanced(by: done), buffer.count - done, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return false }
            done += sent
            monitor.count { $0.bytesWritten += sent }
        }
        return true
    }

    private func writeOneByOne(_ text: String) -> Bool {
        var yes: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        return text.utf8.allSatisfy { write(CollectionOfOne($0)) }
    }

    private func flood(_ count: Int) -> Bool {
        let piece = [UInt8](repeating: 0, count: Self.pieceBytes)
        var left = count
        while left > 0 {
            guard write(piece.prefix(left)) else { return false }
            left -= min(left, piece.count)
        }
        return true
    }

    private static func bytes(_ response: ScriptedServer.Response, to request: ScriptedServer.Request) -> [UInt8] {
        var head = "HTTP/1.1 \(response.status) Scripted\r\n"
        for (name, value) in response.headers { head += "\(name): \(value)\r\n" }
        head += "Content-Length: \(response.body.count)\r\n\r\n"
        return Array(head.utf8) + (request.method == "HEAD" ? [] : response.body)
    }

    // MARK: reading

    /// - Returns: false at the peer's end.
    private mutating func read() -> Bool {
        var piece = [UInt8](repeating: 0, count: Self.pieceBytes)
        let got = piece.withUnsafeMutableBytes { recv(socket, $0.baseAddress, $0.count, 0) }
        guard got > 0 else {
            if !monitor.hasStopped { monitor.count { $0.ends += 1 } }
            return false
        }
        unread += piece[..<got]
        return unread.count <= Self.requestBytesMax
    }

    private mutating func readRequest() -> ScriptedServer.Request? {
        var lines: [String] = []
        while let line = readLine(), lines.count < 1000 {
            guard !line.isEmpty else {
                guard let request = finish(lines) else { return nil }
                monitor.record(request)
                return request
            }
            lines.append(line)
        }
        return nil
    }

    private mutating func finish(_ lines: [String]) -> ScriptedServer.Request? {
        let start = lines.first?.split(separator: " ") ?? []
        guard start.count == 3 else { return nil }
        let headers = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count == 2 ? parts[1].drop { $0 == " " } : ""
            return (name: String(parts[0]), value: String(value))
        }
        let length = headers.first { $0.name.lowercased() == "content-length" }.map { Int($0.value) ?? -1 }
        let isChunked = headers.contains { $0.name.lowercased() == "transfer-encoding" }
        guard let body = isChunked ? readChunks() : readBytes(length ?? 0) else { return nil }
        return ScriptedServer.Request(
            method: String(start[0]),
            path: String(start[1]),
            headers: headers,
            body: body
        )
    }

    private mutating func readLine() -> String? {
        while true {
            if let end = unread.firstIndex(of: 0x0a) {
                defer { unread.removeFirst(end + 1) }
                let line = unread[..<end]
                return String(decoding: line.last == 0x0d ? line.dropLast() : line, as: UTF8.self)
            }
            guard read() else { return nil }
        }
    }

    private mutating func readBytes(_ count: Int) -> [UInt8]? {
        guard (0...Self.requestBytesMax).contains(count) else { return nil }
        while unread.count < count { guard read() else { return nil } }
        defer { unread.removeFirst(count) }
        return Array(unread[..<count])
    }

    private mutating func readChunks() -> [UInt8]? {
        var body: [UInt8] = []
        while let line = readLine(), let size = Int(line.prefix { $0 != ";" }, radix: 16) {
            guard size > 0 else {
                while let trailer = readLine() { if trailer.isEmpty { return body } }
                return nil
            }
            guard let chunk = readBytes(size), readLine() != nil else { return nil }
            body += chunk
            guard body.count <= Self.requestBytesMax else { return nil }
        }
        return nil
    }
}
