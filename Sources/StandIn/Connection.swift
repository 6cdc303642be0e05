/// One client: what it sent and is not yet read, what it is owed and not yet sent.
///
/// Nothing is read while an answer is still going out, so that neither side's buffer grows without bound.
struct Connection {
    /// In bytes, a line's without its end; longer ones end the connection.
    static let lineMax = 64 << 10
    /// In bytes; rows of a listing are encoded as far as this ahead of the socket.
    private static let outputAhead = 64 << 10

    let socket: Descriptor
    /// When it last read or wrote.
    private(set) var active: Int64
    private var input: [UInt8] = []
    private var output: [UInt8] = []
    private var rows: ArraySlice<String> = []
    private var isEnding = false

    init(_ socket: Descriptor, at now: Int64) {
        self.socket = socket
        self.active = now
    }

    private var isOwing: Bool { !output.isEmpty || !rows.isEmpty }

    var interest: Sockets.Interest { .init(socket: socket, reading: !isOwing, writing: isOwing) }

    /// Moves what can be moved, each line through `answer`; false when the connection is over.
    mutating func advance(at now: Int64, answer: ([UInt8]) -> Reply) -> Bool {
        if !isOwing {
            var part = [UInt8](repeating: 0, count: Self.lineMax)
            switch Sockets.receive(socket, into: &part) {
            case .closed: return false
            case .later: return true
            case .bytes(let count): input += part[..<count]
            }
            active = now
        }
        while true {
            guard flush(at: now) else { return false }
            guard !isOwing else { return true }
            guard !isEnding else { return false }
            let line = nextLine()
            guard (line ?? input).count <= Self.lineMax else {
                return end(.init(code: "too_long", message: "a line has at most \(Self.lineMax) bytes"), at: now)
            }
            guard let line else { return true }
            reply(answer(line))
        }
    }

    /// Says why and ends, once it is said.
    mutating func end(_ refusal: CommandRefusal, at now: Int64) -> Bool {
        reply(.refused(refusal))
        isEnding = true
        return flush(at: now) && isOwing
    }

    private mutating func nextLine() -> [UInt8]? {
        guard let end = input.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        var line = Array(input[..<end])
        input.removeFirst(end + 1)
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return line
    }

    private mutating func reply(_ reply: Reply) {
        switch reply {
        case .lines(let lines):
            output += "OK \(lines.count)\n".utf8
            rows = lines
        case .refused(let refusal):
            output += "ERR \(refusal.code) \(refusal.message)\n".utf8
        }
    }

    private mutating func flush(at now: Int64) -> Bool {
        while isOwing {
            while output.count < Self.outputAhead, let row = rows.popFirst() { output += (row + "\n").utf8 }
            switch Sockets.send(output[...], to: socket) {
            case .closed: return false
            case .later: return true
            case .bytes(let count): output.removeFirst(count)
            }
            active = now
        }
        return true
    }
}

/// What a command came to.
enum Reply {
    /// `OK` with their number, then each.
    case lines(ArraySlice<String>)
    /// `ERR`, a code and a text.
    case refused(CommandRefusal)
}
