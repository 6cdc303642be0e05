import API
import Dispatch
import HTTPTransport
import Model
import Testing

@testable import ControlAPI

@Suite("The control API", .timeLimit(.minutes(6)))
struct ControlServerTests {
    private let request = #"{"key":"k","source":"guestbook","suite":{"image":"a","command":"c"}}"#

    @Test("gives 201 for a new run and 200 for one with the same key")
    func submit() async throws {
        try await ServerHarness.with { server in
            let first = try await server.send("POST", "/v1/runs", request)
            #expect(first.head.status == 201)
            #expect(first.head.header("Location") == "/v1/runs/r1")
            #expect(first.head.header("Content-Type") == "application/json")
            let second = try await server.send("POST", "/v1/runs", request)
            #expect(second.head.status == 200)
            #expect(second.body == first.body)
            #expect(
                text(first).hasPrefix(#"{"clones":[],"data":null,"endpoint":null,"endpoints":[],"id":"r1","#)
            )
            #expect(await server.service.count == 1)
        }
    }

    @Test("is spoken to by the client of this package")
    func client() async throws {
        try await ServerHarness.with { server in
            let client = try APIClient(url: server.url, http: server.http)
            let asked = RunRequest(key: "k", source: SourceName("guestbook"))
            let (run, created) = try await client.submit(asked, within: patient)
            #expect(created)
            #expect(try await !client.submit(asked, within: patient).created)
            #expect(try await client.run(run.id, within: patient) == run)
            for _ in 0..<3 { _ = try await client.submit(RunRequest(source: SourceName("guestbook")), within: patient) }
            let page = try await client.runs(RunsQuery(phase: .requested, limit: 2), within: patient)
            #expect(page.runs.map(\.id.value) == ["r4", "r3"])
            let rest = try await client.runs(RunsQuery(after: page.next), within: patient)
            #expect(rest.runs.map(\.id.value) == ["r2", "r1"])
            #expect(rest.next == nil)
            let released = try await client.release(run.id, within: patient)
            #expect(released.result == .cancelled)
            #expect(try await client.release(run.id, within: patient) == released)
            #expect(try await client.health(within: patient).isAbleToAct)
            await server.service.become(ableToAct: false)
            #expect(try await !client.health(within: patient).isAbleToAct)
            let error = await #expect(throws: APIError.self) { try await client.run(RunID("r9"), within: patient) }
            #expect(error?.kind == .refused(status: 404))
        }
    }

    @Test("says by its status whether it can act")
    func health() async throws {
        try await ServerHarness.with { server async throws in
            #expect(try await server.status("GET", "/v1/health") == 200)
            await server.service.become(ableToAct: false)
            #expect(try await server.status("GET", "/v1/health") == 503)
        }
    }

