import Hummingbird
import Logging

/// What the gateway was asked.
struct GatewayRequest: Sendable {
    let method: String
    /// Decoded, without the leading `v1`; a slash at the end leaves an empty last one.
    let path: [String]
    let query: [String: String]
    let body: [UInt8]
    /// A fault: a listing shows what there was so many seconds ago.
    var staleBy: Double?
    /// A fault: what a snapshot leaves that fails.
    var failedSnapshot: Fault.FailedSnapshot?
}

/// What it answers.
enum GatewayAnswer: Sendable {
    case json(Int, JSONValue)
    /// Unknown paths and wrong methods are answered in plain text (`error-unknown-path`, `error-wrong-method`).
    case text(Int, String)

    static func refused(_ refusal: GatewayRefusal) -> Self { .json(refusal.code.httpStatus, refusal.body) }
}

/// The gateway's HTTP server, on a loopback port of the system's choice.
struct GatewayServer: Sendable {
    /// In bytes; a scheduler's largest request is a few KiB.
    static let bodyMax = 256 << 10

    private let server: LoopbackServer

    /// Where it listens.
    var port: Int { server.port }

    /// Starts it.
    ///
    /// - Throws: when no port can be had.
    static func start(
        logger: Logger,
        answer: @escaping @Sendable (GatewayRequest, Line) async -> GatewayAnswer
    ) async throws -> GatewayServer {
        GatewayServer(
            server: try await LoopbackServer.start(port: 0, logger: logger) { request, line in
                response(try await respond(to: request) { await answer($0, line) })
            }
        )
    }

    /// Closes the port and all connections.
    func stop() async { await server.stop() }

    private static func respond(
        to request: Request,
        with answer: (GatewayRequest) async -> GatewayAnswer
    ) async throws -> GatewayAnswer {
        var body: [UInt8] = []
        for try await part in request.body {
            body += part.readableBytesView
            guard body.count <= bodyMax else {
                let message = "the body is larger than \(bodyMax) bytes"
                return .json(413, GatewayRefusal(code: .invalidArgument, message: message).body)
            }
        }
        let segments = request.uri.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        let decoded = segments.compactMap { percentDecoded($0) }
        guard decoded.count == segments.count, decoded.first == "v1" else { return .text(404, "Not Found") }
        var query: [String: String] = [:]
        for (key, value) in request.uri.queryParameters { query[String(key)] = String(value) }
        return await answer(
            GatewayRequest(
                method: request.method.rawValue,
                path: Array(decoded.dropFirst()),
                query: query,
                body: body
            )
        )
    }

    /// nil for an escape that is none.
    private static func percentDecoded(_ segment: Substring) -> String? {
        var decoded: [UInt8] = []
        var rest = segment.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte)
                continue
            }
            guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else { return nil }
            decoded.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    private static func response(_ answer: GatewayAnswer) -> Response {
        switch answer {
        case .json(let status, let body):
            Response(
                status: .init(code: status),
                headers: [.contentType: "application/json"],
                body: .init(byteBuffer: ByteBuffer(bytes: body.bytes))
            )
        case .text(let status, let text):
            Response(
                status: .init(code: status),
                headers: [.contentType: "text/plain; charset=utf-8"],
                body: .init(byteBuffer: ByteBuffer(string: text + "\n"))
            )
        }
    }
}
