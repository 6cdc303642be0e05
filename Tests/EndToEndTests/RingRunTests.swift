import API
import FoundationEssentials
import Glibc
import LocalCluster
import Model
import Testing

@testable import understudy

@Suite("A ring of copies, end to end", .serialized)
struct RingRunTests {
    private static let firstPort: UInt16 = 16_000
    /// The agents that hold production's cheap replicas.
    private static let agents = ["127.0.0.14", "127.0.0.15", "127.0.0.16"]

    /// A real driver that is told of one node alone: it discovers the others by itself.
    private static let suite = """
        import os
        from cassandra.auth import PlainTextAuthProvider
        from cassandra.cluster import Cluster, ExecutionProfile, EXEC_PROFILE_DEFAULT
        from cassandra.policies import RoundRobinPolicy
        login = PlainTextAuthProvider(os.environ["CASSANDRA_USER"], os.environ["CASSANDRA_PASSWORD"])
        profile = ExecutionProfile(load_balancing_policy=RoundRobinPolicy())
        cluster = Cluster([os.environ["CASSANDRA_HOST"]], port=int(os.environ["CASSANDRA_PORT"]), auth_provider=login,
            protocol_version=4, execution_profiles={EXEC_PROFILE_DEFAULT: profile})
        session = cluster.connect()
        answers = set()
        for number in range(60):
            session.execute("INSERT INTO guestbook.guests (book, signed, id, name) "
                "VALUES ('%s', toTimestamp(now()), uuid(), 'driver')" % number)
            row = session.execute("SELECT cluster_name, rpc_address FROM system.local").one()
            answers.add((row.rpc_address, row.cluster_name))
        print("hosts", sorted(host.address for host in cluster.metadata.all_hosts()))
        print("answers", sorted(answers))
        print("points", os.environ["CASSANDRA_CONTACT_POINTS"])
        cluster.shutdown()
        """

    private static var sources: String {
        DemoCluster.sources(volumes: DemoCluster(nodes: 3).production.map(\.volume))
    }

    /// Sets a stage on which production is a ring that knows itself as one, and runs are asked of all of it.
    private func play(
        _ cassandra: RealCassandra? = nil,
        _ body: (Stage) async throws -> Void
    ) async throws {
        try await Stage.play(firstPort: Self.firstPort, nodes: 3, cassandra: cassandra) { stage in
            for node in stage.demo.parts.production {
                try await stage.until("\(node.host) knows the others", within: .seconds(600)) {
                    try await stage.database(on: node, "SELECT peer FROM system.peers").count == 2
                }
            }
            try await stage.start(sources: Self.sources)
            try await body(stage)
        }
    }

    /// Listens at production's addresses, on the ports that a copy would speak to its ring on: nothing is to be heard.
    private func hearingNothing(_ body: () async throws -> Void) async throws {
        var ears: [ContactCounter] = []
        let result: Result<Void, any Error>
        do {
            try await listen(&ears)
            result = .success(try await body())
        } catch { result = .failure(error) }
        for ear in ears {
            #expect(ear.contacts == [])
            _ = await ear.stop()
        }
        try result.get()
    }

    private func listen(_ ears: inout [ContactCounter]) async throws {
        let first = Self.firstPort
        for node in DemoCluster(firstPort: first, nodes: 3).production {
            ears.append(try await ContactCounter.start(host: node.host, port: first + 450, storagePort: first + 451))
            // Before it is sealed, a copy's node has a storage port of its agent's own: the second of that one's share.
            for agent in 3..<6 {
                let own = first + UInt16(60 * agent) + 1
                ears.append(try await ContactCounter.start(host: node.host, port: 0, storagePort: own))
            }
        }
    }

    @Test(
        "is one database under one new name, that a driver finds all of and nothing else; production hears nothing",
        .timeLimit(.minutes(6))
    )
    func runs() async throws {
        try await play { stage in
            try await hearingNothing { try await drive(stage) }
            try await stage.until("nothing is left") { await stage.isClean() }
        }
    }

