public import Logging
import Synchronization

/// A DC/OS on one machine's loopback: a Mesos master, agents that run tasks as processes, and an OpenStorage gateway.
///
/// A stand-in, and it says so in its version, its state and its log. Nothing of it outlives ``stop()``.
public final class LocalCluster: Sendable {
    private let master: Master
    private let mounting: any VolumeMounting
    private let storage: StorageCluster?
    private let settings: LocalClusterSettings
    private let logger: Logger
    private let sandboxes: String
    private let servers = Mutex<(master: MasterServer?, agents: [AgentServer])>((nil, []))

    /// Makes the plan's volumes; nothing listens yet.
    ///
    /// - Throws: for a plan that contradicts itself, and what the file system says.
    public convenience init(
        plan: LocalClusterPlan,
        settings: LocalClusterSettings = LocalClusterSettings(),
        logger: Logger
    ) throws {
        let storage = try StorageCluster(plan: plan, callSeconds: settings.storageCall, logger: logger)
        self.init(plan: plan, mounting: storage, storage: storage, settings: settings, logger: logger)
    }

    init(
        plan: LocalClusterPlan,
        mounting: any VolumeMounting,
        storage: StorageCluster? = nil,
        settings: LocalClusterSettings = LocalClusterSettings(),
        logger: Logger
    ) {
        self.mounting = mounting
        self.storage = storage
        self.settings = settings
        self.logger = logger
        sandboxes = plan.sandboxes
        master = Master(plan: plan, settings: settings, mounting: mounting, logger: logger)
    }

    /// Listens from now on.
    ///
    /// - Throws: when a port cannot be had.
    public func start() async throws {
        try await storage?.start()
        var ports: [String: Int] = [:]
        for id in master.agentOrder {
            let agent = try await AgentServer.start(SandboxFiles(root: "\(sandboxes)/\(id)"), logger: logger)
            servers.withLock { $0.agents.append(agent) }
            ports[id] = agent.port
        }
        let started = try await MasterServer.start(master, port: settings.masterPort, logger: logger)
        await master.start(port: started.port, agentPorts: ports)
        servers.withLock { $0.master = started }
    }

    /// `127.0.0.1:PORT`; empty before ``start()``.
    public var masterAddress: String { servers.withLock { $0.master.map { "127.0.0.1:\($0.port)" } ?? "" } }

    /// The gateway's, `http://127.0.0.1:PORT`; empty before ``start()``.
    public var storageURL: String { storage?.url ?? "" }

    /// Where a volume's files are; nil when there is none of that name.
    public func directory(ofVolumeNamed name: String) -> String? { storage?.directory(ofVolumeNamed: name) }

    /// Names of all volumes, the oldest first.
    public var volumeNames: [String] { storage?.volumes().map(\.name) ?? [] }

    /// How many tasks run, of all frameworks.
    public var runningTasks: Int { get async { await master.runningTasks } }

    /// How many frameworks the master has removed.
    public var removedFrameworks: Int { get async { await master.removed.count } }

    /// Runs a task as another framework's, and returns once it runs.
    ///
    /// - Parameters:
    ///   - framework: as `/master/state` shows it.
    ///   - task: unique.
    ///   - hostname: of the agent.
    ///   - image: one of the plan's.
    ///   - command: for `/bin/sh -c`.
    ///   - environment: for the task.
    ///   - volume: to be mounted.
    ///   - containerPath: where the command and the environment expect it.
    /// - Throws: when it ended instead.
    public func runOutside(
        framework: String,
        task: String,
        on hostname: String,
        image: String,
        command: String,
        environment: [String: String],
        volume: String,
        at containerPath: String
    ) async throws {
        try await master.runBuiltIn(
            framework: framework,
            task: task,
            on: hostname,
            image: image,
            command: command,
            environment: environment,
            mount: TaskDescription.Mount(name: volume, containerPath: containerPath)
        )
    }

    /// Ends every task, stream and listener; safe to repeat.
    public func stop() async {
        await master.stop()
        let running = servers.withLock { servers in
            defer { servers = (nil, []) }
            return servers
        }
        await running.master?.stop()
        for agent in running.agents { await agent.stop() }
        await storage?.stop()
    }
}
