import HTTPTransport
import ScriptedServer
import Testing

/// The error that a request ends with.
func failure(_ client: HTTPClient, _ request: HTTPRequest) async -> HTTPError? {
    do throws(HTTPError) {
        _ = try await client.send(request)
        return nil
    } catch {
        return error
    }
}

@Suite("how a request fails")
struct FailureTests {
    /// Never reached in a test that passes.
    private let patience = HTTPDeadlines(connect: .seconds(50), stall: .seconds(50), total: .seconds(50))

    @Test("a port where nobody listens is a failure to connect, and safe", .timeLimit(.minutes(6)))
    func refused() async throws {
        // Below all ports that a test could be given: one that was just given back may be another test's by now.
        let error = try #require(await failure(HTTPClient(), .init(method: "POST", url: "http://127.0.0.1:1")))
        #expect(error.code == "http.connect_failed")
        #expect(error.retry == .safe)
        #expect(error.curlCode == 7)
    }

    @Test("a TLS handshake that does not end meets the connect deadline", .timeLimit(.minutes(6)))
    func connectDeadline() async throws {
        let server = try ScriptedServer.scripted { _ in [.waitForEnd] }
        defer { server.stop() }
        var deadlines = patience
        deadlines.connect = .milliseconds(100)
        let url = "https://127.0.0.1:\(server.port)/"
        let error = try #require(await failure(HTTPClient(), .init(url: url, deadlines: deadlines)))
        #expect(error.code == "http.connect_failed")
        #expect(error.retry == .safe)
        #expect(await server.wait { $0.ends == 1 })
    }

