import Foundation
import Mesos
import Model
import Scheduler
import Testing

@testable import Adapters
@testable import Lifecycle

@Suite("The pod of a launch")
struct PodBuilderTests {
    private static let labels = [
        Label("understudy.service", "understudy"), Label("understudy.run", "r1"),
        Label("understudy.source", "guestbook"), Label("understudy.install", "i7"),
        Label("understudy.expires", "1970-01-01T01:10:00.000Z"),
    ]
    private static let suite = RunSpec.Suite(
        image: "suite:1",
        command: "make test",
        environment: [Label("B", "2"), Label("A", "1")]
    )

    static func order(
        suite: RunSpec.Suite? = suite,
        network: PodPlan.Network = .named("mesos-bridge"),
        ports: [UInt16] = [31_000],
        resources: PodResources = PodResources(executor: [cpus(100)], cassandra: [cpus(1_000)], suite: [cpus(500)]),
        user: String? = nil,
        address: String = "10.0.0.1",
        login: Source.Login = .run,
        mask: String? = nil,
        image: String = "cassandra:3.11",
        others: [Source.Member]? = nil,
        place: Int = 0
    ) -> LaunchOrder {
        let cassandra = Source.Cassandra(image: image, clusterName: "guestbook", heapMB: 1_024, user: user)
        let source = Source(
            name: SourceName("guestbook"),
            volume: "app-production",
            others: others,
            cassandra: cassandra,
            network: network,
            login: login,
            demands: Source.Demands(complete: true),
            mask: mask
        )
        let start = Instant(milliseconds: 0)
        var run = Run(
            id: RunID("r1"),
            spec: RunSpec(source: source.name, suite: suite),
            source: source,
            createdAt: start
        )
        run.attempts = (0..<source.nodeCount).map { node in
            Attempt(
                number: node + 1,
                clone: CopyName("clone-\(node + 1)"),
                agent: AgentID("S\(node)"),
                hostname: "h",
                // Of a ring's others, the next ones.
                address: node == 0 ? address : "10.0.0.\(node + 1)",
                node: NodeID("n\(node + 1)"),
                ports: ports,
                resources: resources,
                executorID: ExecutorID("img-\(node + 1)-exec"),
                at: start,
                maxCompletion: .minutes(70),
                cassandra: Attempt.Task(id: TaskID("understudy.r1.\(node).\(node + 1)"), at: start),
                suite: (node == 0 ? suite : nil).map { _ in
                    Attempt.Task(id: TaskID("understudy.r1.0.1.suite"), at: start)
                }
            )
        }
        let attempt = run.attempts[place]
        return LaunchOrder(run: run, attempt: attempt, offers: [OfferID("O1")], settings: Settings(), install: "i7")
    }

    private static func cpus(_ thousandths: Int64) -> Resource {
        Resource(name: "cpus", value: .scalar(thousandths: thousandths), allocatedTo: "r")
    }

    static let builder = PodBuilder(
        helper: Helper(url: "http://h:8642/v1/helper/abc", sha256: "abc"),
        logins: RunLogins(secret: Secret("secret")),
        masks: [SourceName("guestbook"): "TRUNCATE a.b"]
    )

    private func pod(_ order: LaunchOrder) throws -> PodPlan { try Self.builder.pod(order).get() }

    private func told(_ task: PodPlan.Task) -> [String: String] {
        Dictionary(uniqueKeysWithValues: task.environment.map { ($0.key, $0.value ?? "") })
    }

