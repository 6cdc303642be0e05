/// Why there is no answer, or no whole one.
///
/// | code | what happened |
/// |---|---|
/// | `http.bad_url`, `http.bad_request` | the request cannot be sent as it is written |
/// | `http.bad_configuration` | the client's configuration cannot work |
/// | `http.connect_failed` | no connection: name, network, refused, or not within the connect deadline |
/// | `http.tls` | no trusted connection |
/// | `http.stalled`, `http.deadline` | silence for too long; not done in time |
/// | `http.closed` | the connection ended before an answer began |
/// | `http.truncated` | it ended before the answer did |
/// | `http.header_too_large`, `http.body_too_large` | a limit |
/// | `http.bad_response` | not HTTP |
/// | `http.cancelled`, `http.shut_down` | ended by us |
/// | `http.too_many_requests` | more at once than the client holds |
/// | `http.concurrent_read` | two readers of one stream |
/// | `http.internal` | libcurl refused an option or ran out of something |
public struct HTTPError: Error, CustomStringConvertible, Sendable {
    /// Whether the same request may be sent again.
    public enum Retry: Sendable, Hashable {
        /// No byte of the request can have reached the peer.
        case safe
        /// It was sent, or may have been: look before repeating.
        case outcomeUnknown
        /// The same request fails in the same way: it is our fault.
        case never
    }

    /// Stable, `http.snake_case`.
    public let code: String
    /// For people; holds no header, no body and no query.
    public let message: String
    /// libcurl's own number when it reported the failure. - Source: https://curl.se/libcurl/c/libcurl-errors.html
    public let curlCode: Int32?
    /// Whether the same request may be sent again.
    public let retry: Retry

    /// An error, also for those who stand in for a transport.
    ///
    /// - Parameters:
    ///   - code: stable, `http.snake_case`.
    ///   - message: for people.
    ///   - curlCode: libcurl's number, if any.
    ///   - retry: whether the same request may be sent again.
    public init(code: String, message: String, curlCode: Int32? = nil, retry: Retry) {
        self.code = code
        self.message = message
        self.curlCode = curlCode
        self.retry = retry
    }

    init(_ fault: HTTPFault, _ message: String, curlCode: Int32? = nil, retry: Retry) {
        self.init(code: fault.rawValue, message: message, curlCode: curlCode, retry: retry)
    }

    /// Code and message.
    public var description: String { "\(code): \(message)" }

    /// The code alone, for labels.
    public var shortDescription: String { code }
}

/// The codes, where the compiler can count them.
enum HTTPFault: String {
    case badURL = "http.bad_url"
    case badRequest = "http.bad_request"
    case badConfiguration = "http.bad_configuration"
    case connectFailed = "http.connect_failed"
    case tls = "http.tls"
    case stalled = "http.stalled"
    case deadline = "http.deadline"
    case closed = "http.closed"
    case truncated = "http.truncated"
    case headerTooLarge = "http.header_too_large"
    case bodyTooLarge = "http.body_too_large"
    case badResponse = "http.bad_response"
    case cancelled = "http.cancelled"
    case shutDown = "http.shut_down"
    case tooManyRequests = "http.too_many_requests"
    case concurrentRead = "http.concurrent_read"
    case internalFailure = "http.internal"
}
