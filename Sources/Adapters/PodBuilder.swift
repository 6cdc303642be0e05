import Cassandra
import Lifecycle
import Model
import Scheduler

/// Makes the pod that an agent gets from what the core has decided.
enum PodBuilder {
    /// The pod of a launch: Cassandra on the clone, the suite beside it.
    ///
    /// - Returns: nil when ports are missing on the agent's network: on the usual ones production's own Cassandra may be
    ///   listening, and the suite would be sent there.
    /// - Source: the shape that a real agent took, `recordings/mesos/20-image-and-volume`.
    static func pod(_ order: LaunchOrder) -> PodPlan? {
        let attempt = order.attempt
        let network = order.run.source.network
        guard let ports = ports(of: attempt, in: network) else { return nil }
        var tasks = [cassandra(order, ports)]
        if let suite = order.run.spec.suite, let task = attempt.suite {
            tasks.append(self.suite(suite, task.id, order, ports))
        }
        return PodPlan(
            executorID: attempt.executorID,
            agentID: attempt.agent,
            executorResources: attempt.resources.executor,
            network: network,
            portMappings: mappings(of: attempt, in: network),
            tasks: tasks
        )
    }

    private static func ports(of attempt: Attempt, in network: PodPlan.Network) -> CassandraBoot.Ports? {
        switch network {
        case .host: CassandraBoot.Ports(host: attempt.ports)
        case .named: .standard
        }
    }

    private static func mappings(of attempt: Attempt, in network: PodPlan.Network) -> [PodPlan.PortMapping] {
        switch network {
        case .host: []
        case .named:
            attempt.ports.prefix(1).map {
                PodPlan.PortMapping(hostPort: $0, containerPort: CassandraBoot.Ports.standard.cql)
            }
        }
    }

    private static func cassandra(_ order: LaunchOrder, _ ports: CassandraBoot.Ports) -> PodPlan.Task {
        let settings = order.run.source.cassandra
        let boot = CassandraBoot(
            identity: CassandraBoot.Identity(
                clusterName: settings.clusterName,
                dataCenter: settings.dataCenter,
                rack: settings.rack,
                numTokens: settings.numTokens
            ),
            ports: ports,
            heapMB: settings.heapMB
        )
        return PodPlan.Task(
            id: order.attempt.cassandra.id,
            name: "cassandra-\(order.run.spec.source)",
            resources: order.attempt.resources.cassandra,
            command: boot.command,
            user: settings.user,
            image: settings.image,
            environment: boot.environment,
            mounts: [
                PodPlan.Mount(
                    driver: order.settings.volumeDriver,
                    volumeName: order.attempt.clone.value,
                    containerPath: CassandraBoot.dataPath
                )
            ],
            check: boot.check,
            killGrace: order.settings.killGrace,
            maxCompletion: order.attempt.maxCompletion,
            discovery: order.attempt.ports.prefix(1).map { PodPlan.DiscoveredPort(name: "cql", number: $0) },
            labels: labels(order)
        )
    }

    private static func suite(
        _ suite: RunSpec.Suite,
        _ id: TaskID,
        _ order: LaunchOrder,
        _ ports: CassandraBoot.Ports
    ) -> PodPlan.Task {
        // Ours come last: a suite that sets them by mistake would test another database.
        let ours = [
            Label("CASSANDRA_HOST", "127.0.0.1"), Label("CASSANDRA_PORT", "\(ports.cql)"),
            Label("UNDERSTUDY_RUN", order.run.id.value), Label("UNDERSTUDY_SOURCE", order.run.spec.source.value),
        ]
        let theirs = suite.environment.filter { variable in !ours.contains { $0.key == variable.key } }
        return PodPlan.Task(
            id: id,
            name: "suite-\(order.run.spec.source)",
            resources: order.attempt.resources.suite,
            command: suite.command,
            image: suite.image,
            environment: theirs + ours,
            killGrace: order.settings.killGrace,
            maxCompletion: order.attempt.maxCompletion,
            labels: labels(order)
        )
    }

    private static func labels(_ order: LaunchOrder) -> [Label] {
        [
            Label(CopyLabel.service, order.settings.slug), Label(CopyLabel.run, order.run.id.value),
            Label(CopyLabel.source, order.run.spec.source.value),
        ]
    }
}
