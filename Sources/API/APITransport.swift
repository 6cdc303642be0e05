import HTTPTransport
import Model

/// One request to the scheduler.
struct APICall: Hashable, Sendable {
    var method: String
    var url: String
    /// Empty for none.
    var body: [UInt8] = []
    /// For all of it; of a stream, until it begins.
    var within: Span
    /// Sent with it, and nowhere else: the transport follows no redirect.
    var credential: APICredential?
    /// The type of answer that is wanted.
    var accept = "application/json"
    /// The last event of a stream that is known.
    var lastEventID: Int?

    /// As they go out.
    var headers: [(name: String, value: String)] {
        var headers = [(name: "Accept", value: accept)]
        if !body.isEmpty { headers.append((name: "Content-Type", value: "application/json")) }
        if let credential { headers.append((name: "Authorization", value: credential.field)) }
        if let lastEventID { headers.append((name: "Last-Event-ID", value: "\(lastEventID)")) }
        return headers
    }
}

/// The scheduler's answer.
struct APIAnswer: Hashable, Sendable {
    var status: Int
    var body: [UInt8]
}

/// What the client needs of HTTP, so that it can be tested without sockets and without time.
protocol APITransport: Sendable {
    /// Sends and waits for the whole answer.
    ///
    /// - Throws: `api.unreachable`, or `api.bad_url` for an address that cannot be used.
    func send(_ call: APICall) async throws(APIError) -> APIAnswer

    /// Sends and waits for the head of the answer, whose body is then read as it comes.
    ///
    /// - Returns: nil when this transport has no streams.
    /// - Throws: as ``send(_:)``.
    func open(_ call: APICall) async throws(APIError) -> (any APIByteStream)?

    /// Ends what runs and closes what is open.
    func shutdown() async
}

/// An answer whose body is read as it comes; one reader.
protocol APIByteStream: Sendable {
    /// Of the answer.
    var status: Int { get }
    /// As the server says it; nil when it does not.
    var contentType: String? { get }
    /// The bytes that have come, or the next ones to come; nil at the body's proper end.
    ///
    /// - Throws: `api.unreachable` when it breaks, is cancelled, or is silent for so long; so does every later call.
    func next(within limit: Span) async throws(APIError) -> [UInt8]?
    /// Ends it; safe to repeat, and from anywhere.
    func cancel()
}

/// The real one.
struct CurlTransport: APITransport {
    /// A page of 500 runs of ordinary size fits several times.
    private static let answerBytesMax = 16 << 20
    /// An answer is expected at once; a host that is gone should not hold a caller up.
    private static let connect: Duration = .seconds(3)

    let client: HTTPClient

    func send(_ call: APICall) async throws(APIError) -> APIAnswer {
        let total = call.within.duration
        let request = HTTPRequest(
            method: call.method,
            url: call.url,
            headers: call.headers,
            body: call.body,
            deadlines: HTTPDeadlines(connect: min(Self.connect, total), stall: total, total: total),
            limits: HTTPLimits(bodyBytes: Self.answerBytesMax)
        )
        do {
            let response = try await client.send(request)
            return APIAnswer(status: response.head.status, body: response.body)
        } catch {
            throw APIError(transport: error)
        }
    }

    func open(_ call: APICall) async throws(APIError) -> (any APIByteStream)? {
        let limit = call.within.duration
        let request = HTTPRequest(
            method: call.method,
            url: call.url,
            headers: call.headers,
            deadlines: HTTPDeadlines(connect: min(Self.connect, limit), stall: limit, total: nil)
        )
        do {
            return CurlByteStream(stream: try await client.stream(request))
        } catch {
            throw APIError(transport: error)
        }
    }

    func shutdown() async { await client.shutdown() }
}

/// The real one.
private struct CurlByteStream: APIByteStream {
    let stream: HTTPStream

    var status: Int { stream.head.status }
    var contentType: String? { stream.head.header("Content-Type") }

    func next(within limit: Span) async throws(APIError) -> [UInt8]? {
        do {
            return try await stream.next(within: limit.duration)
        } catch {
            throw APIError(transport: error)
        }
    }

    func cancel() { stream.cancel() }
}

extension APIError {
    fileprivate init(transport error: HTTPError) {
        switch error.retry {
        case .safe: self.init(.unreachable(mayHaveHappened: false), .unreachable, error.message)
        case .outcomeUnknown: self.init(.unreachable(mayHaveHappened: true), .unreachable, error.message)
        // The same request fails again: an address or a certificate that does not work.
        case .never: self.init(.invalid, .badURL, error.message)
        }
    }
}
