import HTTPTransport
import Model

/// The real way to a master: HTTP/1.1 by the module HTTPTransport.
struct HTTPMasterTransport: MasterTransport {
    /// A master in the same data centre answers in milliseconds; one that does not in so long is gone or partitioned.
    private static let connect = Duration.seconds(5)
    /// Until the head of an answer.
    ///
    /// A master that replays its log may pause for seconds, one that is frozen answers never.
    private static let head = Duration.seconds(20)
    /// For a whole call, a DECLINE of 50,000 offers (2 MB) included.
    private static let call = Duration.seconds(30)
    /// What the answer to a call may hold: Mesos says a line of text, or nothing.
    private static let answerBytesMax = 64 * 1_024

    let http: HTTPClient

    func send(_ request: MasterRequest) async throws(MesosError) -> MasterAnswer {
        do throws(HTTPError) {
            let response = try await http.send(Self.post(request))
            return MasterAnswer(response.head, body: response.body)
        } catch {
            switch error.retry {
            case .safe: throw MesosError(.unreachable, http: error, retry: .safe)
            case .outcomeUnknown: throw MesosError(.callUnknown, http: error, retry: .outcomeUnknown)
            case .never: throw MesosError(.unreachable, http: error, retry: .never)
            }
        }
    }

    func open(_ request: MasterRequest) async throws(MesosError) -> any MasterStream {
        do throws(HTTPError) {
            return HTTPMasterStream(try await http.stream(Self.post(request)))
        } catch {
            // A SUBSCRIBE whose fate is open harms nobody: the next one takes over from it.
            throw MesosError(.unreachable, http: error, retry: error.retry == .never ? .never : .safe)
        }
    }

    private static func post(_ request: MasterRequest) -> HTTPRequest {
        HTTPRequest(
            method: "POST",
            url: request.endpoint.description,
            headers: request.headers,
            body: request.body,
            deadlines: HTTPDeadlines(connect: connect, stall: head, total: call),
            limits: HTTPLimits(bodyBytes: answerBytesMax)
        )
    }
}

private struct HTTPMasterStream: MasterStream {
    private let stream: HTTPStream
    let head: MasterAnswer

    init(_ stream: HTTPStream) {
        self.stream = stream
        head = MasterAnswer(stream.head, body: [])
    }

    func next(within limit: Span) async throws(MesosError) -> [UInt8]? {
        do throws(HTTPError) {
            return try await stream.next(within: limit.duration)
        } catch {
            // The only one of the transport's codes that is not a broken connection, or as bad as one.
            let silent = error.code == "http.stalled"
            throw MesosError(silent ? .streamSilent : .streamBroken, http: error, retry: .safe)
        }
    }

    func cancel() { stream.cancel() }
}

extension MasterAnswer {
    fileprivate init(_ head: HTTPHead, body: [UInt8]) {
        let headers = head.headers.map { ($0.name.lowercased(), $0.value) }
        // Of a field that comes twice the first one counts; Mesos sends none twice.
        self.init(status: head.status, headers: Dictionary(headers) { first, _ in first }, body: body)
    }
}

extension MesosError {
    fileprivate init(_ code: Code, http error: HTTPError, retry: Retry) {
        self.init(code, error.message, context: ["http": error.code], retry: retry)
    }
}