    @Test(
        "silence meets the stall deadline, before the answer and within it",
        .timeLimit(.minutes(6)),
        arguments: ["", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"]
    )
    func stall(sent: String) async throws {
        let server = try ScriptedServer.scripted { _ in [.readRequest, .write(sent), .waitForEnd] }
        defer { server.stop() }
        var deadlines = patience
        deadlines.stall = .milliseconds(100)
        let error = try #require(await failure(HTTPClient(), .init(url: server.url, deadlines: deadlines)))
        #expect(error.code == "http.stalled")
        #expect(error.retry == .outcomeUnknown)
        #expect(await server.wait { $0.ends == 1 })
    }

    @Test("an answer that never ends meets the total deadline", .timeLimit(.minutes(6)))
    func totalDeadline() async throws {
        let server = try ScriptedServer.scripted { _ in
            [.readRequest, .write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"), .waitForEnd]
        }
        defer { server.stop() }
        var deadlines = patience
        deadlines.total = .milliseconds(100)
        let error = try #require(await failure(HTTPClient(), .init(url: server.url, deadlines: deadlines)))
        #expect(error.code == "http.deadline")
        #expect(error.retry == .outcomeUnknown)
        #expect(await server.wait { $0.ends == 1 })
    }

    @Test("a request that never got a connection is safe to send again", .timeLimit(.minutes(6)))
    func waitingForConnection() async throws {
        let server = try ScriptedServer.scripted { _ in [.readRequest, .waitForEnd] }
        defer { server.stop() }
        let client = try HTTPClient(.init(connectionsPerHost: 1))
        let url = server.url
        let holder = Task { [patience] in await failure(client, .init(url: url, deadlines: patience)) }
        await server.wait { $0.requests == 1 }
        var deadlines = patience
        deadlines.total = .milliseconds(100)
        let late = try #require(await failure(client, .init(method: "POST", url: url, deadlines: deadlines)))
        #expect(late.code == "http.deadline")
        #expect(late.retry == .safe)
        deadlines = HTTPDeadlines(connect: .milliseconds(50), stall: .milliseconds(50), total: nil)
        let stalled = try #require(await failure(client, .init(method: "POST", url: url, deadlines: deadlines)))
        #expect(stalled.code == "http.stalled")
        #expect(stalled.retry == .safe)
        holder.cancel()
        #expect(await holder.value?.code == "http.cancelled")
        #expect(server.counts.connections == 1)
    }

    @Test(
        "a header past the limit ends the transfer",
        .timeLimit(.minutes(6)),
        arguments: [
            (1 << 10, "A: " + String(repeating: "x", count: 1 << 10)),
            (1 << 10, String(repeating: "A: b\r\n", count: 200)),
            (64 << 10, "A: " + String(repeating: "x", count: 200 << 10)),
        ]
    )
    func headerLimit(limit: Int, header: String) async throws {
        let server = try ScriptedServer.scripted { _ in
            [.readRequest, .write("HTTP/1.1 200 OK\r\n\(header)\r\n\r\n"), .waitForEnd]
        }
        defer { server.stop() }
        let limits = HTTPLimits(headerBytes: limit)
        let request = HTTPRequest(url: server.url, deadlines: patience, limits: limits)
        let error = try #require(await failure(HTTPClient(), request))
        #expect(error.code == "http.header_too_large")
        #expect(error.retry == .outcomeUnknown)
        #expect(await server.wait { $0.ends == 1 })
    }

    @Test("a body of the limit passes and one byte more does not", .timeLimit(.minutes(6)))
    func bodyLimit() async throws {
        let server = try ScriptedServer { request in
            .init(body: [UInt8](repeating: 1, count: request.path == "/fits" ? 100_000 : 100_001))
        }
        defer { server.stop() }
        let client = try HTTPClient()
        let limits = HTTPLimits(bodyBytes: 100_000)
        let answer = try await client.send(.init(url: server.url + "/fits", limits: limits))
        #expect(answer.body.count == 100_000)
        let error = try #require(await failure(client, .init(url: server.url + "/more", limits: limits)))
        #expect(error.code == "http.body_too_large")
        #expect(await server.wait { $0.ends == 1 })
    }

    @Test(
        "an answer that is cut off is never a whole one",
        .timeLimit(.minutes(6)),
        arguments: [
            ("", "http.closed"),
            ("HTTP/1.1 200 OK\r\nContent-Le", "http.closed"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", "http.closed"),
            ("HTTP/1.1 100 Continue\r\n\r\n", "http.closed"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "http.truncated"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "http.truncated"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "http.truncated"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", "http.truncated"),
            ("SSH-2.0-hello\r\n\r\n", "http.bad_response"),
            ("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "http.bad_response"),
            ("HTTP/1.1 200 OK\r\nblank : x\r\n\r\n", "http.bad_response"),
        ]
    )
    func cutOff(sent: String, code: String) async throws {
        for last in [ScriptedServer.Action.close, .reset] {
            // A reset may overtake the bytes before it, so that its code depends on what was read.
            let server = try ScriptedServer.scripted { _ in [.readRequest, .write(sent), last] }
            defer { server.stop() }
            let error = try #require(await failure(HTTPClient(), .init(method: "POST", url: server.url)))
            if case .close = last { #expect(error.code == code, "\(error)") }
            #expect(error.retry == .outcomeUnknown)
        }
    }

    @Test("a body without length or chunks ends with its connection", .timeLimit(.minutes(6)))
    func untilClose() async throws {
        let server = try ScriptedServer.scripted { _ in [.readRequest, .write("HTTP/1.0 200 OK\r\n\r\nhello"), .close] }
        defer { server.stop() }
        #expect(try await HTTPClient().send(.init(url: server.url)).body == Array("hello".utf8))
    }

    @Test("after a kept connection closes, a GET is repeated and a POST is not", .timeLimit(.minutes(6)))
    func repetition() async throws {
        let empty = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        let server = try ScriptedServer.scripted { _ in [.readRequest, .write(empty), .readRequest, .close] }
        defer { server.stop() }
        let client = try HTTPClient()
        _ = try await client.send(.init(url: server.url))
        _ = try await client.send(.init(url: server.url))
        #expect(server.counts.requests == 3)
        #expect(server.counts.connections == 2)
        let error = try #require(await failure(client, .init(method: "POST", url: server.url)))
        #expect(error.code == "http.closed")
        #expect(error.retry == .outcomeUnknown)
        #expect(server.counts.requests == 4)
    }
}
