import Glibc
import HTTPTypes
import Hummingbird
import Logging

/// An agent's HTTP side, on a loopback port of its own: the files API over its sandboxes, and nothing else.
///
/// - Source: statuses, words and shapes as in `recordings/mesos/19-sandbox-files`.
struct AgentServer: Sendable {
    private let server: LoopbackServer

    /// Where it listens.
    var port: Int { server.port }

    /// Starts it.
    ///
    /// - Throws: when no port can be had.
    static func start(
        _ files: SandboxFiles,
        host: String,
        identity: IdentityService? = nil,
        logger: Logger
    ) async throws -> AgentServer {
        AgentServer(
            server: try await LoopbackServer.start(host: host, port: 0, logger: logger) { request, _ in
                if let identity, await identity.user(request.headers[.authorization]) == nil {
                    return response(.unauthorized, text: "401 Unauthorized.")
                }
                do throws(SandboxFiles.Refusal) {
                    return try answer(request, files)
                } catch {
                    switch error {
                    case .missing: return response(.notFound, text: "")
                    case .invalid(let why): return response(.badRequest, text: why)
                    }
                }
            }
        )
    }

    /// Closes the port and all connections.
    func stop() async { await server.stop() }

    private static func answer(_ request: Request, _ files: SandboxFiles) throws(SandboxFiles.Refusal) -> Response {
        let query = request.uri.queryParameters
        func path() throws(SandboxFiles.Refusal) -> String {
            guard let path = query["path"], !path.isEmpty else { throw .invalid("Expecting 'path=value' in query.\n") }
            return String(path)
        }
        switch request.uri.path {
        case "/files/read":
            let path = try path()
            let offset = try number(query["offset"], "offset")
            let length = try number(query["length"], "length")
            let read = try files.read(path, from: offset, length: length)
            let end = #"","offset":\#(read.offset)}"#
            return response(json: Array(#"{"data":""#.utf8) + escaped(read.bytes) + Array(end.utf8))
        case "/files/browse":
            return response(json: JSONValue.array(try files.browse(try path()).map(document)).bytes)
        case "/files/download":
            let path = try path()
            let file = try files.open(path, directory: .invalid("Cannot download a directory.\n"))
            return download(path, file.descriptor, size: file.size)
        default: throw .missing
        }
    }

    /// nil when it is absent or -1, which mean the same to an agent.
    private static func number(_ text: Substring?, _ name: String) throws(SandboxFiles.Refusal) -> Int? {
        guard let text else { return nil }
        guard let number = Int(text) else { throw .invalid("Failed to parse \(name): '\(text)'.\n") }
        guard number >= -1 else { throw .invalid("Negative \(name) provided: \(number).\n") }
        return number == -1 ? nil : number
    }

    private static func document(_ entry: SandboxFiles.Entry) -> JSONValue {
        .object([
            "path": .string(entry.path), "size": .integer(Int64(entry.size)), "mode": .string(entry.mode),
            "mtime": .real(Double(entry.modified)), "nlink": .integer(Int64(entry.links)),
            "uid": .string(entry.user), "gid": .string(entry.group),
        ])
    }

    /// Bytes as an agent puts them into a JSON text: what is no UTF-8 goes out as it is.
    private static func escaped(_ bytes: [UInt8]) -> [UInt8] {
        var escaped: [UInt8] = []
        escaped.reserveCapacity(bytes.count + bytes.count / 8)
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): escaped += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): escaped += #"\n"#.utf8
            case UInt8(ascii: "\r"): escaped += #"\r"#.utf8
            case UInt8(ascii: "\t"): escaped += #"\t"#.utf8
            case 0x08: escaped += #"\b"#.utf8
            case 0x0C: escaped += #"\f"#.utf8
            case 0..<0x20:
                escaped += (byte < 0x10 ? #"\u000"# : #"\u00"#).utf8
                escaped += String(byte, radix: 16).utf8
            default: escaped.append(byte)
            }
        }
        return escaped
    }

    // MARK: HTTP

    private static func response(json bytes: some Collection<UInt8>) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }

    private static func response(_ status: HTTPResponse.Status, text: String) -> Response {
        Response(
            status: status,
            headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }

    private static func download(_ path: String, _ descriptor: Int32, size: Int) -> Response {
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        let isXML = name.hasSuffix(".xml")
        let file = OpenFile(descriptor)
        return Response(
            status: .ok,
            headers: [
                .contentType: isXML ? "text/xml" : "application/octet-stream",
                .contentDisposition: "attachment; filename=\(name)",
            ],
            body: ResponseBody(contentLength: size) { writer in
                var offset = 0
                while offset < size {
                    let piece = file.bytes(from: offset, min(SandboxFiles.readBytesMax, size - offset))
                    // Cut short by its task meanwhile: the connection's end says so.
                    guard !piece.isEmpty else { throw SandboxFiles.Refusal.missing }
                    try await writer.write(ByteBuffer(bytes: piece))
                    offset += piece.count
                }
                try await writer.finish(nil)
            }
        )
    }
}

/// A file that is closed when nobody reads it any more, whether or not the answer was ever written.
private final class OpenFile: Sendable {
    private let descriptor: Int32
    init(_ descriptor: Int32) { self.descriptor = descriptor }
    deinit { close(descriptor) }

    func bytes(from offset: Int, _ count: Int) -> [UInt8] { SandboxFiles.bytes(descriptor, from: offset, count) }
}
