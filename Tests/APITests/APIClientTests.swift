import HTTPTransport
import Model
import Testing

@testable import API

@Suite("The client")
struct APIClientTests {
    private func client(_ steps: ScriptedTransport.Step...) throws -> (APIClient, ScriptedTransport) {
        let transport = ScriptedTransport(steps)
        return (try APIClient(url: "http://localhost:1/base/", transport: transport), transport)
    }

    @Test("sends what the API documents")
    func calls() async throws {
        let (client, transport) = try client(.view(201, .sample), .view(200, .sample), .view(202, .sample))
        let request = RunRequest(key: "k", source: SourceName("guestbook"))
        let (run, created) = try await client.submit(request)
        #expect(created)
        #expect(run == .sample)
        #expect(try await client.run(RunID("7f3k")) == .sample)
        #expect(try await client.release(RunID("7f3k")) == .sample)
        #expect(
            transport.calls.map { "\($0.method) \($0.url)" } == [
                "POST http://localhost:1/base/v1/runs", "GET http://localhost:1/base/v1/runs/7f3k",
                "DELETE http://localhost:1/base/v1/runs/7f3k",
            ]
        )
        #expect(String(decoding: transport.calls[0].body, as: UTF8.self) == #"{"key":"k","source":"guestbook"}"#)
    }

    @Test("tells a new run from one with the same key")
    func sameKey() async throws {
        let (client, _) = try client(.view(200, .sample))
        let (_, created) = try await client.submit(RunRequest(source: SourceName("a")))
        #expect(!created)
    }

    @Test("hands on a refusal as the scheduler wrote it")
    func refusal() async throws {
        let (client, _) = try client(.answer(409, #"{"code":"scheduler.quota","message":"full","field":"source"}"#))
        let error = await #expect(throws: APIError.self) {
            try await client.submit(RunRequest(source: SourceName("a")))
        }
        #expect(error?.kind == .refused(status: 409))
        #expect(error?.body == ErrorBody(code: "scheduler.quota", message: "full", field: "source"))
        #expect(error?.isTransient == false)
    }

    @Test("tells a gateway without a scheduler from another server")
    func strangers() async throws {
        let (client, _) = try client(
            .answer(502, "<html>"),
            .answer(500, "oops"),
            .answer(200, "<html>"),
            .answer(301, ""),
            .answer(200, #"{"id":7}"#)
        )
        let kinds: [APIError.Kind] = [
            .unreachable(mayHaveHappened: true), .badAnswer, .badAnswer, .badAnswer, .badAnswer,
        ]
        for kind in kinds {
            let error = await #expect(throws: APIError.self) { try await client.run(RunID("a")) }
            #expect(error?.kind == kind)
        }
    }

    @Test("takes the health of a scheduler that cannot act, and fields that it does not know")
    func health() async throws {
        let text =
            #"{"subscribed":false,"leader":true,"store":true,"portworx":true,"standIn":true,"#
            + #""since":"2026-11-23T20:21:00.123Z","frameworkId":null,"obstacle":"no master","access":"tokens","refusedTokens":3,"#
            + #""framework":"removed","strayTasks":2,"stuckCopies":1,"new":1}"#
        let (client, _) = try client(.answer(503, text))
        let health = try await client.health()
        #expect(!health.isAbleToAct)
        #expect(health.obstacle == "no master")
        #expect(health.framework == .removed && health.strayTasks == 2 && health.stuckCopies == 1)
    }

    @Test(
        "refuses an address that is none",
        arguments: [
            "", "localhost:1", "ftp://a", "http://", "http:///a", "http://a b", "http://a?x", "http://u@a", "http://é",
        ]
    )
    func addresses(_ url: String) {
        let error = #expect(throws: APIError.self) { try APIClient(url: url, transport: ScriptedTransport([])) }
        #expect(error?.code == .badURL)
    }

    @Test("sends its token with every call, to its own address alone")
    func token() async throws {
        let transport = ScriptedTransport([.answer(302, "")])
        let token = Secret("0123456789abcdef")
        let client = try APIClient(url: "http://localhost:1", transport: transport, credential: .bearer(token))
        let error = await #expect(throws: APIError.self) { try await client.run(RunID("a")) }
        #expect(error?.kind == .badAnswer, "a redirect is no answer, and is not followed")
        _ = await #expect(throws: APIError.self) { try await client.submit(RunRequest(source: SourceName("a"))) }
        #expect(transport.calls.count == 2)
        for call in transport.calls {
            #expect(call.headers.last?.name == "Authorization")
            #expect(call.headers.last?.value == "Bearer 0123456789abcdef")
            #expect(!"\(call)".contains("0123456789abcdef"))
        }
        #expect(!APICall(method: "GET", url: "", within: .zero).headers.contains { $0.name == "Authorization" })
    }

    @Test("says that nobody listens", .timeLimit(.minutes(6)))
    func nobody() async throws {
        // Port 1 needs root to listen on, and nothing here does.
        let client = try APIClient(url: "http://127.0.0.1:1", http: HTTPClient())
        let error = await #expect(throws: APIError.self) { try await client.health() }
        #expect(error?.kind == .unreachable(mayHaveHappened: false))
        await client.shutdown()
    }
}
