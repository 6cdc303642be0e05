import Model
import Testing

@testable import API

/// The client behind DC/OS' Admin Router, on a clock that moves in pauses alone.
@Suite("The way through Admin Router")
struct ServiceRouteTests {
    private let control = VirtualControl()
    private let lines = Lines()
    private let token = Secret("eyJhbGciOiJSUzI1NiJ9.eyJ1aWQiOiJhbGljZSJ9.c2ln")
    private let unknown = ScriptedTransport.Step.answer(404, "404 Not Found: service not found.\n")
    private let gateway = ScriptedTransport.Step.answer(502, "<html><head><title>502 Bad Gateway</title></head></html>")

    private func client(_ steps: ScriptedTransport.Step...) throws -> (APIClient, ScriptedTransport) {
        let transport = ScriptedTransport(steps)
        let route = ServiceRoute(name: "team/understudy", control: control, say: lines.add)
        let url = try ServiceRoute.address(of: route.name, in: "https://dcos.example.com/")
        return (try APIClient(url: url, transport: transport, credential: .dcos(token), route: route), transport)
    }

    private func waited() -> Span { control.now() - Instant(milliseconds: 0) }

    @Test("a call goes below the service's name, with the DC/OS token in its own form, which no text shows")
    func call() async throws {
        let (client, transport) = try client(.view(200, .sample))
        #expect(try await client.run(RunID("7f3k")) == .sample)
        let call = try #require(transport.calls.first)
        #expect(call.url == "https://dcos.example.com/service/team/understudy/v1/runs/7f3k")
        let header = try #require(call.headers.last)
        #expect(header.name == "Authorization" && header.value == "token=\(token.reveal())")
        #expect(!"\(call)".contains(token.reveal()) && !"\(client)".contains(token.reveal()))
    }

    @Test("a route that is late is waited for, and that is said once, after two seconds")
    func late() async throws {
        let (client, transport) = try client(unknown, gateway, unknown, gateway, gateway, .view(200, .sample))
        #expect(try await client.run(RunID("7f3k")) == .sample)
        #expect(transport.calls.count == 6)
        #expect(lines.all.count == 1 && lines.all[0].contains("waiting, up to 75s"), "\(lines.all)")
        #expect(zip(control.pauses, control.pauses.dropFirst()).allSatisfy { $0 < $1 }, "\(control.pauses)")
    }

    @Test("a short wait is not worth a word, and the next absence has the whole window again")
    func short() async throws {
        let (client, _) = try client(gateway, .view(200, .sample), gateway, .view(200, .sample))
        _ = try await client.run(RunID("a"))
        control.pass(.minutes(5))
        _ = try await client.run(RunID("a"))
        #expect(lines.all.isEmpty && control.pauses == [.milliseconds(500), .milliseconds(500)])
    }

    @Test("after 75 seconds a service that is not there is an answer, and one that is not reached may come back")
    func window() async throws {
        let (client, _) = try client(unknown)
        let error = await #expect(throws: APIError.self) { try await client.run(RunID("a")) }
        #expect(error?.code == .noRoute && error?.kind == .refused(status: 404) && error?.isTransient == false)
        #expect(error?.message.contains("team/understudy") == true)
        #expect(waited() == ServiceRoute.window)

        let (other, _) = try self.client(gateway)
        let away = await #expect(throws: APIError.self) { try await other.run(RunID("a")) }
        #expect(away?.code == .noRoute && away?.isTransient == true)
        #expect(waited() == ServiceRoute.window + ServiceRoute.window)
    }

    @Test("a call that must not arrive twice is repeated where it went nowhere, and not behind a gateway")
    func notRepeatable() async throws {
        let (client, transport) = try client(unknown, unknown, gateway, .view(202, .sample))
        let error = await #expect(throws: APIError.self) { try await client.reset(RunID("a")) }
        #expect(error?.code == .noRoute && error?.mayHaveHappened == true)
        #expect(transport.calls.count == 3)
    }

