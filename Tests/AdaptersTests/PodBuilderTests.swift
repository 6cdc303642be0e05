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
        Label("understudy.source", "guestbook"),
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
        user: String? = nil
    ) -> LaunchOrder {
        let cassandra = Source.Cassandra(image: "cassandra:3.11", clusterName: "guestbook", heapMB: 1_024, user: user)
        let source = Source(
            name: SourceName("guestbook"),
            volume: "app-production",
            cassandra: cassandra,
            network: network
        )
        let start = Instant(milliseconds: 0)
        let run = Run(
            id: RunID("r1"),
            spec: RunSpec(source: source.name, suite: suite),
            source: source,
            createdAt: start
        )
        let attempt = Attempt(
            number: 1,
            clone: CopyName("clone-1"),
            agent: AgentID("S0"),
            hostname: "h",
            address: "10.0.0.1",
            node: NodeID("n1"),
            ports: ports,
            resources: resources,
            executorID: ExecutorID("img-1-exec"),
            at: start,
            maxCompletion: .minutes(70),
            cassandra: Attempt.Task(id: TaskID("understudy.r1.0.1"), at: start),
            suite: suite.map { _ in Attempt.Task(id: TaskID("understudy.r1.0.1.suite"), at: start) }
        )
        return LaunchOrder(run: run, attempt: attempt, offers: [OfferID("O1")], settings: Settings())
    }

    private static func cpus(_ thousandths: Int64) -> Resource {
        Resource(name: "cpus", value: .scalar(thousandths: thousandths), allocatedTo: "r")
    }

    private func pod(_ order: LaunchOrder) throws -> PodPlan { try #require(PodBuilder.pod(order)) }

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

    @Test("a service run is Cassandra alone")
    func service() throws {
        let pod = try pod(Self.order(suite: nil))
        #expect(pod.tasks.map(\.name) == ["cassandra-guestbook"])
        #expect(pod.portMappings == [.init(hostPort: 31_000, containerPort: 9_042)])
    }

    @Test("in a network of its own the pod listens where Cassandra does, and one port of the agent leads in")
    func named() throws {
        let pod = try pod(Self.order(ports: [31_007, 31_008]))
        #expect(pod.network == .named("mesos-bridge"))
        #expect(pod.portMappings == [.init(hostPort: 31_007, containerPort: 9_042)])
        #expect(pod.tasks[0].check?.command.contains("/127.0.0.1/9042") == true)
        #expect(pod.tasks[0].environment.contains(Label("UNDERSTUDY_CQL_PORT", "9042")))
        #expect(pod.tasks[1].environment.contains(Label("CASSANDRA_PORT", "9042")))
    }

    @Test("in the agent's network every port is of the offer, and none is mapped")
    func host() throws {
        let pod = try pod(Self.order(network: .host, ports: [31_000, 31_001, 31_002, 31_003]))
        #expect(pod.network == .host)
        #expect(pod.portMappings.isEmpty)
        #expect(pod.tasks[0].environment.contains(Label("UNDERSTUDY_CQL_PORT", "31000")))
        #expect(
            pod.tasks[0].environment.first { $0.key == "JVM_EXTRA_OPTS" }?.value
                == "-Dcassandra.native_transport_port=31000 -Dcassandra.storage_port=31001"
                + " -Dcassandra.ssl_storage_port=31002 -Dcassandra.jmx.local.port=31003"
        )
        #expect(pod.tasks[1].environment.contains(Label("CASSANDRA_PORT", "31000")))
    }

    @Test(
        "in the agent's network there is no pod without ports: on the usual ones production may be listening",
        arguments: 0...3
    )
    func hostWithoutPorts(count: Int) {
        #expect(PodBuilder.pod(Self.order(network: .host, ports: [31_000, 31_001, 31_002].prefix(count) + [])) == nil)
    }

    @Test("a suite's environment keeps its order, and cannot point at another database")
    func environment() throws {
        var suite = Self.suite
        suite.environment += [Label("CASSANDRA_HOST", "production"), Label("UNDERSTUDY_RUN", "x"), Label("C", nil)]
        #expect(
            try pod(Self.order(suite: suite)).tasks[1].environment == [
                Label("B", "2"), Label("A", "1"), Label("C", nil), Label("CASSANDRA_HOST", "127.0.0.1"),
                Label("CASSANDRA_PORT", "9042"), Label("UNDERSTUDY_RUN", "r1"), Label("UNDERSTUDY_SOURCE", "guestbook"),
            ]
        )
    }

    @Test("Cassandra is told who it is, in the order of the keys, and runs as its user; the suite as the framework's")
    func identity() throws {
        let tasks = try pod(Self.order(user: "root")).tasks
        #expect(tasks.map(\.user) == ["root", nil])
        #expect(tasks[0].environment.map(\.key) == tasks[0].environment.map(\.key).sorted())
        for (key, value) in [
            ("CASSANDRA_CLUSTER_NAME", "guestbook"), ("CASSANDRA_SEEDS", "127.0.0.1"), ("MAX_HEAP_SIZE", "1024M"),
            ("CASSANDRA_NUM_TOKENS", "256"),
        ] {
            #expect(tasks[0].environment.contains(Label(key, value)), "\(key)")
        }
        #expect(tasks[0].command.hasPrefix("test -d /var/lib/cassandra/data/system || "))
    }
}
