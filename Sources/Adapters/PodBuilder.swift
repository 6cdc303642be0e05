import Cassandra
import Lifecycle
import Model
import PasswordHash
import Scheduler

/// Makes the pod that an agent gets from what the core has decided.
struct PodBuilder {
    /// The helper that every task of a pod runs in.
    let helper: Helper
    /// Where passwords come from.
    let logins: RunLogins
    /// The operators' CQL, by source.
    let masks: [SourceName: String]

    /// The pod of a launch: Cassandra on the clone, the suite beside it.
    ///
    /// - Returns: a refusal when something is missing without which a copy is not sealed, and so not booted.
    /// - Source: the shape that a real agent took, `recordings/mesos/20-image-and-volume`.
    func pod(_ order: LaunchOrder) -> Result<PodPlan, ReadFault> {
        let attempt = order.attempt
        let network = order.run.source.network
        let boot: CassandraBoot
        switch self.boot(order) {
        case .failure(let fault): return .failure(fault)
        case .success(let made): boot = made
        }
        var tasks = [cassandra(order, boot)]
        if let suite = order.run.spec.suite, let task = attempt.suite {
            tasks.append(self.suite(suite, task.id, order, boot))
        }
        return .success(
            PodPlan(
                executorID: attempt.executorID,
                agentID: attempt.agent,
                executorResources: attempt.resources.executor,
                network: network,
                portMappings: Self.mappings(of: attempt, in: order.run.source),
                tasks: tasks
            )
        )
    }

    private func boot(_ order: LaunchOrder) -> Result<CassandraBoot, ReadFault> {
        func refusal(_ code: String, _ message: String) -> Result<CassandraBoot, ReadFault> {
            .failure(ReadFault(Fault(code: code, message: message, transient: false)))
        }
        let (run, attempt, source) = (order.run, order.attempt, order.run.source)
        let settings = source.cassandra
        // On the usual ports production's own Cassandra may be listening, and the suite would be sent there.
        guard let ports = Self.ports(of: attempt, in: source) else {
            return refusal("pod.ports", "a pod needs more ports of its agent than \(attempt.ports.count)")
        }
        guard let version = settings.line else {
            return refusal("pod.version", "nobody knows how to seal a copy for image \(settings.image)")
        }
        let mask = masks[run.spec.source] ?? order.mask
        guard source.mask == nil || mask != nil else {
            return refusal("pod.mask", "the source's mask \(source.mask ?? "") is not known to this scheduler any more")
        }
        guard let login = login(of: run) else { return refusal("pod.login", "libcrypt makes no hash") }
        let ring = Self.ring(of: attempt, in: run)
        if let ring, let name = ring.addresses.first(where: { IPv4.bytes($0) == nil }) {
            return refusal("pod.ring_address", "a ring's nodes know each other by IPv4 addresses, and \(name) is none")
        }
        let isAlone = source.network == .host && attempt.address.hasPrefix("127.")
        let boot = BootOrder(
            version: version,
            identity: CassandraIdentity(
                clusterName: settings.clusterName,
                dataCenter: settings.dataCenter,
                rack: source.rack(at: ring?.place ?? 0),
                numTokens: settings.numTokens
            ),
            clusterName: "ci-\(run.id)",
            directory: CassandraBoot.dataPath,
            ports: ports,
            listen: isAlone ? attempt.address : "0.0.0.0",
            advertise: attempt.address,
            login: login,
            helper: helper.sha256,
            mask: mask,
            requiresMask: source.demands?.mask ?? false,
            requiresComplete: source.demands?.complete ?? false,
            inspects: run.spec.inspects == true,
            ring: ring
        )
        return .success(CassandraBoot(order: boot, heapMB: settings.heapMB))
    }

    /// The ring that a launch's node is of; nil for a ring of one.
    private static func ring(of attempt: Attempt, in run: Run) -> BootOrder.Ring? {
        run.place(of: attempt).map { BootOrder.Ring(place: $0, addresses: run.ring(of: attempt).map(\.address)) }
    }

