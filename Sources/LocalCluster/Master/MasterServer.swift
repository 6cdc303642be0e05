import HTTPTypes
import Hummingbird
import Logging

/// The master's HTTP side, on a loopback port.
struct MasterServer: Sendable {
    /// A scheduler's largest call: a DECLINE of 50,000 offers is some 3 MB.
    private static let bodyBytesMax = 32 * 1_024 * 1_024
    private static let protobuf = "application/x-protobuf"

    private let server: LoopbackServer

    /// Where it listens.
    var port: Int { server.port }

    /// Starts it.
    ///
    /// - Throws: when the port cannot be had.
    static func start(
        _ master: Master,
        faults: Faults,
        identity: IdentityService? = nil,
        port: Int,
        logger: Logger
    ) async throws -> MasterServer {
        let edge = MasterEdge(master: master, faults: faults, identity: identity)
        return MasterServer(
            server: try await LoopbackServer.start(port: port, logger: logger) { request, line in
                try await respond(to: request, edge, line)
            }
        )
    }

    /// Closes the port and all connections.
    func stop() async { await server.stop() }

    /// The same without a word, as a killed process; the port is free then.
    func kill() async { await server.kill() }

    private static func respond(to request: Request, _ edge: MasterEdge, _ line: Line) async throws -> Response {
        switch request.uri.path {
        case "/api/v1/scheduler":
            let principal = await edge.identity?.user(request.headers[.authorization])
            if edge.identity != nil, principal == nil {
                // As the real one answers who has no, or wrong, credentials, whatever the call: `recordings/mesos/16-auth`.
                var response = text(.unauthorized, "401 Unauthorized.")
                response.headers[.wwwAuthenticate] = "Basic realm=\"mesos-master-scheduler\""
                return response
            }
            guard request.method == .post else {
                let why =
                    "405 Method Not Allowed. Expecting one of { 'POST' }, but received '\(request.method.rawValue)'."
                var response = text(.methodNotAllowed, why)
                response.headers[.allow] = "POST"
                return response
            }
            return try await scheduler(request, edge, line, principal)
        case "/master/state", "/state": return json(await edge.master.stateDocument())
        case "/metrics/snapshot": return json(await edge.master.metricsDocument())
        default: return await operators(request, edge)
        }
    }

    /// What operators' tools ask for; each is answered with `/master` in front and without.
    private static func operators(_ request: Request, _ edge: MasterEdge) async -> Response {
        let path = request.uri.path
        let master = edge.master
        switch path.hasPrefix("/master/") ? String(path.dropFirst("/master".count)) : path {
        case "/version": return json(await master.versionDocument())
        case "/flags": return json(await master.flagsDocument(asksFrameworks: edge.identity != nil))
        case "/slaves": return json(await master.agentsDocument())
        case "/frameworks": return json(await master.frameworksDocument())
        case "/roles": return json(await master.rolesDocument())
        case "/redirect":
            // Without a scheme, as the real one says it: the asker's own.
            return Response(status: .temporaryRedirect, headers: [.location: "//127.0.0.1:\(await master.port)"])
        default: return text(.notFound, "")
        }
    }

    /// Each refusal in the real master's order and words (`recordings/mesos/06-errors`).
    private static func scheduler(
        _ original: Request,
        _ edge: MasterEdge,
        _ line: Line,
        _ principal: String?
    ) async throws -> Response {
        var request = original
        let body = Array(try await request.collectBody(upTo: bodyBytesMax).readableBytesView)
        guard let type = request.headers[.contentType] else {
            return text(.badRequest, "Expecting 'Content-Type' to be present")
        }
        guard type == protobuf else {
            // A real master takes JSON as well; this one says that it does not.
            let why =
                type == "application/json"
                ? "The stand-in for a Mesos master speaks application/x-protobuf only"
                : "Expecting 'Content-Type' of application/json or application/x-protobuf"
            return text(.unsupportedMediaType, why)
        }
        let accept = request.headers[.accept] ?? "*/*"
        guard accept.contains(protobuf) || accept.contains("*/*") || accept.contains("application/*") else {
            return text(.notAcceptable, "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'")
        }
        let call: MasterCall
        do throws(MasterCall.Invalid) {
            call = try MasterCall(body)
        } catch {
            return text(.badRequest, error.text)
        }
        if let principal, case .subscribe(let info, _) = call.body, let named = info.principal, named != principal {
            let why = "principal '\(principal)' does not match principal '\(named)' set in `FrameworkInfo`"
            return text(.badRequest, "Failed to validate scheduler::Call: Authenticated \(why)")
        }
        let streamID = request.headers[.mesosStreamID]
        let received = request
        return await edge.faults.pass(edge.message(of: call), on: line) { status in
            text(.init(code: status), status == 503 ? "Master has not finished recovery" : "A fault of the stand-in")
        } effect: { met in
            switch await edge.master.take(call, streamID: streamID) {
            case .accepted: return Response(status: .accepted)
            case .refused(let status, let why): return text(.init(code: status), why)
            case .stream(let id, let stream, let items):
                // Cut before anything of it is written, it would never end.
                if met.isAnswerLost { await edge.master.streamClosed(id) }
                return response(received, line, id, EventSender(edge: edge, stream: stream, items: items))
            }
        }
    }

    /// One HTTP chunk a record; the connection's end is the subscription's, at once.
    private static func response(_ request: Request, _ line: Line, _ id: String, _ sender: EventSender) -> Response {
        var headers: HTTPFields = [.contentType: protobuf]
        headers[.mesosStreamID] = id
        let master = sender.edge.master
        let body = ResponseBody { writer in
            do {
                try await request.body.consumeWithInboundCloseHandler { _ in
                    try await sender.send(to: &writer, line)
                } onInboundClosed: {
                    Task { await master.streamClosed(id) }
                }
            } catch {
                await master.streamClosed(id)
                throw error
            }
            // Ended by the master, which knows, or because nobody read it, which it does not.
            await master.streamClosed(id)
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    private static func text(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Response(
            status: status,
            headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }

    private static func json(_ value: JSONValue) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: value.bytes))
        )
    }
}

extension HTTPField.Name {
    /// Case does not matter in it.
    fileprivate static var mesosStreamID: Self {
        guard let name = Self("Mesos-Stream-Id") else { preconditionFailure("a constant that is a valid header name") }
        return name
    }
}
