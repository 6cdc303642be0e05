/// Makes heads out of header lines, as libcurl hands them over: whole lines, interim answers and trailers among them.
struct HeadReader {
    /// What a line came to.
    enum Step {
        /// More lines follow.
        case more
        /// The final answer's head is complete.
        case head(HTTPHead)
        /// All lines together pass the limit.
        case tooLarge
        /// Not a header line.
        case malformed(String)
    }

    private enum Place { case statusLine, fields, trailers }

    private let bytesMax: Int
    private var bytes = 0
    private var place = Place.statusLine
    private var status = 0
    private var fields: [(name: String, value: String)] = []

    /// - Parameter bytesMax: of all lines of one answer.
    init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// Whether the final answer's head has been handed out.
    var isDone: Bool { place == .trailers }

    /// Takes one line with its line end.
    mutating func line(_ raw: some Collection<UInt8>) -> Step {
        bytes += raw.count
        guard bytes <= bytesMax else { return .tooLarge }
        let text = Self.text(raw)
        switch place {
        case .statusLine: return statusLine(text)
        case .fields: return text.isEmpty ? end() : field(text)
        case .trailers: return .more  // counted, and of no use to anyone here
        }
    }

    private mutating func statusLine(_ text: String) -> Step {
        let parts = text.utf8.split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard parts.count >= 2, text.utf8.starts(with: "HTTP/".utf8), parts[1].count == 3,
            parts[1].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let code = Int(Substring(parts[1])), code >= 100
        else { return .malformed("the answer's first line is no status line") }
        status = code
        place = .fields
        return .more
    }

    private mutating func field(_ text: String) -> Step {
        if text.utf8.first == UInt8(ascii: " ") || text.utf8.first == UInt8(ascii: "\t") {
            // RFC 9112 §5.2: a recipient replaces a folded line end by a blank, or refuses.
            guard let last = fields.popLast() else { return .malformed("a continuation of no header") }
            fields.append((last.name, last.value + " " + Self.trimmed(Substring(text))))
            return .more
        }
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else {
            return .malformed("a header without a colon")
        }
        let name = text[..<colon]
        guard RequestCheck.isToken(name) else { return .malformed("a header's name is not a token") }
        let value = Self.trimmed(text[text.utf8.index(after: colon)...])
        guard !value.utf8.contains(0) else { return .malformed("a header's value holds a NUL") }
        fields.append((String(name), value))
        return .more
    }

    private mutating func end() -> Step {
        defer { fields = [] }
        guard status >= 200 else {
            place = .statusLine  // an interim answer, RFC 9110 §15.2; another one follows
            return .more
        }
        place = .trailers
        return .head(HTTPHead(status: status, headers: fields))
    }

    /// The line without its end; bytes that are no UTF-8 become the replacement character.
    private static func text(_ raw: some Collection<UInt8>) -> String {
        var bytes = Array(raw)
        if bytes.last == 0x0a { bytes.removeLast() }
        if bytes.last == 0x0d { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func trimmed(_ text: Substring) -> String {
        let isBlank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        let utf8 = text.utf8
        guard let first = utf8.firstIndex(where: { !isBlank($0) }), let last = utf8.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(Substring(utf8[first...last]))
    }
}
