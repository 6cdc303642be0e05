import Hummingbird
import Logging

/// The local cluster's own HTTP side, on a loopback port that no fault reaches: its faults, listed, put and cleared.
struct ControlServer: Sendable {
    /// In bytes; the most faults there may be need some 100 KiB.
    private static let bodyMax = 1 << 20

    private let server: LoopbackServer

    /// Where it listens.
    var port: Int { server.port }

    /// Starts it.
    ///
    /// - Throws: when the port cannot be had.
    static func start(_ faults: Faults, port: Int, logger: Logger) async throws -> ControlServer {
        ControlServer(
            server: try await LoopbackServer.start(port: port, logger: logger) { request, _ in
                try await respond(to: request, faults)
            }
        )
    }

    /// Closes the port and all connections.
    func stop() async { await server.stop() }

    private static func respond(to original: Request, _ faults: Faults) async throws -> Response {
        var request = original
        let path = request.uri.path.split(separator: "/").map(String.init)
        guard path.first == "faults", path.count <= 2 else { return response(404, error: "there is /faults alone") }
        let name = path.count == 2 ? path[1] : nil
        let method = request.method
        do throws(FaultRefusal) {
            switch method {
            case .get: break
            case .put: try put(try await body(of: &request), name, to: faults)
            case .delete: if let name { faults.remove(name) } else { faults.removeAll() }
            default: return response(405, error: "GET, PUT and DELETE are all there is")
            }
        } catch {
            return response(400, error: error.description)
        }
        guard let name, method != .delete else { return response(200, FaultDocument.document(faults.listed)) }
        guard let listed = faults.listed.first(where: { $0.name == name }) else {
            return response(404, error: "there is no fault of that name")
        }
        return response(200, FaultDocument.document(listed))
    }

    private static func put(_ body: JSONValue, _ name: String?, to faults: Faults) throws(FaultRefusal) {
        if let name {
            try faults.put(FaultDocument.fault(body, named: name), named: name)
        } else {
            try faults.put(FaultDocument.faults(body), isAll: true)
        }
    }

    private static func body(of request: inout Request) async throws(FaultRefusal) -> JSONValue {
        let bytes: [UInt8]
        do {
            bytes = Array(try await request.collectBody(upTo: bodyMax).readableBytesView)
        } catch {
            throw FaultRefusal("the body cannot be read: at most \(bodyMax) bytes")
        }
        do {
            return try JSONValue.parse(bytes)
        } catch {
            throw FaultRefusal(error.message)
        }
    }

    private static func response(_ status: Int, error: String) -> Response {
        response(status, .object(["error": .string(error)]))
    }

    private static func response(_ status: Int, _ value: JSONValue) -> Response {
        Response(
            status: .init(code: status),
            headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: value.bytes))
        )
    }
}
