import Foundation
import Glibc
import Testing

@testable import LocalCluster

@Suite("The files API of a local agent", .timeLimit(.minutes(6)))
struct AgentFilesTests {
    /// A pod's sandboxes as the agent that offered shows them.
    private struct Sandboxes {
        let port: UInt64
        let directory: String
        /// Of the pod, virtual.
        let path: String

        func get(_ target: String) async throws -> (line: String, headers: [String: String], body: [UInt8]) {
            let request = Array("GET \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\r\n".utf8)
            let answer = try await TestConnection.exchange("127.0.0.1:\(port)", request)
            return (answer.head.line, answer.head.headers, answer.body)
        }

        func status(_ target: String) async throws -> String {
            String(try await get(target).line.split(separator: " ", maxSplits: 1)[1])
        }
    }

    /// Runs the recorded suite in the recorded pod to its end, as recorded but for the pause at it.
    private static func play(
        suite: String = """
        i=0; while [ $i -lt 2000 ]; do echo "line $i é"; i=$((i+1)); done; mkdir -p out;
        echo "<testsuite/>" > out/junit.xml; exit 1
        """,
        _ body: (Sandboxes) async throws -> Void
    ) async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            let offer = try #require(try await scheduler.offers().first)
            let tasks = [
                TestTask(id: "sb.db", command: "echo db-out; echo db-err >&2; exec sleep 1000"),
                TestTask(id: "sb.suite", command: suite),
            ]
            try await scheduler.accept(offer, [.group(executor: "sb-exec", tasks)])
            _ = try await scheduler.finish("sb-exec", ["sb.db", "sb.suite"])
            let agent = try #require(offer.id(3))
            try await body(
                Sandboxes(
                    port: try #require(offer.message(8)?.message(2)?.number(3)),
                    directory: "\(fixture.directory)/\(fixture.sandbox("sb.suite", of: "sb-exec", agent))",
                    path: "/frameworks/\(scheduler.frameworkID)/executors/sb-exec/runs/latest"
                )
            )
        }
    }

    private static let recordedPod =
        "/var/lib/mesos-1/a/slaves/5ab887ec-27a1-42ae-b976-aee9f45b252f-S0/frameworks/"
        + "4129c86f-002f-4cfa-b73f-cc1c360c6bd4-0000/executors/sb-exec/runs/2ae29048-8d4f-4b6b-890a-6ed6a465478a"
    private static let recordedVirtual =
        "/frameworks/4129c86f-002f-4cfa-b73f-cc1c360c6bd4-0000/executors/sb-exec/runs/latest"

    /// The recorded target, and the answer's head and body.
    private static func recorded(_ name: String) throws -> (target: String, head: [String], body: [UInt8]) {
        let request = String(decoding: try fixture("mesos-files/\(name).request"), as: UTF8.self)
        let bytes = Data(try fixture("mesos-files/\(name).response"))
        let end = try #require(bytes.range(of: Data("\r\n\r\n".utf8)))
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        return (request.components(separatedBy: " ")[1], head, Array(bytes[end.upperBound...]))
    }

    @Test(
        "recorded requests get the recorded answers, byte for byte, after the executor has ended",
        arguments: [
            "13-agent-read-size", "14-agent-read-from-0", "15-agent-read-past-end", "16-agent-read-no-length",
            "17-agent-read-missing", "18-agent-read-bad-path", "19-agent-read-no-path", "20-agent-download",
            "21-agent-download-dir", "31-agent-read-after-end",
        ]
    )
    func recordedReads(_ name: String) async throws {
        let (target, head, body) = try Self.recorded(name)
        try await Self.play { sandboxes async throws in
            let answer = try await sandboxes.get(target.replacing(Self.recordedPod, with: sandboxes.path))
            #expect(answer.line == head[0])
            #expect(answer.body == body)
            for header in head.dropFirst() where !header.hasPrefix("Date") {
                let pair = header.split(separator: ":", maxSplits: 1)
                let value = String(pair[1].drop { $0 == " " })
                #expect(answer.headers[pair[0].lowercased()] == value, "\(header)")
            }
        }
    }

    @Test(
        "a listing has the recorded names, fields and types",
        arguments: ["23-agent-virtual-task", "32-agent-virtual-after-end"]
    )
    func recordedListing(_ name: String) async throws {
        let (target, head, body) = try Self.recorded(name)
        try await Self.play { sandboxes async throws in
            let answer = try await sandboxes.get(target.replacing(Self.recordedVirtual, with: sandboxes.path))
            #expect(answer.line == head[0])
            guard case .array(let expected) = try JSONValue.parse(body),
                case .array(let found) = try JSONValue.parse(answer.body)
            else { throw CocoaError(.fileReadCorruptFile) }
            let names = expected.map { $0["path"]?.text?.replacing(Self.recordedVirtual, with: sandboxes.path) }
            #expect(found.map { $0["path"]?.text } == names)
            for (found, expected) in zip(found, expected) {
                guard case .object(let members) = found, case .object(let wanted) = expected else {
                    Issue.record("not an object: \(found)")
                    continue
                }
                #expect(Set(members.keys) == Set(wanted.keys))
                #expect(found["mode"]?.text?.first == expected["mode"]?.text?.first)
            }
            #expect(found.last?["size"] == .integer(24_890))
        }
    }

    @Test("one read gives 16 pages at most")
    func pages() async throws {
        try await Self.play(suite: "head -c 100000 /dev/zero | tr '\\0' x; exit 1") { sandboxes async throws in
            let file = "/files/read?path=\(sandboxes.path)/tasks/sb.suite/stdout&offset=0"
            for target in [file, file + "&length=90000"] {
                #expect(try await sandboxes.get(target).body.count == 65_536 + #"{"data":"","offset":0}"#.utf8.count)
            }
        }
    }

    @Test("bytes that are no UTF-8 go out as they are, and control characters escaped")
    func rawBytes() async throws {
        try await Self.play(suite: #"printf '\303\050\001\033"\\\t'; exit 1"#) { sandboxes async throws in
            let file = "/files/read?path=\(sandboxes.path)/tasks/sb.suite/stdout&offset=0"
            let text = #"\u0001\u001b\"\\\t","offset":0}"#
            let expected = Array(#"{"data":""#.utf8) + [0xC3, 0x28] + Array(text.utf8)
            #expect(try await sandboxes.get(file).body == expected)
        }
    }

    @Test("numbers that are none are refused")
    func badNumbers() async throws {
        try await Self.play { sandboxes async throws in
            let file = "/files/read?path=\(sandboxes.path)/tasks/sb.suite/stdout"
            for query in ["&offset=x", "&offset=-2", "&offset=0&length=-2", "&offset=99999999999999999999"] {
                #expect(try await sandboxes.status(file + query) == "400 Bad Request", "\(query)")
            }
        }
    }

    @Test("nothing leads out of a sandbox, neither dots nor links, and no pipe blocks")
    func noWayOut() async throws {
        try await Self.play { sandboxes async throws in
            let outside = sandboxes.directory + "-secret"
            try Data("secret".utf8).write(to: URL(fileURLWithPath: outside))
            let above = URL(fileURLWithPath: sandboxes.directory + "/../../../../../above").standardized.path
            try Data("secret".utf8).write(to: URL(fileURLWithPath: above))
            #expect(symlink(above, sandboxes.directory + "/link") == 0)
            #expect(symlink("/etc", sandboxes.directory + "/etc") == 0)
            #expect(symlink("out/junit.xml", sandboxes.directory + "/inside") == 0)
            #expect(mkfifo(sandboxes.directory + "/pipe", 0o600) == 0)
            let task = sandboxes.path + "/tasks/sb.suite"
            let paths = [
                task + "/link", task + "/etc/passwd", task + "/../../../../../above", task + "/%2e%2e/sb.db/stdout",
                task + "/pipe", sandboxes.path + "/..", "/etc/passwd", "frameworks", "/frameworks",
                task + "/stdout%00", "/frameworks/x/executors/sb-exec/runs/latest/tasks/sb.suite/stdout",
            ]
            for path in paths {
                for call in ["read", "browse", "download"] where !(call == "browse" && path.hasSuffix("/pipe")) {
                    #expect(try await sandboxes.status("/files/\(call)?path=\(path)&offset=0") == "404 Not Found")
                }
            }
            #expect(try await sandboxes.status("/files/download?path=\(task)/inside") == "200 OK")
            #expect(try await sandboxes.status("/state") == "404 Not Found")
        }
    }

    @Test("the master's state names each agent's port")
    func state() async throws {
        try await MasterFixture.run(agents: ["ssd-1", "hdd-1"]) { fixture in
            let request = Array("GET /master/state HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8)
            let state = try JSONValue.parse(try await TestConnection.exchange(fixture.address, request).body)
            guard case .array(let agents) = state["slaves"] else { throw CocoaError(.fileReadCorruptFile) }
            let offers = try await fixture.scheduler().offers()
            for offer in offers {
                let port = try #require(offer.message(8)?.message(2)?.number(3))
                let agent = try #require(agents.first { $0["id"]?.text == offer.id(3) })
                #expect(agent["port"] == .integer(Int64(port)))
                #expect(agent["pid"] == .string("slave(1)@127.0.0.1:\(port)"))
            }
            #expect(Set(agents.compactMap { $0["port"] }).count == 2)
        }
    }
}
