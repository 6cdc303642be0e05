import HTTPTransport
import Model

/// One request to the scheduler.
struct APICall: Hashable, Sendable {
    var method: String
    var url: String
    /// Empty for none.
    var body: [UInt8] = []
    /// For all of it.
    var within: Span
    /// Sent with it, and nowhere else: the transport follows no redirect.
    var token: Secret?

    /// As they go out.
    var headers: [(name: String, value: String)] {
        var headers = [(name: "Accept", value: "application/json")]
        if !body.isEmpty { headers.append((name: "Content-Type", value: "application/json")) }
        if let token { headers.append((name: "Authorization", value: "Bearer \(token.reveal())")) }
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

    /// Ends what runs and closes what is open.
    func shutdown() async
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

    func shutdown() async { await client.shutdown() }
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
