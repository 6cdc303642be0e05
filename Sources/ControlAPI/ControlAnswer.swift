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
    /// The caller may still be sending; it is given a moment, and then the connection is closed.
    var closes = false

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

    /// A body that says why not.
    init(_ refusal: APIRefusal) { self.init(refusal.status, refusal.body) }

    /// The HTTP answer.
    ///
    /// - Parameter isHead: leaves the body out, and its length in.
    /// - Returns: the answer with the headers that every answer has.
    func response(isHead: Bool) -> Response {
        var headers = headers
        if headers[.contentType] == nil { headers[.contentType] = "application/json" }
        // Answers are of the moment; a proxy must not hand out an old one.
        headers[.cacheControl] = "no-store"
        if closes { headers[.connection] = "close" }
        let response = Response(
            status: HTTPResponse.Status(code: status),
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body))
        )
        return isHead ? response.createHeadResponse() : response
    }
}
