import API
import Dispatch
import FoundationEssentials
import HTTPTransport
import Model
import Testing

@testable import ControlAPI

@Suite("The control API, as DC/OS reads it", .timeLimit(.minutes(6)))
struct ClusterTests {
    private static let request = #"{"source":"guestbook","suite":{"image":"a","command":"c"}}"#
    private static let moment = Timestamp(Instant(milliseconds: 0))

    private func health(_ framework: HealthView.Framework, stuck: Int = 0) -> HealthView {
        HealthView(
            subscribed: framework == .subscribed,
            leader: true,
            store: true,
            portworx: true,
            since: Self.moment,
            framework: framework,
            stuckCopies: stuck
        )
    }

    private func read<Value: Decodable>(_ response: HTTPResponse, as type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(response.body))
    }

    @Test("says how the service is by its status, which is never one that ends a task")
    func serviceStatus() async throws {
        let run = RunID("r1")
        let cases: [(ServiceSituation, Int, String)] = [
            (.init(health: health(.subscribed)), 200, "Running"),
            (.init(health: health(.away)), 202, "Deploying"),
            (
                .init(health: health(.subscribed), starving: [.init(run: run, why: "w")]), 203,
                "Degraded (Awaiting Resources)"
            ),
            (.init(health: health(.subscribed), pause: "p"), 205, "Degraded (Recovering)"),
            (.init(health: health(.subscribed, stuck: 1)), 206, "Degraded"),
            (.init(health: health(.subscribed), snapshotting: [run]), 320, "Backing up"),
            (.init(health: health(.subscribed), cloning: [run]), 321, "Restoring"),
        ]
        try await ServerHarness.with { server async throws in
            for (situation, code, words) in cases {
                await server.service.become(situation)
                let answer = try await server.send("GET", "/v1/service-status")
                #expect(answer.head.status == code)
                let status = try read(answer, as: ServiceStatus.self)
                #expect(status.status == words && status.code.rawValue == code)
                #expect(answer.head.header("Location") == nil)
                #expect(try await server.status("HEAD", "/v1/service-status") == code)
            }
        }
    }

    @Test("is alive whatever it can do")
    func alive() async throws {
        try await ServerHarness.with { server async throws in
            await server.service.become(ableToAct: false)
            let answer = try await server.send("GET", "/v1/alive")
            #expect(answer.head.status == 200)
            #expect(text(answer) == #"{"alive":true,"role":"leader"}"#)
            #expect(try await server.status("HEAD", "/v1/alive") == 200)
            #expect(try await server.status("GET", "/v1/health") == 503, "which is another matter")
        }
    }

    @Test("is not alive while its scheduler does not answer, asks it once, and is again when it does")
    func hangs() async throws {
        let service = FakeRunService()
        let (gate, open) = AsyncStream<Void>.makeStream()
        await service.hang(until: gate)
        let responder = ControlResponder(
            service: service,
            access: AccessGate(tokens: nil, logger: .silent),
            bodies: BodyGate(),
            streams: EventStreams(),
            helper: nil,
            logger: .silent,
            life: LifeProbe(limit: .milliseconds(20))
        )
        for _ in 0..<3 {
            let answer = await responder.alive()
            #expect(answer.status == 503)
            #expect(String(decoding: answer.body, as: UTF8.self) == #"{"alive":false,"role":"leader"}"#)
        }
        #expect(await service.healthAsked == 1)
        await service.hang(until: nil)
        open.finish()
        while await responder.alive().status != 200 { await Task.yield() }
    }

    @Test("lists its plans, and has a run's with 202 while it goes on and with 200 when it is over")
    func plans() async throws {
        try await ServerHarness.with { server async throws in
            #expect(try await server.status("POST", "/v1/runs", Self.request) == 201)
            #expect(text(try await server.send("GET", "/v1/plans")) == #"["deploy","run-r1"]"#)
            for phase in Phase.allCases {
                if phase == .ending { await server.service.change(RunID("r1")) { $0.result = .failed } }
                if phase != .requested { await server.service.enter(phase) }
                let answer = try await server.send("GET", "/v1/plans/run-r1")
                #expect(answer.head.status == (phase == .ended ? 200 : 202), "\(phase)")
                let plan = try read(answer, as: PlanView.self)
                #expect(plan.isOver == (phase == .ended))
                #expect(try await server.status("HEAD", "/v1/plans/run-r1") == answer.head.status)
            }
            #expect(try read(await server.send("GET", "/v1/plans/run-r1"), as: PlanView.self).status == .error)
        }
    }

    @Test("has its own plan with exactly 200 when it is complete, and never with 300 or more")
    func deploy() async throws {
        try await ServerHarness.with { server async throws in
            let done = try await server.send("GET", "/v1/plans/deploy")
            #expect(done.head.status == 200)
            let plan = try read(done, as: PlanView.self)
            #expect(plan.status == .complete)
            #expect(
                text(done).hasPrefix(
                    #"{"errors":[],"phases":[{"id":"deploy.scheduler","name":"scheduler","status":"COMPLETE","steps":["#
                        + #"{"id":"deploy.scheduler.state","message":""#
                )
            )
            for framework in [HealthView.Framework.away, .removed] {
                await server.service.become(ServiceSituation(health: health(framework)))
                #expect(try await server.status("GET", "/v1/plans/deploy") == 202)
            }
        }
    }

    @Test(
        "has no other plan, endpoint or source, whatever the name",
        arguments: [
            "plans/recovery", "plans/run-r9", "plans/%2e%2e", "plans/..", "plans/", "plans/run-", "plans/deploy/",
            "plans/deploy/x",
            "endpoints/cassandra-r9", "endpoints/cassandra", "endpoints/%2e%2e", "endpoints/", "endpoints/api/x",
            "sources/", "sources/%2e%2e", "sources/a/b", "state", "state/", "state/framework", "state/frameworkId/",
            "alive/", "service-status/x",
        ]
    )
    func nowhere(_ path: String) async throws {
        try await ServerHarness.with { server async throws in
            let answer = try await server.send("GET", "/v1/\(path)")
            #expect(answer.head.status == 404)
            #expect(answer.head.header("Content-Type") == "application/json")
        }
    }

    @Test("refuses a name as long as a head may be, and a longer one", arguments: ["plans", "endpoints", "sources"])
    func long(_ kind: String) async throws {
        try await ServerHarness.with { server async throws in
            #expect(try await server.status("GET", "/v1/\(kind)/run-\(String(repeating: "a", count: 5_000))") == 404)
            #expect(try await server.status("GET", "/v1/\(kind)/run-\(String(repeating: "a", count: 10_240))") == 431)
        }
    }

    @Test("says where it is, and where runs are that may be used, and no login")
    func endpoints() async throws {
        try await ServerHarness.with { server async throws in
            #expect(try await server.status("POST", "/v1/runs", Self.request) == 201)
            #expect(text(try await server.send("GET", "/v1/endpoints")) == #"["api"]"#)
            #expect(try await server.status("GET", "/v1/endpoints/cassandra-r1") == 404)
            let api = try await server.send("GET", "/v1/endpoints/api")
            #expect(text(api) == #"{"address":["127.0.0.1:\#(server.port)"]}"#)
            await server.service.change(RunID("r1")) { view in
                view.endpoints = ["10.0.0.1", "fd00::2"].map { .init(host: $0, port: 9_042, user: "guest") }
                view.endpoint = view.endpoints.first
            }
            #expect(text(try await server.send("GET", "/v1/endpoints")) == #"["api","cassandra-r1"]"#)
            let ring = try await server.send("GET", "/v1/endpoints/cassandra-r1")
            #expect(text(ring) == #"{"address":["10.0.0.1:9042","[fd00::2]:9042"]}"#)
            #expect(try await server.status("HEAD", "/v1/endpoints/cassandra-r1") == 200)
        }
    }

    @Test("tells Cosmos its framework id as a list of one text, and nothing before it has one")
    func frameworkID() async throws {
        try await ServerHarness.with { server async throws in
            #expect(try await server.status("GET", "/v1/state/frameworkId") == 404)
            await server.service.subscribe(as: FrameworkID("abc-0001"))
            let answer = try await server.send("GET", "/v1/state/frameworkId")
            #expect(answer.head.status == 200)
            #expect(text(answer) == #"["abc-0001"]"#)
        }
    }

    @Test("asks nobody for a token who looks after the process, and everybody else")
    func tokens() async throws {
        let disk = try TokensOnDisk()
        let access = AccessGate(tokens: try TokenFile(path: disk.path, logger: .silent), logger: .silent)
        try await ServerHarness.with(access: access) { server async throws in
            await server.service.subscribe(as: FrameworkID("f"))
            for path in ["alive", "service-status", "plans/deploy", "state/frameworkId"] {
                #expect(try await server.status("GET", "/v1/\(path)") == 200, "\(path)")
            }
            for path in ["plans", "plans/run-r1", "endpoints", "endpoints/api"] {
                #expect(try await server.status("GET", "/v1/\(path)") == 401, "\(path)")
            }
            let run = [(name: "Authorization", value: "Bearer \(TokensOnDisk.run)")]
            for (method, path) in [("PUT", "sources/s"), ("DELETE", "sources/s"), ("POST", "uninstall")] {
                #expect(try await server.status(method, "/v1/\(path)") == 401, "\(path)")
                #expect(try await server.status(method, "/v1/\(path)", headers: run) == 403, "\(path)")
            }
        }
    }

    @Test("takes a source as it comes, up to 64 KiB of it, and takes it away again")
    func sources() async throws {
        try await ServerHarness.with { server async throws in
            let document = #"{"name":"shop"}"#
            let put = try await server.send("PUT", "/v1/sources/shop", document)
            #expect(put.head.status == 200)
            #expect(text(put).contains(#""name":"shop""#))
            #expect(await server.service.given[SourceName("shop")] == Array(document.utf8))
            let long = document + String(repeating: " ", count: SourceLimits.documentBytesMax)
            let refused = try await server.send("PUT", "/v1/sources/shop", long)
            #expect(refused.head.status == 413)
            #expect(text(refused).contains("api.body_too_large"))
            #expect(await server.service.given[SourceName("shop")] == Array(document.utf8))
            let origin = [(name: "Origin", value: "http://elsewhere.example")]
            #expect(try await server.status("PUT", "/v1/sources/shop", document, headers: origin) == 403)
            #expect(try await server.status("DELETE", "/v1/sources/shop", headers: origin) == 403)
            #expect(try await server.status("DELETE", "/v1/sources/shop") == 204)
            #expect(try await server.status("DELETE", "/v1/sources/shop") == 404)
            #expect(try await server.allowed("GET", "/v1/sources/shop") == "DELETE, PUT")
        }
    }

    @Test("begins its end when it is asked for, and answers with the plan that is then waited for")
    func uninstall() async throws {
        try await ServerHarness.with { server async throws in
            #expect(try await server.status("POST", "/v1/uninstall", #"{"now":1}"#) == 400)
            #expect(try await server.status("GET", "/v1/plans/deploy") == 200)
            let answer = try await server.send("POST", "/v1/uninstall")
            #expect(answer.head.status == 202)
            #expect(try read(answer, as: PlanView.self).status == .waiting)
            #expect(try await server.status("GET", "/v1/service-status") == 202)
            #expect(try await server.allowed("GET", "/v1/uninstall") == "POST")
        }
    }

    @Test("of a standby says that it is well and waits, and refuses everything else")
    func standby() async throws {
        let server = try ControlServer(
            host: "127.0.0.1",
            port: 0,
            standby: Standby(obstacle: "the scheduler at 10.0.0.1:1 leads", store: true),
            clock: { Instant(milliseconds: 0) },
            logger: .silent
        )
        let running = Task { try await server.run() }
        let address = try #require(await server.address())
        let http = try HTTPClient()
        func send(_ method: String, _ path: String) async throws -> HTTPResponse {
            try await http.send(HTTPRequest(method: method, url: "http://127.0.0.1:\(address.port)\(path)"))
        }
        let alive = try await send("GET", "/v1/alive")
        #expect(alive.head.status == 200)
        #expect(text(alive) == #"{"alive":true,"role":"standby"}"#)
        let status = try await send("GET", "/v1/service-status")
        #expect(status.head.status == 200)
        let said = #"{"code":200,"reasons":["the scheduler at 10.0.0.1:1 leads"],"status":"Standby"}"#
        #expect(text(status) == said)
        #expect(try await text(send("GET", "/v1/plans")) == #"["deploy"]"#)
        let plan = try await send("GET", "/v1/plans/deploy")
        #expect(plan.head.status == 202)
        #expect(text(plan).contains("the scheduler at 10.0.0.1:1 leads"))
        #expect(try await send("HEAD", "/v1/alive").head.status == 200)
        for path in ["/v1/plans/run-r1", "/v1/endpoints", "/v1/state/frameworkId", "/v1/runs", "/v1/health", "/v1/x"] {
            #expect(try await send("GET", path).head.status == 503, "\(path)")
        }
        #expect(try await send("POST", "/v1/alive").head.status == 503)
        await http.shutdown()
        running.cancel()
        try await running.value
    }

    @Test("takes what a gateway sends with every request for no upgrade, and keeps the connection")
    func upgrade() async throws {
        try await ServerHarness.with { server async throws in
            let one = "GET /v1/alive HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n\r\n"
            let last = "GET /v1/plans HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            let port = server.port
            let raw = try await withCheckedThrowingContinuation { continuation in
                DispatchQueue(label: "raw connection").async {
                    let bytes = Array((one + one + last).utf8)
                    continuation.resume(with: Result { try RawConnection.exchange(port: port, bytes, finishes: false) })
                }
            }
            #expect(raw.components(separatedBy: "HTTP/1.1 200 OK").count == 4)
            #expect(raw.hasSuffix(#"["deploy"]"#))
        }
    }
}
