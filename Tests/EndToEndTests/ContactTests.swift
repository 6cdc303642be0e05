import API
import Cassandra
import FoundationEssentials
import Glibc
import LocalCluster
import Model
import StandIn
import Testing

@testable import understudy

@Suite("Nothing of a copy reaches production", .serialized, .timeLimit(.minutes(5)))
struct ContactTests {
    private static let peer = "127.0.0.3"

    /// What a test suite does with a real driver that is told of one node alone: it discovers the others by itself.
    private static let suite = """
        import os, time
        from cassandra.auth import PlainTextAuthProvider
        from cassandra.cluster import Cluster, ExecutionProfile, EXEC_PROFILE_DEFAULT
        from cassandra.policies import RoundRobinPolicy
        user = os.environ.get("CASSANDRA_USER")
        login = PlainTextAuthProvider(user, os.environ["CASSANDRA_PASSWORD"]) if user else None
        profile = ExecutionProfile(load_balancing_policy=RoundRobinPolicy())
        cluster = Cluster([os.environ["CASSANDRA_HOST"]], port=int(os.environ["CASSANDRA_PORT"]), auth_provider=login,
            protocol_version=4, execution_profiles={EXEC_PROFILE_DEFAULT: profile})
        session = cluster.connect()
        table = "INSERT INTO guestbook.guests (id, name) VALUES (%s, 'driver')" if os.environ.get("PLAIN") else \\
            "INSERT INTO guestbook.guests (book, signed, id, name) VALUES ('%s', toTimestamp(now()), uuid(), 'driver')"
        for number in range(40):
            session.execute(table % number)
            time.sleep(0.05)
        print("hosts", sorted(host.address for host in cluster.metadata.all_hosts()))
        cluster.shutdown()
        """

    private func drive(_ environment: [String: String]) async throws -> String {
        let run = try await Stage.run("/usr/bin/python3", ["-c", Self.suite], environment: environment)
        #expect(run.ending == .exited(0), "\(run.output)")
        return run.output
    }

    @Test("a driver at a sealed copy finds one host, and a node that the data remember hears nothing at all")
    func sealed() async throws {
        try await CopyBoot.play(firstPort: 18_600) { boot in
            let production = try await ContactCounter.start(
                host: Self.peer,
                port: boot.ports.published,
                storagePort: boot.ports.storage
            )
            // Before it is sealed it listens elsewhere: there production's other ear is.
            let early = try await ContactCounter.start(host: Self.peer, port: boot.ports.sealing)
            try await boot.serving(boot.order()) {
                let said = try await drive([
                    "CASSANDRA_HOST": "127.0.0.1", "CASSANDRA_PORT": "\(boot.ports.published)", "PLAIN": "1",
                    "CASSANDRA_USER": "ci_abc", "CASSANDRA_PASSWORD": CopyBoot.password.reveal(),
                ])
                #expect(said.contains("hosts ['127.0.0.1']"), "\(said)")
            }
            #expect(production.contacts == [] && early.contacts == [])
            _ = await (production.stop(), early.stop())
        }
    }

    @Test("a plain copy would be found out: its driver goes on to production, and it gossips there")
    func plain() async throws {
        try await CopyBoot.play(firstPort: 18_610) { boot in
            let production = try await ContactCounter.start(
                host: Self.peer,
                port: boot.ports.published,
                storagePort: boot.ports.storage
            )
            let process = try ChildProcess(
                Stage.program,
                [
                    "stand-in", "serve", "--directory", boot.volume, "--cluster-name", "guestbook", "--port",
                    "\(boot.ports.published)", "--storage-port", "\(boot.ports.storage)",
                ],
                environment: DemoStage.childEnvironment,
                output: .lines { _, _ in }
            )
            _ = try await Stage.run(
                Stage.program,
                ["cql", "--port", "\(boot.ports.published)", "--within", "30s", "SELECT key FROM system.local"]
            )
            // It cannot write there: production has no such table, which is not the point.
            let run = try await Stage.run(
                "/usr/bin/python3",
                ["-c", Self.suite],
                environment: [
                    "CASSANDRA_HOST": "127.0.0.1", "CASSANDRA_PORT": "\(boot.ports.published)", "PLAIN": "1",
                ]
            )
            let contacts = production.contacts
            #expect(contacts.contains { $0.contains("client connections") }, "\(contacts), \(run.output)")
            #expect(contacts.contains { $0.contains("gossip from /127.0.0.1") }, "\(contacts)")
            _ = await process.end(by: SIGTERM, within: .seconds(5))
            _ = await production.stop()
        }
    }

    @Test("through a whole run of the local cluster, from the boot to the end, with a real driver for a suite: 0")
    func run() async throws { try await run(firstPort: 18_000, cassandra: nil) }

    @Test(
        "the same with the Cassandra of CASSANDRA_HOME, in production's place and on the copy",
        .enabled(if: environmentVariable("CASSANDRA_HOME") != nil, "CASSANDRA_HOME names no Cassandra on this machine")
    )
    func realCassandra() async throws {
        try await run(firstPort: 18_700, cassandra: RealCassandra.fromEnvironment())
    }

    private func run(firstPort first: UInt16, cassandra: RealCassandra?) async throws {
        // The cheap agent's first port is the published one, its third is for gossip.
        let ports = (cql: first + 180, storage: first + 182)
        let production = try await ContactCounter.start(host: Self.peer, port: ports.cql, storagePort: ports.storage)
        try await Stage.play(firstPort: first, cassandra: cassandra) { stage in
            try await stage.addPeer(Self.peer)
            try await stage.start()
            let script = "\(stage.demo.directory)/driver.py"
            try Data(Self.suite.utf8).write(to: URL(filePath: script))
            let (ending, output) = try await stage.understudy([
                "run", "--wait", "--source", "guestbook", "--suite-image", DemoCluster.suiteImage, "--command",
                "/usr/bin/python3 \(script)",
            ])
            #expect(ending == .exited(0), "\(output)")
            #expect(output.contains("hosts ['127.0.0.1']"), "\(output)")
            #expect(production.contacts == [])
        }
        _ = await production.stop()
    }
}
