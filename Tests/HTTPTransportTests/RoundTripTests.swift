import HTTPTransport
import ScriptedServer
import Testing

@Suite("what goes out and what comes back")
struct RoundTripTests {
    /// Answers with what it was asked.
    private static func echo(_ request: ScriptedServer.Request) -> ScriptedServer.Response {
        .init(status: 201, headers: [("X-Method", request.method), ("x-path", request.path)], body: request.body)
    }

    @Test(
        "each method goes out as it is, with and without a body",
        .timeLimit(.minutes(6)),
        arguments: ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"],
        [[], Array("hello".utf8)]
    )
    func methods(method: String, body: [UInt8]) async throws {
        let server = try ScriptedServer(Self.echo)
        defer { server.stop() }
        let client = try HTTPClient()
        let answer = try await client.send(.init(method: method, url: server.url + "/a/../b?c=d", body: body))
        #expect(answer.head.status == 201)
        #expect(answer.head.header("x-METHOD") == method)
        #expect(answer.head.header("X-Path") == "/a/../b?c=d")
        #expect(answer.body == body)
        let request = try #require(server.requests.first)
        let announcesLength = !body.isEmpty || ["POST", "PUT", "PATCH"].contains(method)
        #expect(request.header("Content-Length") == (announcesLength ? "\(body.count)" : nil))
        #expect(request.header("Expect") == nil)
        #expect(request.header("Content-Type") == nil)
        #expect(request.header("Transfer-Encoding") == nil)
        await client.shutdown()
    }

    @Test("an answer to HEAD has a length and no body", .timeLimit(.minutes(6)))
    func head() async throws {
        let server = try ScriptedServer { _ in .text("hello") }
        defer { server.stop() }
        let client = try HTTPClient()
        for _ in 0..<2 {
            let answer = try await client.send(.init(method: "HEAD", url: server.url))
            #expect(answer.head.header("content-length") == "5")
            #expect(answer.body.isEmpty)
        }
        #expect(server.counts.connections == 1)
    }

    @Test("a body of a mebibyte is sent without asking first", .timeLimit(.minutes(6)))
    func largeBody() async throws {
        let server = try ScriptedServer(Self.echo)
        defer { server.stop() }
        let body = [UInt8](repeating: 7, count: 1 << 20)
        let answer = try await HTTPClient().send(.init(method: "POST", url: server.url, body: body))
        #expect(answer.body == body)
        #expect(server.requests.first?.header("Expect") == nil)
    }

    @Test("headers go out in order, empty ones too, and replace the defaults", .timeLimit(.minutes(6)))
    func headers() async throws {
        let server = try ScriptedServer(Self.echo)
        defer { server.stop() }
        let client = try HTTPClient()
        let headers = [("X-A", "1"), ("X-Empty", ""), ("X-A", "2"), ("User-Agent", "me"), ("Content-Type", "a/b")]
        _ = try await client.send(.init(method: "POST", url: server.url, headers: headers, body: [1]))
        _ = try await client.send(.init(url: server.url))
        let sent = server.requests
        let ours = sent[0].headers.filter { $0.name.hasPrefix("X-") }.map { "\($0.name)=\($0.value)" }
        #expect(ours == ["X-A=1", "X-Empty=", "X-A=2"])
        #expect(sent[0].headers.filter { $0.name == "User-Agent" }.map(\.value) == ["me"])
        #expect(sent[0].header("content-type") == "a/b")
        #expect(sent[1].header("user-agent") == "understudy")
        #expect(sent[1].header("accept-encoding") == nil)
    }

    @Test("many requests use one connection", .timeLimit(.minutes(6)))
    func reuse() async throws {
        let server = try ScriptedServer(Self.echo)
        defer { server.stop() }
        let client = try HTTPClient()
        for number in 0..<50 {
            let answer = try await client.send(.init(method: "POST", url: server.url, body: [UInt8(number)]))
            #expect(answer.body == [UInt8(number)])
        }
        #expect(server.counts.connections == 1)
        #expect(server.counts.requests == 50)
    }

    @Test("a hundred requests at once keep to eight connections", .timeLimit(.minutes(6)))
    func connectionLimit() async throws {
        let server = try ScriptedServer.scripted { _ in
            [
                .readRequest, .stall(until: "go"), .write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
                .serve(Self.echo),
            ]
        }
        defer { server.stop() }
        let client = try HTTPClient()
        let url = server.url
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<100 {
                group.addTask { try await client.send(.init(url: url)).head.status }
            }
            await server.wait { $0.stalls == 8 }
            server.open("go")
            var answers = 0
            for try await status in group {
                #expect(status == 200 || status == 201)
                answers += 1
            }
            #expect(answers == 100)
        }
        #expect(server.counts.connections == 8)
        #expect(server.counts.requests == 100)
    }

    @Test("redirects, cookies and codings are left to the caller", .timeLimit(.minutes(6)))
    func noMemory() async throws {
        let server = try ScriptedServer { _ in
            .init(
                status: 302,
                headers: [("Location", "/elsewhere"), ("Set-Cookie", "a=b"), ("Content-Encoding", "gzip")],
                body: [1, 2, 3]
            )
        }
        defer { server.stop() }
        let client = try HTTPClient()
        for _ in 0..<2 {
            let answer = try await client.send(.init(url: server.url + "/here"))
            #expect(answer.head.status == 302)
            #expect(answer.body == [1, 2, 3])
        }
        #expect(server.requests.map(\.path) == ["/here", "/here"])
        #expect(server.requests.allSatisfy { $0.header("Cookie") == nil })
    }

    @Test("interim answers are skipped, trailers dropped, folded lines joined", .timeLimit(.minutes(6)))
    func oddButLegal() async throws {
        let answer = """
            HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n  c\r\nTransfer-Encoding: chunked\r\n\r\n\
            5;x=y\r\nhello\r\n0\r\nTrailer: late\r\n\r\n
            """
        let server = try ScriptedServer.scripted { _ in [.readRequest, .writeOneByOne(answer), .waitForEnd] }
        defer { server.stop() }
        let response = try await HTTPClient().send(.init(url: server.url))
        #expect(response.head.status == 200)
        #expect(response.head.headers.map { "\($0.name)=\($0.value)" } == ["A=b c", "Transfer-Encoding=chunked"])
        #expect(response.body == Array("hello".utf8))
    }
}
