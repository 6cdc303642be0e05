import API
import HTTPTransport
import Model
import Testing

@testable import ControlAPI

@Suite("The control API with tokens", .timeLimit(.minutes(6)))
struct AccessTests {
    private static let body = #"{"source":"guestbook","suite":{"image":"a","command":"c"}}"#

    private let clock = FakeClock()
    private let log = RecordedLog()

    private func serve(
        limits: WrongTokens.Limits = .init(),
        clock: FakeClock? = nil,
        _ body: (ServerHarness, TokensOnDisk) async throws -> Void
    ) async throws {
        let clock = clock ?? self.clock
        let disk = try TokensOnDisk()
        let access = AccessGate(
            tokens: try TokenFile(path: disk.path, logger: log.logger, now: { clock.now }),
            logger: log.logger,
            limits: limits,
            clock: clock.clock
        )
        try await ServerHarness.with(access: access) { server in try await body(server, disk) }
        #expect(!log.lines.contains { $0.contains("0123456789abcdef") })
    }

    private static func bearer(_ token: String) -> [(name: String, value: String)] {
        [(name: "Authorization", value: "Bearer \(token)")]
    }

    @Test("does what the role of the token allows")
    func roles() async throws {
        let calls: [(method: String, path: String, body: String, statuses: [Int])] = [
            ("POST", "/v1/runs", Self.body, [403, 201, 201]),
            ("GET", "/v1/runs", "", [200, 200, 200]),
            ("HEAD", "/v1/runs", "", [200, 200, 200]),
            ("GET", "/v1/runs/r1", "", [200, 200, 200]),
            ("DELETE", "/v1/runs/r1", "", [403, 202, 202]),
            ("DELETE", "/v1/runs/r9", "", [403, 404, 404]),
            ("GET", "/v1/nothing", "", [404, 404, 404]),
            ("PUT", "/v1/runs", Self.body, [405, 405, 405]),
        ]
        try await serve { server, _ async throws in
            let tokens = [TokensOnDisk.view, TokensOnDisk.run, TokensOnDisk.admin]
            for (method, path, body, statuses) in calls {
                for (token, status) in zip(tokens, statuses) {
                    let answer = try await server.send(method, path, body, headers: Self.bearer(token))
                    #expect(answer.head.status == status, "\(method) \(path) as \(token)")
                }
                let answer = try await server.send(method, path, body)
                #expect(answer.head.status == 401, "\(method) \(path) as nobody")
                #expect(answer.head.header("WWW-Authenticate") == "Bearer")
            }
            #expect(await server.service.callers.map(\.name) == ["run", "admin"])
            #expect(await server.service.callers.map(\.runs) == [2, nil])
            #expect(clock.slept.isEmpty, "a missing token is no wrong one")
        }
    }