    @Test("refuses in one shape, and changes nothing")
    func refusals() async throws {
        let cases: [(method: String, path: String, body: String, status: Int, code: String, field: String)] = [
            ("POST", "/v1/runs", "{", 400, "api.bad_json", "null"),
            ("POST", "/v1/runs", "", 400, "api.bad_json", "null"),
            (
                "POST", "/v1/runs", #"{"source":"guestbook","suite":{"imagee":1}}"#, 400, "api.unknown_field",
                #""suite.imagee""#
            ),
            ("POST", "/v1/runs", #"{"source":1}"#, 400, "api.bad_value", #""source""#),
            ("POST", "/v1/runs", "{}", 400, "api.missing_field", #""source""#),
            ("POST", "/v1/runs", #"{"source":"other"}"#, 422, "run.unknown_source", #""source""#),
            ("GET", "/v1/runs?limit=0", "", 400, "api.bad_value", #""limit""#),
            ("GET", "/v1/runs?nope=0", "", 400, "api.unknown_field", #""nope""#),
            ("GET", "/v1/runs/r1", "", 404, "api.unknown_run", "null"),
            ("DELETE", "/v1/runs/r1", "", 404, "api.unknown_run", "null"),
            ("GET", "//", "", 404, "api.not_found", "null"),
            ("GET", "/v1/runs/", "", 404, "api.not_found", "null"),
            ("GET", "/v1/runs/R1", "", 404, "api.not_found", "null"),
            ("GET", "/v1/runs/r1/events", "", 404, "api.unknown_run", "null"),
            ("GET", "/v1/runs/r1/event", "", 404, "api.not_found", "null"),
            ("GET", "/v1/runs/r1/events/", "", 404, "api.not_found", "null"),
            ("DELETE", "/v1/runs/r1/events", "", 405, "api.method_not_allowed", "null"),
            ("GET", "/v1/../v1/runs", "", 404, "api.not_found", "null"),
            ("GET", "/v2/runs", "", 404, "api.not_found", "null"),
            ("POST", "/v1/health", "", 405, "api.method_not_allowed", "null"),
        ]
        try await ServerHarness.with { server in
            for (method, path, body, status, code, field) in cases {
                let answer = try await server.send(method, path, body)
                let label: Comment = "\(method) \(path) \(body)"
                #expect(answer.head.status == status, label)
                #expect(answer.head.header("Content-Type") == "application/json", label)
                #expect(text(answer).hasPrefix(#"{"code":"\#(code)","field":\#(field),"message":""#), label)
            }
            #expect(await server.service.count == 0)
        }
    }

    @Test("says which methods there are")
    func methods() async throws {
        try await ServerHarness.with { server in
            #expect(try await server.allowed("PUT", "/v1/runs") == "GET, HEAD, POST")
            #expect(try await server.allowed("PATCH", "/v1/runs/r1") == "DELETE, GET, HEAD")
            #expect(try await server.allowed("OPTIONS", "/v1/health") == "GET, HEAD")
            let head = try await server.send("HEAD", "/v1/health")
            #expect(head.head.status == 200)
            #expect(head.body.isEmpty)
        }
    }

    @Test("takes no change from a web page")
    func origin() async throws {
        try await ServerHarness.with { server async throws in
            let origin = [(name: "Origin", value: "http://elsewhere.example")]
            #expect(try await server.status("POST", "/v1/runs", request, headers: origin) == 403)
            #expect(try await server.status("DELETE", "/v1/runs/r1", headers: origin) == 403)
            #expect(try await server.status("GET", "/v1/runs", headers: origin) == 200)
            #expect(await server.service.count == 0)
        }
    }

    @Test("takes a body of 96 KiB and refuses a longer one, announced or not")
    func bodyLimit() async throws {
        try await ServerHarness.with { server in
            let padding = String(repeating: " ", count: RequestLimits.bodyBytesMax - request.utf8.count)
            #expect(try await server.status("POST", "/v1/runs", request + padding) == 201)
            let answer = try await server.send("POST", "/v1/runs", request + padding + " ")
            #expect(answer.head.status == 413)
            #expect(text(answer).contains(#""code":"api.body_too_large""#))
            let chunk = "10000\r\n" + String(repeating: " ", count: 65_536) + "\r\n"
            let chunked =
                "POST /v1/runs HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                + String(repeating: chunk, count: 5)
            let raw = try await exchange(server, chunked)
            #expect(raw.hasPrefix("HTTP/1.1 413 "))
            #expect(raw.contains("Connection: close"))
        }
    }

    @Test("waits for a body no longer than its deadline, and closes the connection")
    func bodyDeadline() async throws {
        let bodies = BodyGate(deadline: .milliseconds(50))
        try await ServerHarness.with(bodies: bodies) { server in
            let raw = try await exchange(server, "POST /v1/runs HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{")
            #expect(raw.hasPrefix("HTTP/1.1 408 "))
            #expect(raw.contains("api.body_timeout"))
        }
    }

    @Test("holds no more bodies at once than it has room for")
    func bodyRoom() async throws {
        try await ServerHarness.with(bodies: BodyGate(bytesMax: request.utf8.count)) { server async throws in
            #expect(try await server.status("POST", "/v1/runs", request) == 201)
            #expect(try await server.status("POST", "/v1/runs", request + " ") == 503)
            #expect(try await server.status("POST", "/v1/runs", request) == 200)
        }
    }

    @Test(
        "outlives what is not HTTP, and says so",
        arguments: [
            "blank lines": "\r\n\r\n\r\n", "no version": "GET\r\n\r\n", "TLS": "\u{16}\u{03}\u{01}",
            "a version to come": "GET /v1/health HTTP/9.9\r\n\r\n",
            "a negative length": "POST /v1/runs HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
            "two lengths": "POST /v1/runs HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
        ]
    )
    func garbage(_ name: String, _ bytes: String) async throws {
        try await ServerHarness.with { server in
            let raw = try await exchange(server, bytes, finishes: true)
            if !raw.isEmpty {
                #expect(raw.hasPrefix("HTTP/1.1 400 "))
                let body = #"{"code":"api.bad_http","field":null,"message":"this is no HTTP/1.1 request: "#
                #expect(raw.contains("\r\n\r\n\(body)"))
            }
            #expect(raw.isEmpty == (name == "blank lines"), "\(raw)")
            #expect(try await server.status("GET", "/v1/health") == 200)
        }
    }

    @Test("refuses a header beyond its limit")
    func longHeader() async throws {
        try await ServerHarness.with { server in
            let header = String(repeating: "x", count: ControlLimits.headerFieldBytesMax + 1)
            let raw = try await exchange(
                server,
                "GET /v1/health HTTP/1.1\r\nHost: a\r\nX: \(header)\r\n\r\n",
                finishes: true
            )
            #expect(raw.hasPrefix("HTTP/1.1 431 "))
            #expect(raw.contains(#"{"code":"api.head_too_large","field":null,"message":"the path with its query"#))
            let long = try await server.send("GET", "/v1/runs/r1/files?path=\(header)")
            #expect(long.head.status == 431)
            #expect(long.head.header("Content-Type") == "application/json")
        }
    }

    @Test("ends a request in progress before it stops")
    func graceful() async throws {
        let (gate, open) = AsyncStream<Void>.makeStream()
        let service = FakeRunService(gate: gate)
        let server = try ControlServer(host: "localhost", port: 0, service: service, logger: .silent)
        let running = Task { try await server.run() }
        let port = try #require(await server.address()).port
        let raw = "POST /v1/runs HTTP/1.1\r\nHost: a\r\nContent-Length: \(request.utf8.count)\r\n\r\n\(request)"
        async let answer = Self.exchange(port: port, raw)
        for await _ in service.arrivals { break }
        running.cancel()
        open.finish()
        try await running.value
        let got = try await answer
        #expect(got.hasPrefix("HTTP/1.1 201 "))
    }

    @Test("stops when it is cancelled before it listens")
    func cancelledEarly() async throws {
        let server = try ControlServer(host: "127.0.0.1", port: 0, service: FakeRunService(), logger: .silent)
        let running = Task { try await server.run() }
        running.cancel()
        try await running.value
    }

    @Test("says that it cannot listen")
    func portTaken() async throws {
        try await ServerHarness.with { other in
            let server = try ControlServer(host: "127.0.0.1", port: other.port, service: other.service, logger: .silent)
            let error = await #expect(throws: ControlAPIError.self) { try await server.run() }
            #expect(error?.code == .cannotListen)
            #expect(await server.address() == nil)
            let again = await #expect(throws: ControlAPIError.self) { try await server.run() }
            #expect(again?.code == .runsOnce)
        }
    }

    @Test(
        "listens beyond this machine only when told so",
        arguments: ["0.0.0.0", "::", "10.0.0.1", "127.1", "example.com", ""]
    )
    func beyond(_ host: String) throws {
        let error = #expect(throws: ControlAPIError.self) {
            try ControlServer(host: host, port: 0, service: FakeRunService(), logger: .silent)
        }
        #expect(error?.code == .hostNotPermitted)
        _ = try ControlServer(
            host: host,
            port: 0,
            service: FakeRunService(),
            logger: .silent,
            allowBeyondLoopback: true
        )
    }

    private func exchange(_ server: ServerHarness, _ bytes: String, finishes: Bool = false) async throws -> String {
        try await Self.exchange(port: server.port, bytes, finishes: finishes)
    }

    /// On a thread that may be blocked.
    private static func exchange(port: Int, _ bytes: String, finishes: Bool = false) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "raw connection").async {
                continuation.resume(
                    with: Result { try RawConnection.exchange(port: port, Array(bytes.utf8), finishes: finishes) }
                )
            }
        }
    }
}