    private func login(of run: Run) -> BootOrder.Login? {
        let kind = run.source.login ?? .none
        guard kind != .none else { return BootOrder.Login.none }
        guard let hash = SaltedHash.of(logins.password(of: run.id)) else { return nil }
        let role = BootOrder.Role(name: RunLogins.user(of: run.id), saltedHash: hash)
        return kind == .run ? .run(role) : .production(role)
    }

    /// Of a ring the first two are the same on all of its agents: CQL and storage.
    private static func ports(of attempt: Attempt, in source: Source) -> BootOrder.Ports? {
        let ports = attempt.ports
        switch (source.network, source.isRing) {
        case (.host, false): return BootOrder.Ports(host: ports)
        case (.host, true):
            guard ports.count == BootOrder.Ports.hostCount else { return nil }
            return BootOrder.Ports(host: [ports[0], ports[2], ports[1], ports[3], ports[4]])
        case (.named, false): return ports.first.map { BootOrder.Ports(container: $0) }
        case (.named, true): return ports.count == 2 ? BootOrder.Ports(container: ports[0], storage: ports[1]) : nil
        }
    }

    private static func mappings(of attempt: Attempt, in source: Source) -> [PodPlan.PortMapping] {
        switch source.network {
        case .host: []
        // The same inside and outside: what system.local says and what the agent leads in are one address.
        case .named:
            attempt.ports.prefix(source.commonPortCount).map { PodPlan.PortMapping(hostPort: $0, containerPort: $0) }
        }
    }

    private func cassandra(_ order: LaunchOrder, _ boot: CassandraBoot) -> PodPlan.Task {
        let settings = order.run.source.cassandra
        return PodPlan.Task(
            id: order.attempt.cassandra.id,
            name: "cassandra-\(order.run.spec.source)",
            resources: order.attempt.resources.cassandra,
            command: boot.command,
            fetched: [fetchedHelper],
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
            labels: Self.labels(order)
        )
    }

    private func suite(
        _ suite: RunSpec.Suite,
        _ id: TaskID,
        _ order: LaunchOrder,
        _ boot: CassandraBoot
    ) -> PodPlan.Task {
        // Ours come last: a suite that sets them by mistake would test another database.
        let nodes = boot.order.ring?.addresses ?? [boot.order.reachable]
        var ours = [
            Label("CASSANDRA_HOST", boot.order.reachable), Label("CASSANDRA_PORT", "\(boot.order.ports.published)"),
            Label("CASSANDRA_CONTACT_POINTS", nodes.joined(separator: ",")),
            Label("UNDERSTUDY_RUN", order.run.id.value), Label("UNDERSTUDY_SOURCE", order.run.spec.source.value),
        ]
        ours += boot.awaitEnvironment
        if let role = boot.order.login.role {
            ours.append(Label("CASSANDRA_USER", role.name))
            ours.append(Label("CASSANDRA_PASSWORD", logins.password(of: order.run.id).reveal()))
        }
        let theirs = suite.environment.filter { variable in !ours.contains { $0.key == variable.key } }
        return PodPlan.Task(
            id: id,
            name: "suite-\(order.run.spec.source)",
            resources: order.attempt.resources.suite,
            command: CassandraBoot.awaiting(suite.command),
            fetched: [fetchedHelper],
            image: suite.image,
            environment: theirs + ours,
            killGrace: order.settings.killGrace,
            maxCompletion: order.attempt.maxCompletion,
            labels: Self.labels(order)
        )
    }

    private var fetchedHelper: PodPlan.Fetched { PodPlan.Fetched(url: helper.url, name: CassandraBoot.helperName) }

    /// What tells an operator whose task it is, and until when at most.
    private static func labels(_ order: LaunchOrder) -> [Label] {
        let end = order.attempt.at + order.attempt.maxCompletion
        return labels(order.settings, order.run) + [
            Label(CopyLabel.install, order.install), Label(CopyLabel.expires, end.rfc3339),
        ]
    }

    static func labels(_ settings: Settings, _ run: Run) -> [Label] {
        [
            Label(CopyLabel.service, settings.slug), Label(CopyLabel.run, run.id.value),
            Label(CopyLabel.source, run.spec.source.value),
        ]
    }
}