    @Test(
        "the same with the Cassandra of CASSANDRA_HOME, three nodes of production and three of the copy",
        .enabled(if: environmentVariable("CASSANDRA_HOME") != nil, "CASSANDRA_HOME names no Cassandra on this machine"),
        .timeLimit(.minutes(30))
    )
    func realCassandra() async throws {
        try await play(RealCassandra.fromEnvironment()) { stage in
            try await hearingNothing { try await drive(stage) }
        }
    }

    private func drive(_ stage: Stage) async throws {
        let script = "\(stage.demo.directory)/driver.py"
        try Data(Self.suite.utf8).write(to: URL(filePath: script))
        let (ending, output) = try await stage.understudy([
            "run", "--wait", "--source", "guestbook", "--suite-image", DemoCluster.suiteImage, "--command",
            "/usr/bin/python3 \(script)", "--timeout", "25m",
        ])
        #expect(ending == .exited(0), "\(output)")
        let run = try #require(try await stage.runs().first)
        let hosts = Self.agents.map { "'\($0)'" }.joined(separator: ", ")
        #expect(output.contains("hosts [\(hosts)]"), "\(output)")
        let answers = Self.agents.map { "('\($0)', 'ci-\(run.id)')" }.joined(separator: ", ")
        #expect(output.contains("answers [\(answers)]"), "\(output)")
        let points = try #require(output.split(separator: "\n").first { $0.contains("points ") })
        let words = points.split(separator: " ").last ?? ""
        #expect(words.split(separator: ",").sorted() == Self.agents.map { $0[...] })
        #expect(run.snapshots.count == 3 && run.clones.count == 3 && run.tasks.count == 4)
        #expect(try #require(run.data?.spreadSeconds) < 60)
        let sealing = try #require(run.sealing)
        #expect(sealing.ring == 3 && sealing.complete == true, "one copy holds a part; the ring holds all of it")
        #expect(sealing.steps.contains { $0.step == "joining" })
    }

    @Test(
        "hands out all of its endpoints, is made anew when it loses a node, and is gone when it is given back",
        .timeLimit(.minutes(6))
    )
    func loses() async throws {
        try await play { stage in
            let file = "\(stage.demo.directory)/copy.env"
            let (ending, output) = try await stage.understudy(
                "run",
                "--service",
                "--wait",
                "--source",
                "guestbook",
                "--env-file",
                file
            )
            #expect(ending == .exited(0), "\(output)")
            let text = try String(contentsOf: URL(filePath: file), encoding: .utf8)
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("CASSANDRA_CONTACT_POINTS=") })
            #expect(line.split(separator: "=")[1].split(separator: ",").sorted() == Self.agents.map { $0[...] })
            let id = try #require(try await stage.runs().first?.id)
            let before = try await stage.view(id)
            #expect(before.endpoints.count == 3 && Set(before.endpoints.map(\.port)).count == 1)
            var names: Set<String> = []
            for endpoint in before.endpoints {
                names.formUnion(try await stage.call(endpoint, "SELECT name FROM guestbook.guests"))
            }
            #expect(names.count == 3, "each node has production's row of its own: \(names)")

            let second = try #require(before.tasks.dropFirst().first?.id.value)
            try #require(Self.kill(cassandraOf: second) > 0, "no process of \(second) was found")
            try await stage.until("the ring is another") {
                let view = try await stage.view(id)
                return view.clones.count == 6 && view.phase == .ready
            }
            let after = try await stage.view(id)
            #expect(after.endpoints.count == 3)
            #expect(Set(after.phases.map(\.phase)).contains(.cloning))
            _ = try await stage.understudy("release", id.value)
            try await stage.until("nothing is left") { await stage.isClean() }
            #expect(try await stage.view(id).result == .released)
        }
    }

    /// Ends what runs as Cassandra in a task's sandbox.
    private static func kill(cassandraOf task: String) -> Int {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        let found = processes.compactMap { Int32($0) }.filter { process in
            // Whose command cannot be read is gone, or another's.
            let command = (try? Data(contentsOf: URL(filePath: "/proc/\(process)/cmdline"))) ?? Data()
            let text = String(decoding: command, as: UTF8.self)
            return text.contains("stand-in") && text.contains("\(task).pod")
        }
        for process in found { _ = Glibc.kill(process, SIGKILL) }
        return found.count
    }
}
