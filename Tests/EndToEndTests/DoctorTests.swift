import FoundationEssentials
import LocalCluster
import Model
import ScriptedServer
import Testing
import ZooKeeperServer

@testable import understudy

/// `understudy doctor` on a cluster that is well, and on one where something is wrong.
@Suite("The doctor, end to end", .serialized, .withZooKeeper, .timeLimit(.minutes(6)))
struct DoctorTests {
    private static let firstPort: UInt16 = 13_000

    private struct Report: Decodable {
        struct Finding: Decodable {
            var number: Int
            var verdict: String
            var check: String
            var subject: String
            var detail: String
            var fix: String?
        }

        var canStart: Bool
        var findings: [Finding]

        func problems(of check: String) -> [Finding] {
            findings.filter { $0.check == check && $0.verdict == "problem" }
        }
    }

    /// What the scheduler of this stage is told, but for what is given instead; later flags count more.
    private static func flags(_ stage: Stage, sources: String = DemoCluster.sources) throws -> [String] {
        let file = "\(stage.demo.directory)/doctor-sources.json"
        try Data(sources.utf8).write(to: URL(filePath: file))
        return [
            "--master", stage.demo.cluster.masterAddress, "--portworx", stage.demo.cluster.storageURL,
            "--state", "sqlite:\(stage.demo.directory)/state.sqlite", "--sources", file,
        ]
    }

    private static func doctor(_ flags: [String], exits status: Int32) async throws -> Report {
        let (ending, output) = try await Stage.run(try Stage.program, ["doctor", "--format", "json"] + flags)
        #expect(ending == .exited(status), "\(output)")
        let report = try JSONDecoder().decode(Report.self, from: Data(output.utf8))
        #expect(report.findings.map(\.number) == Array(1...report.findings.count))
        #expect(report.findings.allSatisfy { $0.verdict != "problem" || $0.fix?.isEmpty == false }, "\(output)")
        #expect(report.canStart == (status == 0))
        return report
    }

    @Test("before there is a scheduler a run could start, and the doctor leaves nothing behind")
    func well() async throws {
        try await Stage.play(firstPort: Self.firstPort) { stage in
            let flags = try Self.flags(stage)
            let before = try FileManager.default.contentsOfDirectory(atPath: stage.demo.directory).sorted()
            let report = try await Self.doctor(flags, exits: 0)
            let checks = Set(report.findings.map(\.check))
            #expect(checks == Set(DoctorReport.Check.allCases.map(\.rawValue)))
            let outlook = try #require(report.findings.first { $0.subject == "a run of guestbook" })
            #expect(outlook.verdict == "ok" && outlook.detail.contains("class low"), "\(outlook)")
            #expect(outlook.detail.contains("hdd-1"), "\(outlook)")
            #expect(report.findings.contains { $0.check == "join" && $0.subject.hasPrefix("agent plain-1") })
            #expect(report.findings.allSatisfy { $0.check != "clock" || $0.verdict == "ok" })
            #expect(try FileManager.default.contentsOfDirectory(atPath: stage.demo.directory).sorted() == before)
            #expect(await stage.isClean())

            let (ending, text) = try await Stage.run(try Stage.program, ["doctor"] + flags)
            let lines = text.split(separator: "\n")
            #expect(ending == .exited(0) && lines.last == "a run could start now", "\(text)")
            #expect(lines.first?.hasPrefix("1. ok  ") == true, "\(text)")

            // What a run of the scheduler's comes to is what was foretold.
            try await stage.start()
            let (passed, output) = try await stage.run("guestbook-suite", key: "foretold")
            #expect(passed == .exited(0), "\(output)")
            let beside = try await Self.doctor(flags, exits: 0)
            let store = try #require(beside.findings.first { $0.check == "store" })
            #expect(store.detail.contains("process \(stage.demo.schedulerID ?? 0)"), "\(store)")
            let framework = try #require(beside.findings.first { $0.check == "framework" })
            #expect(framework.verdict == "ok" && framework.detail.hasPrefix("registered as "), "\(framework)")
        }
    }

    @Test("a source that cannot run is told with why, by the scheduler's own judgement, and with what to do")
    func sources() async throws {
        try await Stage.play(firstPort: Self.firstPort) { stage in
            let wrong: [(from: String, to: String, word: String)] = [
                (DemoCluster.volume, "nowhere", "no volume named nowhere"),
                ("\"cpus\": 0.5", "\"cpus\": 64", "short of cpus"),
                ("\"memoryMB\": 512", "\"memoryMB\": 900000", "short of memory"),
            ]
            for (from, to, word) in wrong {
                let sources = DemoCluster.sources.replacing(from, with: to)
                let report = try await Self.doctor(try Self.flags(stage, sources: sources), exits: 1)
                let problems = report.problems(of: "source")
                #expect(problems.count == 1 && problems.first?.detail.contains(word) == true, "\(problems)")
            }
            let none = try await Self.doctor(try Self.flags(stage, sources: "[]"), exits: 1)
            #expect(none.problems(of: "source").count == 1)
        }
    }

