import HTTPTransport
import ScriptedServer
import Testing

@Suite("TLS", .enabled(if: OpenSSLServer.isInstalled, "openssl makes the certificate and serves it"))
struct TLSTests {
    @Test("a server is trusted by the given authority, under the name it is certified for", .timeLimit(.minutes(6)))
    func authority() async throws {
        let server = try OpenSSLServer()
        let client = try HTTPClient(.init(caFile: server.certificate))
        let answer = try await client.send(.init(url: "https://127.0.0.1:\(server.port)/"))
        #expect(answer.head.status == 200)
        #expect(!answer.body.isEmpty)
        let error = try #require(await failure(client, .init(method: "POST", url: "https://localhost:\(server.port)/")))
        #expect(error.code == "http.tls")
        #expect(error.retry == .safe)
    }

    @Test("a server that nobody vouches for gets no request", .timeLimit(.minutes(6)))
    func unknownAuthority() async throws {
        let server = try OpenSSLServer()
        let error = try #require(await failure(HTTPClient(), .init(url: "https://127.0.0.1:\(server.port)/")))
        #expect(error.code == "http.tls")
        #expect(error.retry == .safe)
        #expect(error.curlCode == 60)
    }

    @Test("who asks for it speaks with anybody, whatever its name", .timeLimit(.minutes(6)))
    func unverified() async throws {
        let server = try OpenSSLServer()
        let client = try HTTPClient(.init(verifiesPeer: false))
        #expect(try await client.send(.init(url: "https://127.0.0.1:\(server.port)/")).head.status == 200)
        #expect(try await client.send(.init(url: "https://localhost:\(server.port)/")).head.status == 200)
    }

    @Test("a file that holds no certificate trusts nobody", .timeLimit(.minutes(6)))
    func noCertificate() async throws {
        let server = try OpenSSLServer()
        let client = try HTTPClient(.init(caFile: #filePath))
        let error = try #require(await failure(client, .init(url: "https://127.0.0.1:\(server.port)/")))
        #expect(error.code == "http.bad_configuration")
        #expect(error.retry == .never)
    }

    @Test("a server that speaks no TLS is no server", .timeLimit(.minutes(6)))
    func plain() async throws {
        let server = try ScriptedServer.scripted { _ in [.write("HTTP/1.1 200 OK\r\n\r\n"), .waitForEnd] }
        defer { server.stop() }
        let error = try #require(await failure(HTTPClient(), .init(url: "https://127.0.0.1:\(server.port)/")))
        #expect(error.code == "http.tls")
        #expect(error.retry == .safe)
    }
}
