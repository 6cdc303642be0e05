import HTTPTransport
import Model
import ScriptedServer
import Testing

@testable import Portworx

/// The real transport, over loopback.
@Suite("The client over a socket", .timeLimit(.minutes(6)))
struct SocketTests {
    private func client(_ server: ScriptedServer, token: Secret? = nil) throws -> PortworxClient {
        try PortworxClient(url: server.url + "/", http: HTTPClient(), token: token)
    }

    private func server(_ recorded: String...) throws -> ScriptedServer {
        let calls = try recorded.map { try RecordedCall.named($0) }
        return try ScriptedServer { request in
            guard let call = calls.first(where: { $0.method == request.method && $0.target == request.path }) else {
                return .text("Not Found\n", status: 404)
            }
            return .text(call.answer, status: call.status, type: "application/json")
        }
    }

    @Test("recorded answers are read over HTTP, and requests carry what they should")
    func roundTrip() async throws {
        let server = try server("identity-version", "nodes-filters", "volume-inspectwithfilters-name")
        defer { server.stop() }
        let client = try client(server)
        #expect(try await client.nodes() == [ReadingTests.recordedNode])
        #expect(try await client.volume(named: "cass-prod-high")?.id == VolumeID(Recorded.production))
        #expect(
            server.requests.map { "\($0.method) \($0.path)" } == [
                "GET /v1/identities/version", "GET /v1/nodes/filters", "POST /v1/volumes/inspectwithfilters",
            ]
        )
        #expect(server.requests.map { $0.header("Content-Type") } == [nil, nil, "application/json"])
        #expect(
            server.requests.allSatisfy {
                $0.header("Accept") == "application/json" && $0.header("Authorization") == nil
            }
        )
    }

    @Test("the token goes out as bearer, and shows in no error and no description")
    func token() async throws {
        let server = try server("expired-volumes")
        defer { server.stop() }
        let secret = "eyJhbGciOiJIUzI1NiJ9.e30.s3cr3t"
        let client = try client(server, token: Secret(secret))
        let error = try #require(await failure(client.version))
        #expect(server.requests.map { $0.header("Authorization") } == ["bearer \(secret)"])
        var shown = "\(error) \(error.fault) \(client) \(client.transport) \(String(reflecting: client.transport))"
        dump(client, to: &shown)
        #expect(!shown.contains("s3cr3t"))
    }

    @Test("a token that cannot be a header is refused without being shown")
    func badToken() async throws {
        let server = try server()
        defer { server.stop() }
        let client = try client(server, token: Secret("s3cr3t\r\nX: y"))
        let error = try #require(await failure(client.version))
        #expect(error.code == .refused)
        #expect(!error.message.contains("s3cr3t"))
        #expect(server.counts.connections == 0)
    }

    @Test("nobody listening is unreachable: nothing was sent")
    func unreachable() async throws {
        // No test's own port, which may be another test's by the time it is asked.
        let url = "http://127.0.0.1:1"
        let client = try PortworxClient(url: url, http: HTTPClient(), token: nil)
        let error = await failure(client.version)
        #expect(error?.code == .unreachable)
        #expect(error?.transient == true)
        let outcome = await client.delete(try DeleteTests.copy("7"))
        #expect(outcome.refusal?.code == "portworx.unreachable")
    }

    @Test("a connection that ends after a snapshot was asked for leaves it in doubt, and it is asked for once")
    func lost() async throws {
        let server = try ScriptedServer.scripted { _ in
            [.readRequest, .write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), .readRequest, .reset]
        }
        defer { server.stop() }
        let outcome = await (try client(server)).snapshot(of: VolumeID("1"), name: CopyName("c"), labels: [:])
        #expect(outcome.doubt?.code == "portworx.outcome_unknown")
        #expect(server.requests.map(\.path) == ["/v1/volumes/inspectwithfilters", "/v1/volumes/snapshots"])
    }

    @Test(
        "an answer that is cut off, or is no HTTP, is in doubt",
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"snapshot", "HTTP/1.1 2000\r\n\r\n", "",
        ]
    )
    func cutOff(answer: String) async throws {
        let server = try ScriptedServer.scripted { _ in [.readRequest, .write(answer), .close] }
        defer { server.stop() }
        let outcome = await (try client(server)).delete(try DeleteTests.copy("7"))
        #expect(outcome.doubt?.code == "portworx.outcome_unknown")
    }
}