    @Test("wrong settings end it with the scheduler's own status, missing ones as a mistake in the use")
    func settings() async throws {
        try await Stage.play(firstPort: Self.firstPort) { stage in
            let flags = try Self.flags(stage)
            let role = try await Self.doctor(flags + ["--role", "a b"], exits: 78)
            #expect(role.findings.map(\.subject) == ["--role"])
            let mask = DemoCluster.sources.replacing("\"network\"", with: "\"mask\": \"/no/mask.cql\", \"network\"")
            let unmasked = try await Self.doctor(try Self.flags(stage, sources: mask), exits: 78)
            #expect(unmasked.problems(of: "settings").first?.subject == "the mask of source guestbook")
            let broken = try await Self.doctor(try Self.flags(stage, sources: "[{}]"), exits: 78)
            #expect(broken.problems(of: "settings").first?.subject == "sources")
            let (ending, output) = try await Stage.run(try Stage.program, ["doctor"])
            #expect(ending == .exited(2), "\(output)")
            #expect(output.contains("--master") && output.contains("--portworx") && output.contains("--state"))
        }
    }

    @Test("what cannot be reached or written is a problem each, and the rest is looked at all the same")
    func unreachable() async throws {
        try await Stage.play(firstPort: Self.firstPort) { stage in
            let flags = try Self.flags(stage)
            let master = try await Self.doctor(flags + ["--master", "127.0.0.1:1"], exits: 1)
            #expect(master.problems(of: "master").count == 1 && master.problems(of: "portworx").isEmpty)
            let two = "127.0.0.1:1,\(stage.demo.cluster.masterAddress)"
            let spare = try await Self.doctor(flags + ["--master", two], exits: 0)
            #expect(spare.findings.contains { $0.verdict == "warning" && $0.subject == "http://127.0.0.1:1" })
            let gateway = try await Self.doctor(flags + ["--portworx", "http://127.0.0.1:1"], exits: 1)
            #expect(gateway.problems(of: "portworx").count == 1 && gateway.problems(of: "master").isEmpty)
            let state = "sqlite:\(stage.demo.directory)/none/state.sqlite"
            let store = try await Self.doctor(flags + ["--state", state], exits: 1)
            #expect(store.problems(of: "store").first?.detail.contains("none/") == true)
        }
    }

    @Test("an entry of the operator's map that leads nowhere is told")
    func map() async throws {
        try await Stage.play(firstPort: Self.firstPort) { stage in
            let flags = try Self.flags(stage) + ["--agent-nodes", "plain-1=hdd-9"]
            let report = try await Self.doctor(flags, exits: 0)
            let entry = report.findings.first { $0.subject == "--agent-nodes plain-1=hdd-9" }
            #expect(entry?.verdict == "warning" && entry?.detail == "there is no node hdd-9")
        }
    }

    @Test("in ZooKeeper it tells who acts, and neither waits for the lock nor makes a node")
    func zooKeeper() async throws {
        try await Stage.play(firstPort: Self.firstPort) { stage in
            let servers = try WithZooKeeper.server.address
            let state = "zk://\(servers)/dcos-service-doctor-\(UInt64.random(in: .min ... .max))"
            let flags = try Self.flags(stage) + ["--state", state]
            for _ in 0..<2 {
                let report = try await Self.doctor(flags, exits: 0)
                let store = report.findings.first { $0.check == "store" }
                #expect(store?.detail.contains("there is no state yet") == true)
            }
            try await stage.start(more: ["--state", state])
            let report = try await Self.doctor(flags, exits: 0)
            let store = report.findings.first { $0.check == "store" }
            #expect(store?.detail.contains("the scheduler at \(stage.address) acts on it") == true, "\(report)")
            let below = try await Self.doctor(flags + ["--state", "zk://\(servers)/none/here"], exits: 1)
            #expect(below.problems(of: "store").first?.detail == "there is no /none")
        }
    }

    @Test("a master that does not know us is told with the permissions to give, and no secret")
    func denied() async throws {
        let master = try ScriptedServer { request in
            switch request.path {
            case "/master/redirect":
                ScriptedServer.Response(status: 307, headers: [("Location", "//\(request.header("Host") ?? "")")])
            case "/version": .text(#"{"version":"1.11.0"}"#)
            case "/master/flags": .text(#"{"flags":{"authenticate_http_frameworks":"true","roles":"prod,test"}}"#)
            case "/api/v1/scheduler": .text("401 Unauthorized.", status: 401)
            default: .text("403 Forbidden.", status: 403)
            }
        }
        defer { master.stop() }
        let file = "/tmp/understudy-doctor-\(UInt64.random(in: .min ... .max))"
        try Data("px:hidden-word\n".utf8).write(to: URL(filePath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }  // what is left is the test's
        let flags = [
            "doctor", "--master", "127.0.0.1:\(master.port)", "--portworx", "http://127.0.0.1:1",
            "--state", "sqlite:/no/folder/state.sqlite", "--role", "ci", "--mesos-credentials", file,
        ]
        let (ending, output) = try await Stage.run(try Stage.program, flags)
        #expect(ending == .exited(1))
        #expect(output.contains("dcos security org users grant px dcos:mesos:master:framework:role:ci create"))
        #expect(output.contains("grant px dcos:mesos:master:endpoint:path:/slaves read"), "\(output)")
        #expect(output.contains("it knows prod,test alone"), "\(output)")
        let login = Data("px:hidden-word".utf8).base64EncodedString()
        #expect(master.requests.contains { $0.header("Authorization") == "Basic \(login)" })
        #expect(!output.contains("hidden-word") && !output.contains(login))
    }
}
