import API
import HTTPTransport
import Model
import Testing

@testable import ControlAPI

@Suite("The page, by its routes", .timeLimit(.minutes(6)))
struct ClusterPageTests {
    private static let request = #"{"source":"guestbook"}"#

    private func isPage(_ response: HTTPResponse) -> Bool {
        response.head.header("Content-Type")?.hasPrefix("text/html") == true
    }

    /// What the page's form would send.
    private func token(in page: String) -> String? {
        let inputs = page.split(separator: "<").filter { $0.hasPrefix("input") && $0.contains(#"name="token""#) }
        guard let value = inputs.first?.split(separator: #"value=""#).last?.prefix(while: { $0 != "\"" }) else {
            return nil
        }
        return "token=\(value)"
    }

    @Test("are read as pages, also when they are refused")
    func pages() async throws {
        try await ServerHarness.with { server async throws in
            #expect(try await server.status("POST", "/v1/runs", Self.request) == 201)
            for (path, status) in [("/", 200), ("/runs/r1", 200), ("/runs/r9", 404)] {
                let answer = try await server.send("GET", path)
                #expect(answer.head.status == status && isPage(answer), "\(path)")
                #expect(try await server.status("HEAD", path) == status)
            }
            let style = try await server.send("GET", "/style.css")
            #expect(style.head.status == 200)
            #expect(style.head.header("Content-Type")?.hasPrefix("text/css") == true)
            // Where its page looks for it: a run's is one folder down.
            #expect(text(try await server.send("GET", "/runs/r9")).contains(#"href="../style.css""#))
            let method = try await server.send("POST", "/")
            #expect(method.head.status == 405 && method.head.header("Allow") == "GET, HEAD" && isPage(method))
            for path in ["/runs", "/runs/", "/runs/R1", "/runs/r1/", "/runs/r1/keep", "/index.html", "/style.css/"] {
                #expect(try await server.status("GET", path) == 404, "\(path)")
            }
        }
    }

    @Test("release a run for whoever has its form before them, and lead back to it under any gateway")
    func release() async throws {
        try await ServerHarness.with { server async throws in
            #expect(try await server.status("POST", "/v1/runs", Self.request) == 201)
            let page = text(try await server.send("GET", "/runs/r1"))
            let form = try #require(token(in: page))
            let headers = [
                (name: "Content-Type", value: "application/x-www-form-urlencoded"), (name: "Origin", value: "null"),
            ]
            for bad in ["", "token=", form + "x", "other=\(form.dropFirst(6))"] {
                let answer = try await server.send("POST", "/runs/r1/release", bad, headers: headers)
                #expect(answer.head.status == 403 && isPage(answer), "\(bad)")
            }
            #expect(await server.service.run(RunID("r1"))?.phase == .requested)
            let answer = try await server.send("POST", "/runs/r1/release", form, headers: headers)
            #expect(answer.head.status == 303)
            #expect(answer.head.header("Location") == "../r1")
            #expect(await server.service.run(RunID("r1"))?.result == .cancelled)
            let unknown = try await server.send("POST", "/runs/r9/release", form, headers: headers)
            #expect(unknown.head.status == 404 && isPage(unknown))
            #expect(try await server.status("DELETE", "/v1/runs/r1", headers: headers) == 403)
        }
    }

    @Test("show a run that goes on behind more ended ones than a list holds, and only so many of these")
    func old() async throws {
        let last = RequestLimits.pageRuns.upperBound + 2
        try await ServerHarness.with { server async throws in
            for number in 1...last {
                #expect(try await server.status("POST", "/v1/runs", Self.request) == 201)
                if number > 1 { await server.service.enter(.ended, RunID("r\(number)")) }
            }
            let page = text(try await server.send("GET", "/"))
            #expect(page.contains(#"href="runs/r1""#) && page.contains(#"href="runs/r\#(last)""#))
            #expect(page.split(separator: #"href="runs/"#).count - 1 == StatusPage.endedMax + 1)
            #expect(page.contains("There are older ones"))
        }
    }

    @Test("ask for a token as the API does, and show who may only look no form")
    func tokens() async throws {
        let disk = try TokensOnDisk()
        let access = AccessGate(tokens: try TokenFile(path: disk.path, logger: .silent), logger: .silent)
        try await ServerHarness.with(access: access) { server async throws in
            func bearer(_ token: String) -> [(name: String, value: String)] {
                [(name: "Authorization", value: "Bearer \(token)")]
            }
            let run = bearer(TokensOnDisk.run)
            let view = bearer(TokensOnDisk.view)
            #expect(try await server.status("POST", "/v1/runs", Self.request, headers: run) == 201)
            for path in ["/", "/runs/r1"] {
                let stranger = try await server.send("GET", path)
                #expect(stranger.head.status == 401 && isPage(stranger))
                #expect(stranger.head.header("WWW-Authenticate") != nil)
                #expect(try await server.status("GET", path, headers: view) == 200)
            }
            #expect(token(in: text(try await server.send("GET", "/runs/r1", headers: view))) == nil)
            let form = try #require(token(in: text(try await server.send("GET", "/runs/r1", headers: run))))
            #expect(try await server.status("POST", "/runs/r1/release", form) == 401)
            #expect(try await server.status("POST", "/runs/r1/release", form, headers: view) == 403)
            let other = bearer(TokensOnDisk.admin)
            #expect(try await server.status("POST", "/runs/r1/release", form, headers: other) == 403)
            #expect(try await server.status("POST", "/runs/r1/release", form, headers: run) == 303)
            #expect(try await server.status("GET", "/style.css") == 200)
        }
    }
}
