import API
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Gives a request that cannot be read as HTTP a refusal in the shape of all others.
///
/// Hummingbird answers those by itself, before there is a request to respond to: with 400, without a body, and closes
/// the connection.
final class UnreadableRequest: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var refusal: APIRefusal?

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? HTTPParserError { refusal = Self.refusal(error) }
        context.fireErrorCaught(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // Ours of that status have a body; what is answered to a request before this one passes as it is.
        guard let refusal, case .head(let head) = unwrapOutboundIn(data), head.status == .badRequest,
            head.headerFields[.contentLength] == "0"
        else { return context.write(data, promise: promise) }
        let answer = ControlAnswer(refusal)
        var said = HTTPResponse(status: .init(code: answer.status), headerFields: head.headerFields)
        said.headerFields[.contentLength] = "\(answer.body.count)"
        said.headerFields[.contentType] = "application/json"
        said.headerFields[.cacheControl] = "no-store"
        context.write(wrapOutboundOut(.head(said)), promise: promise)
        context.write(wrapOutboundOut(.body(context.channel.allocator.buffer(bytes: answer.body))), promise: nil)
    }

    private static func refusal(_ error: HTTPParserError) -> APIRefusal {
        guard error == .headerOverflow else {
            return APIRefusal(status: 400, code: "api.bad_http", message: "this is no HTTP/1.1 request: \(error)")
        }
        return APIRefusal(
            status: 431,
            code: "api.head_too_large",
            message:
                "the path with its query, and each header line, may have \(ControlLimits.headerFieldBytesMax) bytes; "
                + "all of them \(ControlLimits.headerBytesMax); and there may be \(ControlLimits.headerFieldsMax) lines"
        )
    }
}
