import CQL
@testable import CQLClient
import SeededRandom
import Testing

@testable import StandIn

@Suite("The stand-in's protocol", .timeLimit(.minutes(6)))
struct SessionTests {
    private func session() throws -> (Session, Home) {
        let home = try Home()
        let store = try RowStore(path: "\(home.directory)/data/system/stand-in.sqlite", isNew: false)
        return (Session(try Engine(store)), home)
    }

    private func ask(_ session: inout Session, _ request: Request) throws -> Response {
        try Response(session.answer(request.frame(.v4, stream: 3)))
    }

    @Test("a connection begins with STARTUP, and what comes before is refused")
    func startup() throws {
        var (session, home) = try session()
        let query = Request.query("SELECT key FROM system.local", QueryParameters())
        guard case .error(let early) = try ask(&session, query) else {
            Issue.record("a query before STARTUP was answered")
            return
        }
        #expect(early.code == .protocol)
        guard case .supported(let options) = try ask(&session, .options) else {
            Issue.record("no options")
            return
        }
        #expect(options["PROTOCOL_VERSIONS"] == ["3/v3", "4/v4"])
        guard case .error = try ask(&session, .startup(["CQL_VERSION": "3.0.0", "COMPRESSION": "lz4"])) else {
            Issue.record("a compression that it has not was taken")
            return
        }
        #expect(try ask(&session, .startup(["CQL_VERSION": "3.0.0"])) == .ready)
        guard case .result(.rows(let rows)) = try ask(&session, query) else {
            Issue.record("no rows")
            return
        }
        #expect(rows.rows == [[Array("local".utf8)]])
        withExtendedLifetime(home) {}
    }

    @Test("an unknown prepared statement is said to be unknown, by its id")
    func unprepared() throws {
        var (session, home) = try session()
        _ = try ask(&session, .startup(["CQL_VERSION": "3.0.0"]))
        let answer = try ask(&session, .execute([1, 2, 3], QueryParameters()))
        guard case .error(let error) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(error.code == .unprepared)
        #expect(error.detail == .unknownID([1, 2, 3]))
        withExtendedLifetime(home) {}
    }

    @Test("a version that it does not speak is answered in the words that drivers read")
    func version() throws {
        let frame = Session.refusal(CQLError(.version, ""), nil)
        guard case .error(let error) = try Response(frame) else {
            Issue.record("no error")
            return
        }
        #expect(error.message.hasPrefix("Invalid or unsupported protocol version"))
        #expect(frame.version == .v4)
    }

    @Test("frames by chance never end it: the next client is served")
    func noise() async throws {
        let home = try Home()
        try await home.serving { port in
            var random = SplitMix64(seed: 9)
            for _ in 0..<200 {
                let socket = try BlockingSocket.connect(host: "127.0.0.1", port: port, timeoutSeconds: 10)
                let version = UInt8([3, 4, 5, 0x84].randomElement(using: &random) ?? 4)
                let noise = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                    UInt8.random(in: 0...11, using: &random)
                }
                try socket.send([version] + noise)
            }
            #expect(try Home.connect(port).rows("SELECT key FROM system.local") == [["local"]])
        }
    }

    @Test("connections beyond the limit are refused in words, and the others go on")
    func tooMany() async throws {
        let home = try Home()
        try await home.serving { port in
            let first = try Home.connect(port)
            let others = try (1..<Clients.max).map { _ in try Home.connect(port) }
            let error = #expect(throws: CQLClientError.self) { try Home.connect(port) }
            #expect(error?.message.contains("all that this stand-in takes") == true, "\(String(describing: error))")
            #expect(try first.rows("SELECT key FROM system.local") == [["local"]])
            withExtendedLifetime(others) {}
        }
    }

    @Test("a client that says nothing is sent away")
    func idle() async throws {
        let home = try Home()
        try await home.serving({ $0.idleLimit = .milliseconds(50) }) { port in
            let socket = try BlockingSocket.connect(host: "127.0.0.1", port: port, timeoutSeconds: 30)
            let error = #expect(throws: CQLClientError.self) { try socket.receive() }
            #expect(error?.code == .closed)
        }
    }
}
