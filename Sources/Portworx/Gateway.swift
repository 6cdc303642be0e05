import HTTPTransport
import Model

/// One call to the gateway.
struct GatewayCall: Sendable {
    var method: String
    /// From `/v1` on.
    var path: String
    /// JSON; nil for none.
    var body: [UInt8]?
    /// Creating and deleting may take Portworx a while.
    var isSlow = false

    /// As a message names it.
    var name: String { "\(method) \(path)" }
}

/// What came back, whatever the status.
struct GatewayAnswer: Sendable {
    var status: Int
    var body: [UInt8]
}

/// What the client needs of HTTP, so that recordings can be replayed without sockets.
protocol GatewayTransport: Sendable {
    /// - Throws: `portworx.unreachable` when nothing was sent, `portworx.outcome_unknown` when it may have been.
    func send(_ call: GatewayCall) async throws(PortworxError) -> GatewayAnswer
}

/// The gateway over libcurl.
struct HTTPGateway: GatewayTransport {
    /// Lists are long: 10,000 volumes of 2 KB are 20 MB.
    private static let bodyBytesMax = 64 * 1_024 * 1_024
    private static let quickDeadline = Duration.seconds(30)
    private static let slowDeadline = Duration.seconds(120)

    let url: String
    let http: HTTPClient
    let token: Secret?

    func send(_ call: GatewayCall) async throws(PortworxError) -> GatewayAnswer {
        var headers = [(name: "Accept", value: "application/json")]
        if call.body != nil { headers.append(("Content-Type", "application/json")) }
        if let token { headers.append(("Authorization", "bearer \(token.reveal())")) }
        let deadline = call.isSlow ? Self.slowDeadline : Self.quickDeadline
        let request = HTTPRequest(
            method: call.method,
            url: url + call.path,
            headers: headers,
            body: call.body ?? [],
            deadlines: HTTPDeadlines(connect: .seconds(5), stall: deadline, total: deadline),
            limits: HTTPLimits(bodyBytes: Self.bodyBytesMax)
        )
        do throws(HTTPError) {
            let response = try await http.send(request)
            return GatewayAnswer(status: response.head.status, body: response.body)
        } catch {
            switch error.retry {
            case .safe: throw PortworxError(.unreachable, "\(call.name): \(error.message)", transient: true)
            case .outcomeUnknown:
                throw PortworxError(.outcomeUnknown, "\(call.name): \(error.message)", transient: true)
            case .never: throw PortworxError(.refused, "\(call.name): \(error.message)")
            }
        }
    }
}
