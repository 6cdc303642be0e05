import Model
import Testing

@testable import API

@Suite("Several addresses of one scheduler")
struct APIAddressesTests {
    private let id = RunID("7f3k")
    private let standby = #"{"code":"api.standby","message":"another scheduler acts","field":null}"#

    private func client(_ steps: ScriptedTransport.Step...) throws -> (APIClient, ScriptedTransport) {
        let transport = ScriptedTransport(steps)
        return (try APIClient(url: "http://a:1, http://b:2/", transport: transport), transport)
    }

    private func hosts(_ transport: ScriptedTransport) -> [String] {
        transport.calls.map { call in String(call.url.dropFirst("http://".count).prefix(1)) }
    }

    @Test("a call goes on to the next address when it did not leave, and stays with who answers")
    func goesOn() async throws {
        let (client, transport) = try client(.unreachable(mayHaveHappened: false), .view(200, .sample))
        #expect(try await client.run(id) == .sample)
        #expect(try await client.run(id) == .sample)
        #expect(hosts(transport) == ["a", "b", "b"])
    }

    @Test("a call that may have arrived is not made twice, but the next one goes elsewhere")
    func isNotRepeated() async throws {
        let (client, transport) = try client(.unreachable(mayHaveHappened: true), .view(201, .sample))
        let request = RunRequest(source: SourceName("guestbook"))
        let error = await #expect(throws: APIError.self) { try await client.submit(request) }
        #expect(error?.mayHaveHappened == true)
        _ = try await client.submit(request)
        #expect(hosts(transport) == ["a", "b"])
    }

    @Test("a standby's refusal is passed over while another address may act, and told when none does")
    func standbys() async throws {
        let (client, transport) = try client(.answer(503, standby), .view(200, .sample), .answer(503, standby))
        #expect(try await client.run(id) == .sample)
        let error = await #expect(throws: APIError.self) { try await client.run(id) }
        #expect(error?.code == .standby && error?.isTransient == true)
        #expect(hosts(transport) == ["a", "b", "b", "a"])
    }

    @Test("no answer names every address; a refusal is whoever's answers")
    func names() async throws {
        let (client, _) = try client(.unreachable(mayHaveHappened: false))
        let error = await #expect(throws: APIError.self) { try await client.run(id) }
        #expect(error?.message == "http://a:1: connection refused; http://b:2: connection refused")
        #expect(client.url == "http://a:1, http://b:2")
        let (other, transport) = try self.client(.answer(404, #"{"code":"api.not_found","message":"no","field":null}"#))
        await #expect(throws: APIError.self) { try await other.run(id) }
        #expect(hosts(transport) == ["a"])
    }

    @Test("an address that is none is refused, wherever it stands", arguments: ["http://a:1,", ",", "http://a:1,b"])
    func malformed(_ text: String) {
        #expect(throws: APIError.self) { try APIAddresses(text) }
    }

    @Test("the ninth address is one too many")
    func tooMany() throws {
        #expect(try APIAddresses(Array(repeating: "http://a", count: 8).joined(separator: ",")).all.count == 8)
        #expect(throws: APIError.self) {
            try APIAddresses(Array(repeating: "http://a", count: 9).joined(separator: ","))
        }
    }
}
