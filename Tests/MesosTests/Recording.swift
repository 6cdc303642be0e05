import Foundation

/// One recorded exchange of `Tests/Fixtures/mesos`: the bytes as they were on the socket.
struct Recording: Sendable, CustomStringConvertible {
    /// How a body ended: three of them mean three different things to a scheduler.
    enum Ending: Sendable {
        /// The zero-length chunk.
        case clean
        /// The connection was gone, or the recording stopped.
        case open
        /// As long as Content-Length says.
        case counted
    }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/mesos")

    let scenario: String
    let name: String

    var description: String { "\(scenario)/\(name)" }

    init(_ path: String) {
        let parts = path.split(separator: "/", maxSplits: 1)
        scenario = String(parts[0])
        name = String(parts[1])
    }

    /// All exchanges that have a file of this kind.
    static func all(_ kind: String) -> [Recording] {
        list(folder).flatMap { scenario in
            list(folder.appending(path: scenario)).filter { $0.hasSuffix(kind) }
                .map { Recording("\(scenario)/\($0.dropLast(kind.count))") }
        }
    }

    private static func list(_ folder: URL) -> [String] {
        // A folder that cannot be read counts as empty: the test on the number of recordings fails then.
        let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        return (names ?? []).sorted()
    }

    func bytes(_ kind: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: Self.folder.appending(path: scenario).appending(path: name + kind)))
    }

    /// The body of the recorded request.
    func requestBody() throws -> [UInt8] { Array(try split(bytes(".request")).body) }

    /// The recorded answer: head lines, the body without its chunks, and how it ended.
    func response(_ kind: String = ".response") throws -> (head: [String], body: [UInt8], ending: Ending) {
        let (head, rest) = try split(bytes(kind))
        guard head.contains("Transfer-Encoding: chunked") else { return (head, Array(rest), .counted) }
        let (body, clean) = dechunk(rest)
        return (head, body, clean ? .clean : .open)
    }

    /// The events that the recorder itself saw in this answer.
    func events() throws -> [[String: Any]] {
        try String(decoding: bytes(".events.jsonl"), as: UTF8.self).split(separator: "\n").map { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return object?["event"] as? [String: Any] ?? [:]
        }
    }

    private func split(_ bytes: [UInt8]) throws -> (head: [String], body: ArraySlice<UInt8>) {
        guard let end = Data(bytes).range(of: Data("\r\n\r\n".utf8)) else { throw CocoaError(.fileReadCorruptFile) }
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
        return (head.components(separatedBy: "\r\n"), bytes[end.upperBound...])
    }

    private func dechunk(_ bytes: ArraySlice<UInt8>) -> (body: [UInt8], clean: Bool) {
        var rest = bytes
        var body: [UInt8] = []
        while let line = rest.firstIndex(of: UInt8(ascii: "\r")) {
            let size = Int(String(decoding: rest[..<line], as: UTF8.self), radix: 16) ?? 0
            if size == 0 { return (body, true) }
            let chunk = rest.dropFirst(line - rest.startIndex + 2)
            body += chunk.prefix(size)
            rest = chunk.dropFirst(size + 2)
        }
        return (body, false)
    }
}
