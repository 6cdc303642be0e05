import HTTPTransport
import HTTPTypes
import Model
import Testing

@testable import ControlAPI

@Suite("People who come through Admin Router", .timeLimit(.minutes(6)))
struct UserAccessTests {
    /// Knows people by tokens that are their names.
    private struct Directory: UserDirectory {
        func user(presenting token: Secret) async -> UserVerdict {
            switch token.reveal() {
            case "nobody": .unknown
            case "away": .unavailable("the IAM does not answer")
            case let name: .user(name, for: .minutes(30))
            }
        }
    }

    private static let body = #"{"source":"guestbook","suite":{"image":"a","command":"c"}}"#

    private func serve(
        users: String = "root@example.com=admin,ci=run,*=view",
        _ body: (ServerHarness, TokensOnDisk) async throws -> Void
    ) async throws {
        let disk = try TokensOnDisk()
        let log = RecordedLog()
        let access = AccessGate(
            tokens: try TokenFile(path: disk.path, logger: log.logger),
            users: UserAccess(directory: Directory(), roles: try UserRoles(parsing: users)),
            logger: log.logger,
            clock: FakeClock().clock
        )
        try await ServerHarness.with(access: access) { server in try await body(server, disk) }
    }

    private func token(_ name: String) -> [(name: String, value: String)] { [("Authorization", "token=\(name)")] }

    @Test("may do what their role allows, and own the runs that they ask for")
    func roles() async throws {
        try await serve { server, _ in
            for (name, look, run, uninstall) in [
                ("alice", 200, 403, 403), ("ci", 200, 201, 403), ("root@example.com", 200, 201, 202),
            ] {
                #expect(try await server.send("GET", "/v1/runs", headers: token(name)).head.status == look, "\(name)")
                let asked = try await server.send("POST", "/v1/runs", Self.body, headers: token(name))
                #expect(asked.head.status == run, "\(name)")
                let end = try await server.send("POST", "/v1/uninstall", headers: token(name))
                #expect((end.head.status == 403) == (uninstall == 403), "\(name): \(end.head.status)")
            }
            // Ours still count beside theirs.
            let own = [(name: "Authorization", value: "Bearer \(TokensOnDisk.view)")]
            #expect(try await server.send("GET", "/v1/runs", headers: own).head.status == 200)
        }
    }

    @Test("are refused when nobody knows them, when nobody can be asked, and when they have no role")
    func refused() async throws {
        try await serve(users: "ci=run") { server, _ in
            for (name, status, word) in [
                ("nobody", 401, "api.unauthorized"), ("away", 503, "the IAM does not answer"),
                ("alice", 403, "--users"),
            ] {
                let answer = try await server.send("GET", "/v1/runs", headers: token(name))
                #expect(answer.head.status == status)
                #expect(String(decoding: answer.body, as: UTF8.self).contains(word), "\(name)")
            }
            for value in ["token=", "token", "Token alice", "token=a b"] {
                let answer = try await server.send("GET", "/v1/runs", headers: [("Authorization", value)])
                #expect(answer.head.status == 401, "\(value.prefix(20))")
            }
            // What a proxy would say of them counts for nothing.
            let told = [(name: "X-Forwarded-User", value: "ci"), (name: "Cookie", value: "dcos-acs-auth-cookie=ci")]
            #expect(try await server.send("GET", "/v1/runs", headers: told).head.status == 401)
        }
    }

    @Test("are not served to the scripts of other pages behind the same Admin Router")
    func scripts() async throws {
        try await serve { server, _ async throws in
            for (mode, status) in [("cors", 403), ("same-origin", 403), ("no-cors", 403), ("navigate", 200)] {
                let headers = token("ci") + [(name: "Sec-Fetch-Mode", value: mode)]
                #expect(try await server.status("GET", "/v1/runs", headers: headers) == status, "\(mode)")
            }
            let style = token("ci") + [(name: "Sec-Fetch-Mode", value: "no-cors")]
            #expect(try await server.status("GET", "/style.css", headers: style) == 200)
        }
    }

    @Test("without --users are told that they are nobody here")
    func notAsked() async throws {
        let disk = try TokensOnDisk()
        let access = AccessGate(tokens: try TokenFile(path: disk.path, logger: .silent), logger: .silent)
        try await ServerHarness.with(access: access) { server in
            let answer = try await server.send("GET", "/v1/runs", headers: token("alice"))
            #expect(answer.head.status == 401)
            #expect(String(decoding: answer.body, as: UTF8.self).contains("--users"))
        }
    }

    @Test("keep a stream for as long as their token is good, and not a moment longer")
    func streams() {
        let clock = FakeClock()
        let person = Caller(name: "alice", role: .view)
        let grant = AccessGrant(person: person, until: clock.now + .minutes(1), now: { clock.now })
        #expect(grant.isRevocable && grant.holds(for: .view) && !grant.holds(for: .run))
        clock.pass(.seconds(60))
        #expect(!grant.holds(for: .view))
    }

    @Test(
        "have roles in a list of which every entry is checked",
        arguments: ["alice", "alice=", "=view", "alice=root", "alice=view=run", "alice=view,alice=run", "a b=view"]
    )
    func badList(text: String) {
        let error = #expect(throws: ControlAPIError.self) { try UserRoles(parsing: text) }
        #expect(error?.code == .badUsers)
    }

    @Test("have the role of their own name before everybody's")
    func list() throws {
        let roles = try UserRoles(parsing: "alice@example.com=admin, bob=run,*=view")
        #expect(roles.role(of: "alice@example.com") == .admin && roles.role(of: "bob") == .run)
        #expect(roles.role(of: "carol") == .view)
        #expect(try UserRoles(parsing: "bob=run").role(of: "carol") == nil)
    }
}
