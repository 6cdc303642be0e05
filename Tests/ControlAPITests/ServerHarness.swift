import API
import HTTPTransport
import Logging
import Model
import Testing

@testable import ControlAPI

/// A server on a free loopback port, for as long as a test takes.
struct ServerHarness: Sendable {
    let service: FakeRunService
    let server: ControlServer
    let port: Int
    let http: HTTPClient
    private let running: Task<Void, any Error>

    var url: String { "http://127.0.0.1:\(port)" }

    /// Serves, hands itself to `body`, and stops the server by cancelling it.
    static func with(
        service: FakeRunService = FakeRunService(),
        bodies: BodyGate = BodyGate(),
        access: AccessGate = AccessGate(tokens: nil, logger: .silent),
        streams: EventStreams = EventStreams(),
        shutdown: Duration = ControlLimits.shutdown,
        logger: Logger = .silent,
        _ body: (ServerHarness) async throws -> Void
    ) async throws {
        let server = try ControlServer(
            host: "127.0.0.1",
            port: 0,
            service: service,
            logger: logger,
            allowBeyondLoopback: false,
            bodies: bodies,
            access: access,
            streams: streams,
            shutdown: shutdown
        )
        let running = Task { try await server.run() }
        let address = try #require(await server.address())
        let harness = ServerHarness(
            service: service,
            server: server,
            port: address.port,
            http: try HTTPClient(),
            running: running
        )
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(harness))
        } catch {
            result = .failure(error)
        }
        await harness.http.shutdown()
        running.cancel()
        try await running.value
        try result.get()
    }

    /// Wants the server to stop, and does not wait for it.
    func stop() { running.cancel() }

    /// Sends one request.
    func send(
        _ method: String,
        _ path: String,
        _ body: String = "",
        headers: [(name: String, value: String)] = []
    ) async throws -> HTTPResponse {
        try await http.send(HTTPRequest(method: method, url: url + path, headers: headers, body: Array(body.utf8)))
    }

    /// Sends one request; the status alone.
    func status(
        _ method: String,
        _ path: String,
        _ body: String = "",
        headers: [(name: String, value: String)] = []
    ) async throws -> Int {
        try await send(method, path, body, headers: headers).head.status
    }

    /// Sends one request; the methods that the answer allows.
    func allowed(_ method: String, _ path: String) async throws -> String? {
        try await send(method, path).head.header("Allow")
    }
}

extension Logger {
    /// Keeps a test's output its own.
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

/// For a client whose server shares two threads with a thousand other tests: what it waits for comes, sometime.
let patient = Span.minutes(5)

/// A body as text.
func text(_ response: HTTPResponse) -> String { String(decoding: response.body, as: UTF8.self) }

extension ControlServer {
    /// One that leads from the beginning.
    convenience init(
        host: String,
        port: Int,
        service: any RunService,
        logger: Logger,
        tokens: TokenFile? = nil,
        allowBeyondLoopback: Bool = false,
        bodies: BodyGate = BodyGate(),
        access: AccessGate? = nil,
        streams: EventStreams = EventStreams(),
        shutdown: Duration = ControlLimits.shutdown
    ) throws(ControlAPIError) {
        let access = access ?? AccessGate(tokens: tokens, logger: logger)
        let standby = Standby(obstacle: "it does not lead yet", store: true)
        try self.init(
            host: host,
            port: port,
            stage: ControlStage(standby, access: access, now: { Instant(milliseconds: 0) }),
            logger: logger,
            allowBeyondLoopback: allowBeyondLoopback,
            bodies: bodies,
            access: access,
            streams: streams,
            shutdown: shutdown
        )
        lead(service)
    }
}