    @Test("Cassandra on its clone, by bare name, and the suite beside it")
    func whole() throws {
        let pod = try pod(Self.order())
        #expect(pod.executorID == ExecutorID("img-1-exec"))
        #expect(pod.agentID == AgentID("S0"))
        #expect(pod.executorResources == [Self.cpus(100)])
        #expect(pod.tasks.map(\.id.value) == ["understudy.r1.0.1", "understudy.r1.0.1.suite"])
        #expect(pod.tasks.map(\.name) == ["cassandra-guestbook", "suite-guestbook"])
        #expect(pod.tasks.map(\.image) == ["cassandra:3.11", "suite:1"])
        #expect(pod.tasks.map(\.resources) == [[Self.cpus(1_000)], [Self.cpus(500)]])
        #expect(
            pod.tasks.map(\.mounts) == [
                [PodPlan.Mount(driver: "pxd", volumeName: "clone-1", containerPath: "/var/lib/cassandra")], [],
            ]
        )
        #expect(pod.tasks.map { $0.check != nil } == [true, false])
        #expect(pod.tasks.map(\.discovery) == [[.init(name: "cql", number: 31_000)], []])
    }

    @Test("every task has an end of its own, a grace, and the labels that lead back to its run")
    func everyTask() throws {
        for task in try pod(Self.order()).tasks {
            #expect(task.maxCompletion == .minutes(70))
            #expect(task.killGrace == Settings().killGrace)
            #expect(task.labels == Self.labels)
        }
    }

    @Test("every task is run in the helper, which is fetched for it")
    func helper() throws {
        let tasks = try pod(Self.order()).tasks
        let path = "/mnt/mesos/sandbox/copyboot"
        #expect(tasks[0].command == .program(path, arguments: ["boot"]))
        #expect(tasks[1].command == .program(path, arguments: ["await", "/bin/sh", "-c", "make test"]))
        for task in tasks {
            #expect(task.fetched == [.init(url: "http://h:8642/v1/helper/abc", name: "copyboot")])
            #expect(told(task)["UNDERSTUDY_HELPER_SHA256"] == "abc")
            #expect(told(task)["UNDERSTUDY_CLUSTER"] == "ci-r1")
        }
    }

    @Test("a service run is Cassandra alone")
    func service() throws {
        let pod = try pod(Self.order(suite: nil))
        #expect(pod.tasks.map(\.name) == ["cassandra-guestbook"])
        #expect(pod.portMappings == [.init(hostPort: 31_000, containerPort: 31_000)])
    }

    @Test("in a network of its own the pod is published on the agent's port, inside and outside alike")
    func named() throws {
        let pod = try pod(Self.order(ports: [31_007, 31_008]))
        #expect(pod.network == .named("mesos-bridge"))
        #expect(pod.portMappings == [.init(hostPort: 31_007, containerPort: 31_007)])
        let cassandra = told(pod.tasks[0])
        #expect(cassandra["UNDERSTUDY_PORTS"] == "31007 9042 7000 7001 7199")
        #expect(cassandra["UNDERSTUDY_LISTEN"] == "0.0.0.0")
        #expect(cassandra["UNDERSTUDY_ADVERTISE"] == "10.0.0.1")
        let suite = told(pod.tasks[1])
        #expect(suite["CASSANDRA_HOST"] == "127.0.0.1" && suite["CASSANDRA_PORT"] == "31007")
        #expect(!suite.values.contains { $0.contains("9042") }, "the first boot's port is the helper's alone")
    }

    @Test("in the agent's network every port is of the offer, and none is mapped")
    func host() throws {
        let ports: [UInt16] = [31_000, 31_001, 31_002, 31_003, 31_004]
        let pod = try pod(Self.order(network: .host, ports: ports))
        #expect(pod.network == .host)
        #expect(pod.portMappings.isEmpty)
        #expect(told(pod.tasks[0])["UNDERSTUDY_PORTS"] == "31000 31001 31002 31003 31004")
        #expect(told(pod.tasks[1])["CASSANDRA_PORT"] == "31000")
        #expect(!told(pod.tasks[1]).values.contains { $0.contains("31001") })
        let alone = try self.pod(Self.order(network: .host, ports: ports, address: "127.0.0.5"))
        #expect(told(alone.tasks[0])["UNDERSTUDY_LISTEN"] == "127.0.0.5")
        #expect(told(alone.tasks[1])["CASSANDRA_HOST"] == "127.0.0.5")
    }

    private static let members = [Source.Member(volume: "app-2", rack: "rack2"), Source.Member(volume: "app-3")]

    @Test("each node of a ring knows all of them, and which it is; their ports are CQL's and storage's")
    func ring() throws {
        let pods = try (0..<3).map { place in
            try pod(Self.order(ports: [31_000, 31_001], others: Self.members, place: place))
        }
        let databases = pods.map { told($0.tasks[0]) }
        #expect(databases.map { $0["UNDERSTUDY_RING_PLACE"] } == ["0", "1", "2"])
        #expect(Set(databases.map { $0["UNDERSTUDY_RING"] }) == ["10.0.0.1 10.0.0.2 10.0.0.3"])
        #expect(databases.map { $0["UNDERSTUDY_ADVERTISE"] } == ["10.0.0.1", "10.0.0.2", "10.0.0.3"])
        #expect(databases.map { $0["UNDERSTUDY_SAVED_RACK"] } == ["rack1", "rack2", "rack1"])
        #expect(Set(databases.map { $0["UNDERSTUDY_CLUSTER"] }) == ["ci-r1"])
        #expect(Set(databases.map { $0["UNDERSTUDY_PORTS"] }) == ["31000 9042 31001 7001 7199"])
        for pod in pods { #expect(pod.portMappings.map(\.hostPort) == [31_000, 31_001]) }
        #expect(pods.map(\.tasks.count) == [2, 1, 1])
        let suite = told(pods[0].tasks[1])
        #expect(suite["CASSANDRA_CONTACT_POINTS"] == "10.0.0.1,10.0.0.2,10.0.0.3")
        #expect(suite["UNDERSTUDY_RING"] == "10.0.0.1 10.0.0.2 10.0.0.3", "the helper beside it waits for all")
        #expect(told(try pod(Self.order()).tasks[1])["CASSANDRA_CONTACT_POINTS"] == "127.0.0.1")
    }

    @Test("a ring in the agents' network has the first two ports in common, and no node without an IPv4 address")
    func ringInHostNetwork() throws {
        let ports: [UInt16] = [31_000, 31_001, 31_010, 31_011, 31_012]
        let order = Self.order(network: .host, ports: ports, others: Self.members)
        #expect(told(try pod(order).tasks[0])["UNDERSTUDY_PORTS"] == "31000 31010 31001 31011 31012")
        let named = Self.order(network: .host, ports: ports, address: "agent-1.example.org", others: Self.members)
        #expect { try pod(named) } throws: { ($0 as? ReadFault)?.fault.code == "pod.ring_address" }
    }

    @Test(
        "in the agent's network there is no pod without ports: on the usual ones production may be listening",
        arguments: 0...4
    )
    func hostWithoutPorts(count: Int) {
        let ports: [UInt16] = [31_000, 31_001, 31_002, 31_003]
        let result = Self.builder.pod(Self.order(network: .host, ports: Array(ports.prefix(count))))
        #expect(throws: ReadFault.self) { try result.get() }
    }

    @Test("without a mask that the source names, and for a line that nobody has looked into, there is no pod")
    func refusals() throws {
        let bare = PodBuilder(
            helper: Helper(url: "u", sha256: "s"),
            logins: RunLogins(secret: Secret("secret")),
            masks: [:]
        )
        #expect { try bare.pod(Self.order(mask: "/etc/mask.cql")).get() } throws: {
            ($0 as? ReadFault)?.fault.code == "pod.mask"
        }
        #expect { try pod(Self.order(image: "cassandra:latest")) } throws: {
            ($0 as? ReadFault)?.fault.code == "pod.version"
        }
        #expect(told(try pod(Self.order(mask: "/etc/mask.cql")).tasks[0])["UNDERSTUDY_MASK"] == "TRUNCATE a.b")
    }

    @Test("the database is told a hash, the suite a password, and neither the other's")
    func login() throws {
        let tasks = try pod(Self.order()).tasks
        let password = RunLogins(secret: Secret("secret")).password(of: RunID("r1")).reveal()
        #expect(told(tasks[1])["CASSANDRA_USER"] == "ci_r1" && told(tasks[1])["CASSANDRA_PASSWORD"] == password)
        #expect(told(tasks[0])["UNDERSTUDY_ROLE"] == "ci_r1" && told(tasks[0])["UNDERSTUDY_LOGIN"] == "run")
        #expect(told(tasks[0])["UNDERSTUDY_ROLE_HASH"]?.hasPrefix("$2a$") == true)
        #expect(!told(tasks[0]).values.contains(password))
        let open = try pod(Self.order(login: .none)).tasks
        #expect(told(open[0])["UNDERSTUDY_LOGIN"] == "none" && told(open[1])["CASSANDRA_USER"] == nil)
        #expect(told(try pod(Self.order(login: .production)).tasks[0])["UNDERSTUDY_LOGIN"] == "production")
    }

    @Test("a suite's environment keeps its order, and cannot point at another database")
    func environment() throws {
        var suite = Self.suite
        suite.environment += [
            Label("CASSANDRA_HOST", "production"), Label("UNDERSTUDY_RUN", "x"), Label("C", nil),
            Label("CASSANDRA_USER", "root"),
        ]
        let environment = try pod(Self.order(suite: suite)).tasks[1].environment
        #expect(environment.prefix(3) == [Label("B", "2"), Label("A", "1"), Label("C", nil)])
        #expect(Set(environment.map(\.key)).count == environment.count)
        #expect(
            environment.contains(Label("UNDERSTUDY_RUN", "r1"))
                && environment.contains(Label("CASSANDRA_USER", "ci_r1"))
        )
    }

    @Test("Cassandra is told who it was, in the order of the keys, and runs as its user; the suite as the framework's")
    func identity() throws {
        let tasks = try pod(Self.order(user: "root")).tasks
        #expect(tasks.map(\.user) == ["root", nil])
        #expect(tasks[0].environment.map(\.key) == tasks[0].environment.map(\.key).sorted())
        for (key, value) in [
            ("UNDERSTUDY_SAVED_CLUSTER", "guestbook"), ("UNDERSTUDY_VERSION", "3.11"), ("MAX_HEAP_SIZE", "1024M"),
            ("UNDERSTUDY_SAVED_TOKENS", "256"), ("UNDERSTUDY_REQUIRES", "complete"),
        ] {
            #expect(told(tasks[0])[key] == value, "\(key)")
        }
    }
}