    @Test("a request with a key, and a release, are repeated behind a gateway")
    func repeatable() async throws {
        let (client, transport) = try client(gateway, .view(201, .sample), gateway, .view(202, .sample), gateway)
        let request = RunRequest(key: "nightly", source: SourceName("guestbook"))
        _ = try await client.submit(request)
        _ = try await client.release(RunID("7f3k"))
        #expect(transport.calls.map(\.method) == ["POST", "POST", "DELETE", "DELETE"])
        await #expect(throws: APIError.self) { try await client.submit(RunRequest(source: SourceName("guestbook"))) }
        #expect(transport.calls.count == 5)
    }

    @Test(
        "the router's own refusal is told from the scheduler's, and nobody waits for it",
        arguments: [
            (302, "", "api.no_login"), (401, "<html>", "api.no_login"), (403, "<html>", "api.no_permission"),
            (401, #"{"code":"api.unauthorized","message":"no","field":null}"#, "api.unauthorized"),
            (403, #" {"code":"api.forbidden","message":"no","field":null}"#, "api.forbidden"),
            (404, #"{"code":"api.unknown_run","message":"no","field":null}"#, "api.unknown_run"),
            (503, #"{"code":"api.paused","message":"no","field":null}"#, "api.paused"),
        ]
    )
    func refusals(status: Int, body: String, code: String) async throws {
        let (client, transport) = try client(.answer(status, body))
        let error = await #expect(throws: APIError.self) { try await client.run(RunID("a")) }
        #expect(error?.code.description == code)
        #expect(transport.calls.count == 1 && control.pauses.isEmpty)
    }

    @Test("the health of a scheduler that cannot act is its own word")
    func health() async throws {
        let (client, _) = try client(
            .answer(
                503,
                #"{"subscribed":false,"leader":true,"store":true,"portworx":true,"standIn":false,"#
                    + #""since":"2026-11-23T20:21:00.123Z","frameworkId":null,"obstacle":"no master","access":"tokens","#
                    + #""refusedTokens":0,"framework":"away","strayTasks":0,"stuckCopies":0}"#
            )
        )
        #expect(try await client.health().obstacle == "no master")
    }

    @Test("who follows a run repeats by itself, and gives up a service that is not there after the window")
    func follower() async throws {
        var running = RunView.sample
        running.phase = .waiting
        running.result = nil
        let (client, transport) = try client(unknown, gateway, .view(201, running), unknown)
        let follower = RunFollower(client: client, control: control, say: lines.add)
        let request = RunRequest(key: "k", source: SourceName("guestbook"))
        let outcome = await follower.follow(request, timeout: .minutes(30))
        guard case .refused(let error, let view) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(error.code == .noRoute && view == running)
        #expect(waited() < .minutes(3) && transport.calls.count > 20)
        #expect(lines.all.first?.contains("cannot answer") == true, "\(lines.all)")
    }

    @Test("Ctrl-C does not wait for the router")
    func interrupted() async throws {
        let impatient = VirtualControl(releaseAfter: .seconds(3))
        let route = ServiceRoute(name: "understudy", control: impatient, say: lines.add)
        let transport = ScriptedTransport([gateway])
        let client = try APIClient(url: "http://a/service/understudy", transport: transport, route: route)
        await #expect(throws: APIError.self) { try await client.run(RunID("a")) }
        #expect(impatient.now() < Instant(milliseconds: 10_000))
    }

    @Test(
        "a name is one that a service of ours can have",
        arguments: [
            ("understudy", "understudy"), ("/team/understudy", "team/understudy"), ("a/b/", "a/b"), ("", nil),
            ("/", nil), ("Team/x", nil), ("a/../b", nil), ("a?b", nil), ("a b", nil),
            (String(repeating: "a", count: 41), nil),
        ] as [(String, String?)]
    )
    func names(text: String, name: String?) {
        #expect(ServiceRoute.name(text) == name)
    }

    @Test(
        "what is not one cluster's address is refused",
        arguments: ["", "dcos.example.com", "http://a,http://b", "http://u@a"]
    )
    func clusters(text: String) {
        let error = #expect(throws: APIError.self) {
            let url = try ServiceRoute.address(of: "understudy", in: text)
            _ = try APIClient(url: url, transport: ScriptedTransport([]))
        }
        #expect(error?.code == .badURL)
    }
}
