/// One server-sent event, as it came.
struct ServerSentEvent: Hashable, Sendable {
    /// `message` when the server did not say.
    var name: String
    /// Its lines, with line feeds between them.
    var data: String
    /// As last given, by this event or one before it; nil when none gave one.
    var id: String?
}

/// Reads server-sent events from bytes as they come, however they are cut.
///
/// - Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
struct EventStreamParser: Sendable {
    /// A run of ordinary size fits a hundred times.
    static let bytesMax = 1 << 20

    private let bytesMax: Int
    private var line: [UInt8] = []
    private var name = ""
    private var data: String?
    private var id: String?
    private var afterReturn = false
    private var isFirstLine = true

    /// - Parameter bytesMax: of one line, and of the data of one event.
    init(bytesMax: Int = bytesMax) { self.bytesMax = bytesMax }

    /// Takes the next bytes.
    ///
    /// - Returns: the events that are whole now.
    /// - Throws: `api.bad_answer` for what is too long or no UTF-8; the stream is of no use after.
    mutating func feed(_ bytes: [UInt8]) throws(APIError) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for byte in bytes {
            let isFeedOfPair = afterReturn && byte == 0x0A
            afterReturn = byte == 0x0D
            if isFeedOfPair { continue }
            guard byte == 0x0A || byte == 0x0D else {
                guard line.count < bytesMax else { throw Self.tooLong(bytesMax) }
                line.append(byte)
                continue
            }
            if let event = try endLine() { events.append(event) }
        }
        return events
    }

    private static func tooLong(_ bytesMax: Int) -> APIError {
        APIError(.badAnswer, .badAnswer, "a line or an event of more than \(bytesMax) bytes")
    }

    private mutating func endLine() throws(APIError) -> ServerSentEvent? {
        defer { line.removeAll(keepingCapacity: line.capacity <= 1 << 16) }
        if isFirstLine, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        isFirstLine = false
        guard !line.isEmpty else { return dispatch() }
        guard let text = String(validating: line, as: UTF8.self) else {
            throw APIError(.badAnswer, .badAnswer, "an event that is not UTF-8")
        }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        var value = parts.count == 2 ? parts[1] : ""
        if value.first == " " { value.removeFirst() }
        switch parts[0] {
        case "event": name = String(value)
        case "data":
            let longer = data.map { "\($0)\n\(value)" } ?? String(value)
            guard longer.utf8.count <= bytesMax else { throw Self.tooLong(bytesMax) }
            data = longer
        case "id": if !value.utf8.contains(0) { id = String(value) }
        // `retry` is for browsers; a line that begins with a colon is a comment, and names to come are not ours.
        default: break
        }
        return nil
    }

    private mutating func dispatch() -> ServerSentEvent? {
        defer {
            name = ""
            data = nil
        }
        guard let data else { return nil }
        return ServerSentEvent(name: name.isEmpty ? "message" : name, data: data, id: id)
    }
}