    @Test("says what is missing, in the shape of every refusal")
    func shapes() async throws {
        try await serve { server, _ async throws in
            let nobody = try await server.send("GET", "/v1/secret-path")
            #expect(
                text(nobody)
                    == #"{"code":"api.unauthorized","field":null,"message":"this needs a token: Authorization: Bearer TOKEN"}"#
            )
            let viewer = try await server.send("POST", "/v1/runs", Self.body, headers: Self.bearer(TokensOnDisk.view))
            #expect(
                text(viewer)
                    == #"{"code":"api.forbidden","field":null,"message":"this needs a token of role run; that of view has role view"}"#
            )
            #expect(viewer.head.header("WWW-Authenticate") == nil)
        }
    }

    @Test("tells its health to everybody, and how many tokens were wrong")
    func health() async throws {
        try await serve { server, _ async throws in
            let client = try APIClient(url: server.url, http: server.http)
            #expect(try await client.health().access == .tokens)
            for path in ["/v1/runs", "/v1/runs/r1", "/v2"] {
                #expect(try await server.status("GET", path, headers: Self.bearer("wrong-0123456789abcdef")) == 401)
            }
            #expect(try await server.status("GET", "/v1/health", headers: Self.bearer("wrong")) == 200)
            #expect(try await client.health().refusedTokens == 3)
            #expect(try await server.status("POST", "/v1/health") == 405)
        }
        try await ServerHarness.with { server in
            let health = try await APIClient(url: server.url, http: server.http).health()
            #expect(health.access == .none)
            #expect(health.refusedTokens == 0)
        }
    }

    @Test("lets wrong tokens wait, longer each time, and a right one not at all")
    func delays() async throws {
        try await serve { server, _ async throws in
            for wrong in ["wrong-0123456789abcdef", "short", TokensOnDisk.view + "x"] {
                #expect(try await server.status("POST", "/v1/runs", Self.body, headers: Self.bearer(wrong)) == 401)
            }
            #expect(clock.slept == [.milliseconds(250), .milliseconds(500), .seconds(1)])
            #expect(try await server.status("GET", "/v1/runs", headers: Self.bearer(TokensOnDisk.view)) == 200)
            #expect(clock.slept.count == 3)
            #expect(log.lines.count { $0.hasPrefix("warning refused a wrong token") } == 1, "one line a second")
            #expect(log.lines.contains { $0.contains("http.client=127.0.0.1") })
            clock.pass(.seconds(1))
            #expect(try await server.status("GET", "/v1/runs", headers: Self.bearer("wrong")) == 401)
            #expect(log.lines.last == "warning refused a wrong token access.refused=4 http.client=127.0.0.1")
        }
    }

    @Test("holds no more answers back than it has room for")
    func bounded() async throws {
        let clock = FakeClock(blocks: true)
        try await serve(limits: .init(heldPerClientMax: 1), clock: clock) { server, _ async throws in
            async let held = server.status("GET", "/v1/runs", headers: Self.bearer("wrong"))
            for await delay in clock.waits {
                #expect(delay == .milliseconds(250))
                break
            }
            let answer = try await server.send("GET", "/v1/runs", headers: Self.bearer("wrong"))
            #expect(answer.head.status == 429)
            #expect(answer.head.header("Retry-After") == "4")
            #expect(text(answer).contains(#""code":"api.too_many_wrong_tokens""#))
            #expect(try await server.status("GET", "/v1/runs", headers: Self.bearer(TokensOnDisk.view)) == 200)
            clock.wake()
            #expect(try await held == 401)
        }
    }

    @Test("takes a token away while it runs")
    func revoked() async throws {
        try await serve { server, disk async throws in
            #expect(try await server.status("GET", "/v1/runs", headers: Self.bearer(TokensOnDisk.view)) == 200)
            try disk.put("[]")
            clock.pass(.seconds(1))
            #expect(try await server.status("GET", "/v1/runs", headers: Self.bearer(TokensOnDisk.view)) == 401)
        }
    }

    @Test("is spoken to by the client of this package")
    func client() async throws {
        try await serve { server, _ async throws in
            let run = try APIClient(url: server.url, http: server.http, token: Secret(TokensOnDisk.run))
            let (view, _) = try await run.submit(RunRequest(source: SourceName("guestbook")), within: patient)
            let viewer = try APIClient(url: server.url, http: server.http, token: Secret(TokensOnDisk.view))
            #expect(try await viewer.run(view.id, within: patient) == view)
            let forbidden = await #expect(throws: APIError.self) { try await viewer.release(view.id, within: patient) }
            #expect(forbidden?.kind == .refused(status: 403))
            #expect(forbidden?.code == .forbidden)
            let stranger = try APIClient(url: server.url, http: server.http)
            let unauthorized = await #expect(throws: APIError.self) { try await stranger.run(view.id, within: patient) }
            #expect(unauthorized?.kind == .refused(status: 401))
            #expect(unauthorized?.isTransient == false)
        }
    }

    @Test("listens beyond this machine when callers need tokens")
    func beyond() throws {
        let disk = try TokensOnDisk()
        let tokens = try TokenFile(path: disk.path, logger: .silent)
        _ = try ControlServer(host: "0.0.0.0", port: 0, service: FakeRunService(), logger: .silent, tokens: tokens)
    }

    private static let digest = String(repeating: "a", count: 64)

    @Test("asks for the least role that each route needs")
    func rules() throws {
        let expected: [String: AccessRole?] = [
            "GET /v1/health": nil, "HEAD /v1/health": nil,
            "GET /v1/runs": .view, "HEAD /v1/runs": .view, "POST /v1/runs": .run,
            "GET /v1/runs/r1": .view, "HEAD /v1/runs/r1": .view, "DELETE /v1/runs/r1": .run,
            "POST /v1/runs/r1/keep": .run, "POST /v1/runs/r1/extend": .run, "POST /v1/runs/r1/open": .run,
            "POST /v1/runs/r1/reset": .run, "GET /v1/runs/r1/explain": .view, "HEAD /v1/runs/r1/explain": .view,
            "GET /v1/runs/r1/events": .view, "HEAD /v1/runs/r1/events": .view,
            "GET /v1/runs/r1/login": .run, "HEAD /v1/runs/r1/login": .run,
            "GET /v1/helper/\(Self.digest)": nil, "HEAD /v1/helper/\(Self.digest)": nil,
            "GET /v1/runs/r1/logs": .view, "HEAD /v1/runs/r1/logs": .view,
            "GET /v1/runs/r1/files": .view, "HEAD /v1/runs/r1/files": .view,
            "POST /v1/forecast": .view, "GET /v1/sources": .view, "HEAD /v1/sources": .view,
            "POST /v1/framework/reset": .admin,
            "GET /v1/snapshots": .view, "HEAD /v1/snapshots": .view,
            "GET /v1/sweep": .view, "HEAD /v1/sweep": .view, "POST /v1/sweep": .run,
            "PUT /v1/sources/s": .admin, "DELETE /v1/sources/s": .admin, "POST /v1/uninstall": .admin,
            "GET /v1/alive": nil, "HEAD /v1/alive": nil,
            "GET /v1/service-status": nil, "HEAD /v1/service-status": nil,
            "GET /v1/plans": .view, "HEAD /v1/plans": .view,
            "GET /v1/plans/deploy": nil, "HEAD /v1/plans/deploy": nil,
            "GET /v1/plans/run-r1": .view, "HEAD /v1/plans/run-r1": .view,
            "GET /v1/endpoints": .view, "HEAD /v1/endpoints": .view,
            "GET /v1/endpoints/api": .view, "HEAD /v1/endpoints/api": .view,
            "GET /v1/state/frameworkId": nil, "HEAD /v1/state/frameworkId": nil,
            "GET /": .view, "HEAD /": .view, "GET /runs/r1": .view, "HEAD /runs/r1": .view,
            "POST /runs/r1/release": .run, "GET /style.css": nil, "HEAD /style.css": nil,
        ]
        let paths = (ControlRoute.paths + ControlRoute.pagePaths).map {
            $0.replacing("{id}", with: "r1").replacing("{sha256}", with: Self.digest).replacing("{name}", with: "s")
                .replacing("{plan}", with: "deploy").replacing("{endpoint}", with: "api")
        }
        for path in paths + ["/v1/plans/run-r1"] {
            let route = try #require(ControlRoute(path: path[...]))
            for method in route.methods {
                let role = try #require(expected["\(method) \(path)"], "\(method) \(path) is not in this table")
                #expect(route.role(for: method) == role)
            }
        }
        #expect(AccessRole.allCases == AccessRole.allCases.sorted())
    }
}
