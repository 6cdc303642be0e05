import Synchronization

/// A client of the stand-in that blocks its thread; for suites and demonstrations.
public struct StandInClient: Sendable {
    /// In seconds, for each read and write.
    private static let timeoutSeconds = 30
    /// In bytes; more than the largest listing.
    private static let answerMax = 64 << 20

    private let connection: Connection

    /// The socket and what was read ahead; the lock is held for a whole call, so that two callers never mix.
    private final class Connection: Sendable {
        let socket: Descriptor
        let ahead: Mutex<[UInt8]> = Mutex([])
        init(_ socket: Descriptor) { self.socket = socket }
    }

    /// Connects.
    ///
    /// - Parameters:
    ///   - host: an IPv4 address, or `localhost`.
    ///   - port: the stand-in's.
    /// - Returns: a client with a connection of its own.
    /// - Throws: `standin.cannot_connect`, `standin.bad_host`.
    public static func connect(host: String, port: UInt16) throws(StandInError) -> StandInClient {
        let socket = try Sockets.connect(host: host, port: port, timeoutSeconds: timeoutSeconds)
        return StandInClient(connection: Connection(socket))
    }

    /// Sends one line and reads its answer; after a throw other than a refusal, connect anew.
    ///
    /// - Parameter line: a command, without its end.
    /// - Returns: the lines after `OK`.
    /// - Throws: the server's code for a refusal; `standin.closed`, `standin.bad_answer`.
    public func call(_ line: String) throws(StandInError) -> [String] {
        guard !line.utf8.contains(UInt8(ascii: "\n")) else {
            throw StandInError(code: "bad_text", message: "a command is one line", exitCode: 70)
        }
        return try connection.ahead.withLock { ahead throws(StandInError) in
            try send(line)
            let head = try nextLine(&ahead)
            let words = head.split(separator: " ", maxSplits: 2).map(String.init)
            if words.count >= 2, words[0] == "ERR" {
                throw StandInError(code: words[1], message: words.count > 2 ? words[2] : "", exitCode: 70)
            }
            guard words.count == 2, words[0] == "OK", let count = Int(words[1]), (0...RowLog.rowsMax).contains(count)
            else {
                throw .network("bad_answer", "the answer began with \(head.prefix(80))")
            }
            var lines: [String] = []
            for _ in 0..<count { lines.append(try nextLine(&ahead)) }
            return lines
        }
    }

    private func send(_ line: String) throws(StandInError) {
        var rest = Array((line + "\n").utf8)[...]
        while !rest.isEmpty {
            guard case .bytes(let count) = Sockets.send(rest, to: connection.socket) else {
                throw .network("closed", "the stand-in does not take the command")
            }
            rest = rest.dropFirst(count)
        }
    }

    private func nextLine(_ ahead: inout [UInt8]) throws(StandInError) -> String {
        var searched = 0
        while true {
            if let end = ahead[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { ahead.removeFirst(end + 1) }
                return String(decoding: ahead[..<end], as: UTF8.self)
            }
            searched = ahead.count
            guard searched < Self.answerMax else { throw .network("bad_answer", "the answer has no end") }
            var part = [UInt8](repeating: 0, count: 64 << 10)
            guard case .bytes(let count) = Sockets.receive(connection.socket, into: &part) else {
                throw .network("closed", "the stand-in ended the connection, or is silent")
            }
            ahead += part[..<count]
        }
    }
}
