import API
import FoundationEssentials
import HTTPTransport
import LocalCluster
import Model
import Testing

@testable import understudy

@Suite("Behind Admin Router", .serialized, .timeLimit(.minutes(6)))
struct AdminRouterTests {
    private static let firstPort: UInt16 = 30_500
    private static let port = 30_980

    @Test(
        "every path, link, stream and redirect works under the service's name",
        arguments: ["understudy", "team/understudy"]
    )
    func behind(name: String) async throws {
        try await Stage.play(firstPort: Self.firstPort) { stage in
            try await stage.start()
            let route = AdminRouter.Route(name: name, upstream: String(stage.address.dropFirst("http://".count)))
            let folder = "\(stage.demo.directory)/admin-router"
            try await AdminRouter.play(port: Self.port, in: folder, routes: [route]) { router in
                let base = "\(router.url)/service/\(name)/"
                // The command line, its streams and its output through the router.
                let command = ["run", "--url", base, "--wait", "--key", "routed", "--command", "guestbook-suite"]
                var lines: [String] = []
                let (stream, feed) = AsyncStream.makeStream(of: String.self)
                let ending = try await stage.demo.run(command + Stage.suiteArguments) { feed.yield($0) }
                feed.finish()
                for await line in stream { lines.append(line) }
                #expect(ending == .exited(0), "\(lines.joined(separator: "\n"))")
                let run = try #require(try await stage.runs().first)

                let http = try HTTPClient()
                defer { Task { await http.shutdown() } }
                func get(_ url: String) async throws -> (Int, String) {
                    let response = try await http.send(HTTPRequest(url: url))
                    return (response.head.status, String(decoding: response.body, as: UTF8.self))
                }
                // As a browser would follow them, from the page on.
                var seen: Set<String> = []
                var next = [base]
                while let url = next.popLast(), seen.count < 60 {
                    guard seen.insert(url).inserted else { continue }
                    let (status, body) = try await get(url)
                    #expect((200...299).contains(status), "\(url): \(status)")
                    guard body.hasPrefix("<!doctype html>") else { continue }
                    for part in body.split(separator: "href=\"").dropFirst() {
                        let link = String(part.prefix { $0 != "\"" })
                        next.append(try #require(URL(string: link, relativeTo: URL(string: url))?.absoluteString))
                    }
                }
                #expect(seen.contains("\(base)runs/\(run.id)") && seen.contains("\(base)style.css"))
                #expect(seen.contains("\(base)v1/runs/\(run.id)/logs"))
                #expect(seen.allSatisfy { $0.hasPrefix(base) }, "\(seen)")
                for path in [
                    "v1/health", "v1/alive", "v1/plans", "v1/plans/deploy", "v1/endpoints", "v1/service-status",
                ] {
                    #expect(try await get(base + path).0 == 200, "\(path)")
                }
                // Without its slash the page would load its style from elsewhere: the router leads there.
                let (moved, _) = try await get(String(base.dropLast()))
                #expect(moved == 301)
            }
        }
    }

    @Test("a form that is sent back through it ends a run, and leads back to the run's page")
    func form() async throws {
        try await Stage.play(firstPort: Self.firstPort) { stage in
            try await stage.start()
            let route = AdminRouter.Route(
                name: "understudy",
                upstream: String(stage.address.dropFirst("http://".count))
            )
            let folder = "\(stage.demo.directory)/admin-router"
            try await AdminRouter.play(port: Self.port, in: folder, routes: [route]) { router in
                let id = try await stage.submit("sleep 600", key: "form")
                let http = try HTTPClient()
                defer { Task { await http.shutdown() } }
                let url = "\(router.url)/service/understudy/runs/\(id)"
                let page = try await http.send(HTTPRequest(url: url))
                let body = String(decoding: page.body, as: UTF8.self)
                let token = try #require(body.split(separator: "name=\"token\" value=\"").last?.prefix { $0 != "\"" })
                let answer = try await http.send(
                    HTTPRequest(
                        method: "POST",
                        url: "\(url)/release",
                        headers: [
                            ("Content-Type", "application/x-www-form-urlencoded"), ("Origin", router.url),
                        ],
                        body: Array("token=\(token)".utf8)
                    )
                )
                #expect(answer.head.status == 303)
                let location = try #require(answer.head.header("Location"))
                let back = URL(string: location, relativeTo: URL(string: "\(url)/release"))?.absoluteString
                #expect(back == url, "\(location)")
                try await stage.until("it is cancelled") { try await stage.view(id).result == .cancelled }
            }
        }
    }
}
