import HTTPTransport
import ScriptedServer
import Testing

@Suite("what is refused before anything is sent")
struct RequestCheckTests {
    @Test(
        "a header that would become another line is refused",
        .timeLimit(.minutes(6)),
        arguments: [
            ("X\r\nY", "1"), ("X", "1\r\nY: 2"), ("X", "1\nY: 2"), ("X", "1\rY: 2"), ("X", "1\0"), ("X\0", "1"),
            ("", "1"),
            ("X:", "1"), ("X Y", "1"), ("X", "\u{7f}"), ("é", "1"),
            ("Content-Length", "3"), ("transfer-encoding", "chunked"), ("Expect", "100-continue"),
        ]
    )
    func headers(name: String, value: String) async throws {
        try await expectRefusal(.init(url: "http://127.0.0.1:1/", headers: [(name, value)]), "http.bad_request")
    }

    @Test(
        "a method that is no token is refused",
        .timeLimit(.minutes(6)),
        arguments: ["", "GET ", "GET / HTTP/1.1\r\nX:", "G\0T", "CONNECT", String(repeating: "A", count: 33)]
    )
    func methods(method: String) async throws {
        try await expectRefusal(.init(method: method, url: "http://127.0.0.1:1/"), "http.bad_request")
    }

    @Test(
        "a URL that is not plain http or https is refused",
        .timeLimit(.minutes(6)),
        arguments: [
            "", "127.0.0.1", "//127.0.0.1/", "file:///etc/passwd", "ftp://127.0.0.1/", "http://", "http:///path",
            "http://127.0.0.1:1/a b", "http://127.0.0.1:1/\r\nX: y", "http://127.0.0.1:1/\0", "http://127.0.0.1:99999/",
            "http://user:secret@127.0.0.1:1/", "http://[::1/", "http://127.0.0.1:1/ü",
            "http://127.0.0.1:1/" + String(repeating: "a", count: 16 << 10),
        ]
    )
    func urls(url: String) async throws {
        try await expectRefusal(.init(url: url), "http.bad_url")
    }

    @Test("more header bytes than servers take are refused", .timeLimit(.minutes(6)))
    func manyHeaders() async throws {
        let headers = (0..<1000).map { (name: "X-\($0)", value: String(repeating: "x", count: 100)) }
        try await expectRefusal(.init(url: "http://127.0.0.1:1/", headers: headers), "http.bad_request")
    }

    @Test("a secret in a query is in no message", .timeLimit(.minutes(6)))
    func secrets() async throws {
        let url = "http://127.0.0.1:1/path?token=secret"
        let error = try #require(await failure(HTTPClient(), .init(url: url)))
        #expect(error.description.contains("/path"))
        #expect(!error.description.contains("secret"))
    }

    @Test("a configuration that cannot work is refused")
    func configurations() {
        let impossible = [
            HTTPConfiguration(connectionsPerHost: 0), HTTPConfiguration(connectionsPerHost: -1),
            HTTPConfiguration(caFile: "/nowhere/ca.pem"), HTTPConfiguration(userAgent: "a\r\nb: c"),
        ]
        for configuration in impossible {
            let error = #expect(throws: HTTPError.self) { try HTTPClient(configuration) }
            #expect(error?.code == "http.bad_configuration")
            #expect(error?.retry == .never)
        }
    }

    private func expectRefusal(_ request: HTTPRequest, _ code: String) async throws {
        let error = try #require(await failure(HTTPClient(), request))
        #expect(error.code == code)
        #expect(error.retry == .never)
    }
}
