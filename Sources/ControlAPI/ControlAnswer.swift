import API
import HTTPTypes
import Hummingbird
import NIOCore

/// One answer, before it is HTTP.
struct ControlAnswer: Sendable {
    var status: Int
    var body: [UInt8]
    /// Beside those that every answer has.
    var headers: HTTPFields = [:]
    /// What the body says, when it says why not.
    private(set) var refusal: APIRefusal?
    /// The caller may still be sending; it is given a moment, and then the connection is closed.
    var closes = false
    /// The body comes bit by bit, as server-sent events.
    private var isStream = false
    /// nil when only the head was asked for.
    private var stream: ResponseBody?

    /// A body that says something.
    init(_ status: Int, _ value: some Encodable) {
        do {
            self.status = status
            body = try APIJSON.bytes(value)
        } catch {
            // A view with a number that is not finite: the caller can do nothing about it, nor is it a refusal.
            self.status = 500
            body = Array(
                #"{"code":"control_api.cannot_encode","field":null,"message":"the answer cannot be written"}"#.utf8
            )
        }
    }

    /// A suite's file: its bytes are the suite's, and no browser shall take them for anything of ours.
    init(file bytes: [UInt8]) {
        status = 200
        body = bytes
        headers[.contentType] = "application/octet-stream"
        headers[.contentDisposition] = "attachment"
        headers[.xContentTypeOptions] = "nosniff"
    }

    /// The helper, for agents.
    init(helper: HelperFile, isHead: Bool) {
        status = 200
        body = []
        headers[.contentType] = "application/octet-stream"
        headers[.xContentTypeOptions] = "nosniff"
        stream = isHead ? ResponseBody() : helper.body()
        if isHead { headers[.contentLength] = "\(helper.size)" }
    }

    /// A body that says why not.
    init(_ refusal: APIRefusal) {
        self.init(refusal.status, refusal.body)
        self.refusal = refusal
    }

    /// Server-sent events; nil when only the head was asked for.
    init(events stream: ResponseBody?) {
        status = 200
        body = []
        isStream = true
        self.stream = stream
    }

    /// A body that says nothing, and a status that says it all.
    init(_ status: Int) {
        self.status = status
        body = []
    }

    /// The HTTP answer, and the end of its connection where that is due.
    ///
    /// - Parameters:
    ///   - request: HEAD leaves the body out, and its length in.
    ///   - channel: where it came from.
    /// - Returns: the answer with the headers that every answer has.
    func response(to request: Request, on channel: any Channel) -> Response {
        if closes { channel.eventLoop.scheduleTask(in: ControlLimits.linger) { channel.close(promise: nil) } }
        return response(isHead: request.method == .head)
    }

    private func response(isHead: Bool) -> Response {
        var headers = headers
        // Answers are of the moment; a proxy must not hand out an old one.
        headers[.cacheControl] = "no-store"
        if closes { headers[.connection] = "close" }
        let status = HTTPResponse.Status(code: status)
        if isStream {
            headers[.contentType] = "text/event-stream"
            // A stream is the last answer on its connection, so that whoever reads it does not ask on it again.
            headers[.connection] = "close"
            return Response(status: status, headers: headers, body: stream ?? ResponseBody())
        }
        if let stream { return Response(status: status, headers: headers, body: stream) }
        if !body.isEmpty, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        let response = Response(
            status: status,
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body))
        )
        return isHead ? response.createHeadResponse() : response
    }
}
