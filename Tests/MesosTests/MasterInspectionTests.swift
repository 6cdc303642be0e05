import Foundation
import HTTPTransport
import Model
import SeededRandom
import Testing

@testable import Mesos

/// Answers of a real master (`recordings/mesos/13-state`), and of one that is none.
@Suite("A master's operator endpoints", .timeLimit(.minutes(6)))
struct MasterInspectionTests {
    private static let recorded = Recording.folder.deletingLastPathComponent().appending(path: "mesos-operators")

    private static func recording(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: recorded.appending(path: "\(name).response")))
    }

    private static func body(_ name: String) throws -> [UInt8] {
        let bytes = Data(try recording(name))
        let end = try #require(bytes.range(of: Data("\r\n\r\n".utf8)))
        return Array(bytes[end.upperBound...])
    }

    private static func reply(_ status: String, _ body: String = "", _ header: String = "") -> [UInt8] {
        Array("HTTP/1.1 \(status)\r\n\(header)Content-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
    }

    /// A master with these replies, and what it was asked.
    private static func ask<Value>(
        _ replies: [[UInt8]],
        authorization: (any Authorization)? = nil,
        _ body: (MasterInspection, MasterAddress) async throws -> Value
    ) async throws -> (value: Value, requests: [String]) {
        let master = try LoopbackMaster(replies.map { LoopbackMaster.Reply(bytes: $0) })
        let http = try HTTPClient()
        let result: Result<Value, any Error>
        do {
            let address = MasterAddress(host: "127.0.0.1", port: master.port)
            result = .success(try await body(MasterInspection(http: http, authorization: authorization), address))
        } catch {
            result = .failure(error)
        }
        await http.shutdown()
        master.stop()
        return (try result.get(), master.requests.map { String(decoding: $0, as: UTF8.self) })
    }

    private static func code<Value>(
        _ replies: [[UInt8]],
        _ body: (MasterInspection, MasterAddress) async throws -> Value
    ) async throws -> MesosError.Code? {
        do {
            _ = try await ask(replies, body)
            return nil
        } catch let error as MesosError {
            return error.code
        }
    }

    // MARK: recorded answers

    @Test("a recorded agent is read, and what none of its tasks uses")
    func agents() async throws {
        let (agents, asked) = try await Self.ask([try Self.recording("20-get-master-slaves")]) {
            try await $0.agents(of: $1)
        }
        #expect(asked.first?.hasPrefix("GET /master/slaves HTTP/1.1\r\n") == true)
        let agent = try #require(agents.first)
        #expect(agents.count == 1)
        #expect(agent.hostname == "127.0.0.1" && agent.address == "127.0.0.1" && agent.port == 5_051)
        #expect(agent.isActive && agent.version == "1.12.0")
        #expect(agent.attributes == [Label("px", "true"), Label("px_tier", "low")])
        #expect(
            agent.free == [
                Resource(name: "cpus", value: .scalar(thousandths: 3_600)),
                Resource(name: "mem", value: .scalar(thousandths: 7_872_000)),
                Resource(name: "disk", value: .scalar(thousandths: 19_968_000)),
                Resource(name: "ports", value: .ranges([31_000...31_004, 31_007...32_000])),
            ]
        )
        #expect(agent.offer.agentID == agent.id && agent.offer.resources == agent.free)
    }

    @Test("a recorded framework is read with the tasks that it has")
    func frameworks() async throws {
        let (found, _) = try await Self.ask([try Self.recording("18-get-master-frameworks")]) {
            try await $0.frameworks(of: $1)
        }
        let framework = try #require(found.registered.first)
        #expect(found.registered.count == 1)
        #expect(framework.name == "portworx" && framework.hostname == "sched.example")
        #expect(framework.isActive && framework.isConnected && framework.principal == "px-principal")
        #expect(framework.tasks.map(\.id.value).sorted() == ["pod.a", "pod.b", "state-1"])
        #expect(framework.tasks.allSatisfy { $0.state == "TASK_RUNNING" && $0.agent.value.hasSuffix("-S9") })
    }

    @Test("a recorded role, the flags, the version and the leader are read")
    func others() async throws {
        let replies = try ["21-get-master-roles", "23-get-master-flags", "24-get-version", "25-get-master-redirect"]
            .map(Self.recording)
        let (found, _) = try await Self.ask(replies) { inspection, master in
            (
                roles: try await inspection.roles(of: master), flags: try await inspection.flags(of: master),
                version: try await inspection.version(of: master), leader: try await inspection.leader(by: master)
            )
        }
        let role = try #require(found.roles.first)
        #expect(role.name == "px-role" && role.weight == 1 && role.limit.isEmpty && role.consumed["cpus"] == 0.4)
        #expect(found.flags["authenticate_http_frameworks"] == "false" && found.flags["root_submissions"] == "true")
        #expect(found.version == "1.12.0")
        #expect(found.leader == MasterAddress(host: "127.0.0.1", port: 5_050))
    }

    @Test("what is reserved is told apart from what is not, and what no task may use from both")
    func reserved() async throws {
        let scalar = { (name: String, value: String, more: String) in
            #"{"name":"\#(name)","type":"SCALAR","scalar":{"value":\#(value)}\#(more)}"#
        }
        let ours = #","reservations":[{"role":"ci","type":"DYNAMIC"}]"#
        let agent = """
            {"slaves":[{"id":"S0","hostname":"a","active":true,
            "unreserved_resources_full":[\(scalar("cpus", "4", "")),\(scalar("cpus", "1", #","revocable":{}"#))],
            "reserved_resources_full":{"ci":[\(scalar("cpus", "2", ours))]},
            "used_resources_full":[\(scalar("cpus", "0.5", ours)),\(scalar("cpus", "4", ""))]}]}
            """
        let (agents, _) = try await Self.ask([Self.reply("200 OK", agent)]) { try await $0.agents(of: $1) }
        let reservation = Resource.Reservation(dynamic: true, role: "ci")
        #expect(
            agents.first?.free == [
                Resource(name: "cpus", value: .scalar(thousandths: 1_000), special: true),
                Resource(name: "cpus", value: .scalar(thousandths: 1_500), reservations: [reservation]),
            ]
        )
    }

    // MARK: ways to the leader

    @Test("a standby's redirect is followed once, with the credentials, and not to where they could be read")
    func redirect() async throws {
        let leader = try LoopbackMaster([LoopbackMaster.Reply(bytes: try Self.recording("24-get-version"))])
        defer { leader.stop() }
        let location = "Location: //127.0.0.1:\(leader.port)/version\r\n"
        let standby = Self.reply("307 Temporary Redirect", "", location)
        let login = BasicAuthorization(MesosClient.Credentials(principal: "px", secret: Secret("secret")))
        let (version, _) = try await Self.ask([standby], authorization: login) { try await $0.version(of: $1) }
        #expect(version == "1.12.0")
        let asked = String(decoding: leader.requests.first ?? [], as: UTF8.self)
        #expect(asked.contains("Authorization: Basic cHg6c2VjcmV0\r\n"))

        let circle = Self.reply("307 Temporary Redirect", "", "Location: //127.0.0.1:1/version\r\n")
        #expect(try await Self.code([circle]) { try await $0.version(of: $1) } == .unreachable)
        let nowhere = Self.reply("307 Temporary Redirect")
        #expect(try await Self.code([nowhere]) { try await $0.leader(by: $1) } == .badRedirect)
    }

    @Test("whether credentials are taken is told by how a GET of the scheduler API is refused")
    func knock() async throws {
        let asked = try await Self.ask([Self.reply("405 Method Not Allowed")]) { try await $0.knock(at: $1) }.requests
        #expect(asked.first?.hasPrefix("GET /api/v1/scheduler HTTP/1.1\r\n") == true)
        let refusals: [(String, MesosError.Code)] = [
            ("401 Unauthorized", .unauthenticated), ("403 Forbidden", .forbidden),
            ("503 Service Unavailable", .notReady), ("200 OK", .unexpectedStatus),
        ]
        for (status, code) in refusals {
            #expect(try await Self.code([Self.reply(status)]) { try await $0.knock(at: $1) } == code, "\(status)")
        }
    }

    // MARK: hostile answers

    @Test(
        "an answer of another kind is refused, and says of what",
        arguments: [
            "", "null", "[]", "{}", #"{"slaves":{}}"#, #"{"slaves":[1]}"#, #"{"slaves":[{}]}"#,
            #"{"slaves":[{"id":1,"hostname":"a","active":true,"unreserved_resources_full":[],"#
                + #""reserved_resources_full":{},"used_resources_full":[]}]}"#,
            #"{"slaves":[{"id":"S0","hostname":"a","active":"yes","unreserved_resources_full":[],"#
                + #""reserved_resources_full":{},"used_resources_full":[]}]}"#,
            #"{"slaves":[{"id":"S0","hostname":"a","active":true,"unreserved_resources_full":[{"name":"ports","#
                + #""ranges":{"range":[{"begin":-1,"end":2}]}}],"reserved_resources_full":{},"used_resources_full":[]}]}"#,
        ]
    )
    func otherKinds(_ body: String) async throws {
        #expect(try await Self.code([Self.reply("200 OK", body)]) { try await $0.agents(of: $1) } == .badMasterAnswer)
    }

    @Test("amounts and ranges beyond all measure do no harm")
    func beyondMeasure() async throws {
        let most = "\(UInt64.max)"
        let body = """
            {"slaves":[{"id":"S0","hostname":"a","active":true,"pid":"nonsense","port":70000,
            "unreserved_resources_full":[{"name":"cpus","scalar":{"value":1e300}},{"name":"mem","scalar":{"value":-5}},
            {"name":"ports","ranges":{"range":[{"begin":9,"end":3},{"begin":0,"end":\(most)},{"begin":1,"end":2}]}},
            {"name":"things","set":{"item":["a"]}},{"name":"ports"}],
            "reserved_resources_full":{},
            "used_resources_full":[{"name":"cpus","scalar":{"value":1e301}},
            {"name":"ports","ranges":{"range":[{"begin":5,"end":\(most)}]}}]}]}
            """
        let (agents, _) = try await Self.ask([Self.reply("200 OK", body)]) { try await $0.agents(of: $1) }
        let agent = try #require(agents.first)
        #expect(agent.address == nil)
        #expect(agent.free == [Resource(name: "ports", value: .ranges([0...4, 1...2]))])
    }

    @Test("an answer that is too long is not read to its end")
    func tooLong() async throws {
        let body = try Self.body("20-get-master-slaves")
        let master = try LoopbackMaster([
            LoopbackMaster.Reply(bytes: try Self.recording("20-get-master-slaves")),
            LoopbackMaster.Reply(bytes: try Self.recording("20-get-master-slaves")),
        ])
        defer { master.stop() }
        let address = MasterAddress(host: "127.0.0.1", port: master.port)
        let http = try HTTPClient()
        let enough = MasterInspection(http: http, authorization: nil, answerBytesMax: body.count)
        #expect(try await enough.agents(of: address).count == 1)
        let tooLittle = MasterInspection(http: http, authorization: nil, answerBytesMax: body.count - 1)
        let error = await #expect(throws: MesosError.self) { try await tooLittle.agents(of: address) }
        #expect(error?.context["http"] == "http.body_too_large")
        await http.shutdown()
    }

    @Test("a master's long text is cut in the error")
    func longText() async throws {
        let text = String(repeating: "x", count: 100_000)
        let error = await #expect(throws: MesosError.self) {
            try await Self.ask([Self.reply("418 Teapot", text)]) { try await $0.agents(of: $1) }
        }
        #expect(error.map { $0.message.utf8.count < 1_000 } == true)
    }

    @Test("damaged answers never stop the reader", arguments: [UInt64(1), 2, 3])
    func damaged(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let body = try Self.body("20-get-master-slaves")
        for _ in 0..<500 {
            var bytes = body
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: .min ... .max, using: &random)
            }
            do throws(MesosError) {
                let wire: WireMasterAgents = try MasterInspection.decode(bytes, "a test")
                for agent in wire.slaves.map(MasterAgent.init) { #expect(agent.free.count <= 10) }
            } catch { #expect(error.code == .badMasterAnswer) }
        }
    }
}
