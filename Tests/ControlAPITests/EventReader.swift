import HTTPTransport
import Testing

/// Reads a run's event stream as it comes.
final class EventReader {
    private let stream: HTTPStream
    private var unread = ""

    /// Opens the stream, which has to be granted.
    init(_ server: ServerHarness, after last: String? = nil, run: String = "r1", token: String? = nil) async throws {
        let headers =
            (last.map { [(name: "Last-Event-ID", value: $0)] } ?? [])
            + (token.map { [(name: "Authorization", value: "Bearer \($0)")] } ?? [])
        stream = try await server.http.stream(
            HTTPRequest(url: "\(server.url)/v1/runs/\(run)/events", headers: headers)
        )
        try #require(stream.head.status == 200)
        #expect(stream.head.header("Content-Type") == "text/event-stream")
        #expect(stream.head.header("Cache-Control") == "no-store")
    }

    /// The next block: all lines up to a blank one; nil at the stream's proper end.
    func block() async throws -> [String]? {
        while true {
            if let end = unread.firstRange(of: "\n\n") {
                defer { unread = String(unread[end.upperBound...]) }
                return unread[..<end.lowerBound].split(separator: "\n").map(String.init)
            }
            guard let bytes = try await stream.next(within: .seconds(60)) else {
                #expect(unread.isEmpty, "it ends with a whole event")
                return nil
            }
            unread += String(decoding: bytes, as: UTF8.self)
        }
    }

    /// The next event: its fields without the data, and the phases of the run in its data.
    func event() async throws -> String? {
        while let lines = try await block() {
            guard lines.contains(where: { $0.hasPrefix("event: ") }) else { continue }
            return lines.filter { !$0.hasPrefix("data: ") }.joined(separator: ", ")
        }
        return nil
    }

    func cancel() { stream.cancel() }
}

/// Looks until it is so.
func until(_ isSo: () async -> Bool) async throws {
    while await !isSo() { try await Task.sleep(for: .milliseconds(5)) }
}
