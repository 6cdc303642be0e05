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
    /// In the order of the agents.
    private let agentAddresses: [String]
    private let servers = Mutex<Servers>(Servers())

    private struct Servers {
        var master: MasterServer?
        /// Kept while the master is down.
        var masterPort: Int?
        var agents: [AgentServer] = []
        var control: ControlServer?
        /// Incidents that are not over.
        var incidents: [Int: Task<Void, Never>] = [:]
        var incidentsMade = 0
        var isStopping = false
    }

    /// What goes wrong on purpose; nothing unless told.
    public let faults: Faults

    /// Makes the plan's volumes; nothing listens yet.
    ///
    /// - Throws: for a plan that contradicts itself, and what the file system says.
    public convenience init(
        plan: LocalClusterPlan,
        settings: LocalClusterSettings = LocalClusterSettings(),
        logger: Logger
    ) throws {
        let faults = Faults(hostnames: Set(plan.agents.map(\.hostname)))
        let storage = try StorageCluster(
            plan: plan,
            callSeconds: settings.storageCall,
            copier: settings.copier,
            faults: faults,
            logger: logger
        )
        self.init(
            plan: plan,
            mounting: storage,
            storage: storage,
            settings: settings,
            faults: faults,
            logger: logger
        )
    }

    init(
        plan: LocalClusterPlan,
        mounting: any VolumeMounting,
        storage: StorageCluster? = nil,
        settings: LocalClusterSettings = LocalClusterSettings(),
        faults: Faults? = nil,
        logger: Logger
    ) {
        self.faults = faults ?? Faults(hostnames: Set(plan.agents.map(\.hostname)))
        self.mounting = mounting
        self.storage = storage
        self.settings = settings
        self.logger = logger
        sandboxes = plan.sandboxes
        agentAddresses = plan.agents.map(\.address)
        master = Master(plan: plan, settings: settings, mounting: mounting, logger: logger)
    }

    /// Listens from now on.
    ///
    /// - Throws: when a port cannot be had.
    public func start() async throws {
        try await storage?.start()
        var ports: [String: Int] = [:]
        for (id, address) in zip(master.agentOrder, agentAddresses) {
            let files = SandboxFiles(root: "\(sandboxes)/\(id)")
            let agent = try await AgentServer.start(files, host: address, identity: settings.identity, logger: logger)
            servers.withLock { $0.agents.append(agent) }
            ports[id] = agent.port
        }
        let control = try await ControlServer.start(faults, port: settings.controlPort, logger: logger)
        servers.withLock { $0.control = control }
        let started = try await MasterServer.start(
            master,
            faults: faults,
            identity: settings.identity,
            port: settings.masterPort,
            logger: logger
        )
        await master.start(port: started.port, agentPorts: ports)
        servers.withLock {
            $0.master = started
            $0.masterPort = started.port
        }
        faults.onIncident { [weak self] effect, agents in self?.begin(effect, agents) }
    }

    /// `127.0.0.1:PORT`; empty before ``start()``.
    public var masterAddress: String { servers.withLock { $0.masterPort.map { "127.0.0.1:\($0)" } ?? "" } }

    /// Where faults are put, listed and cleared, `http://127.0.0.1:PORT/faults`; empty before ``start()``.
    public var controlURL: String {
        servers.withLock { $0.control.map { "http://127.0.0.1:\($0.port)/faults" } ?? "" }
    }

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

    /// Every mount since the start, the oldest first: what the cluster itself has seen of who used which volume.
    public var mounts: [MountRecord] { storage?.witnessed.withLock { $0 } ?? [] }

    /// Ends every task, stream and listener; safe to repeat.
    public func stop() async {
        let incidents = servers.withLock { servers in
            servers.isStopping = true
            return Array(servers.incidents.values)
        }
        for incident in incidents { incident.cancel() }
        for incident in incidents { await incident.value }
        await master.stop()
        let running = servers.withLock { servers in
            defer { (servers.master, servers.control, servers.agents, servers.masterPort) = (nil, nil, [], nil) }
            return servers
        }
        await running.master?.stop()
        for agent in running.agents { await agent.stop() }
        await running.control?.stop()
        await storage?.stop()
    }

    // MARK: incidents

    /// One thing that happens to agents or to the master; cancelled, it is over at once.
    private func begin(_ effect: Fault.Effect, _ agents: Set<String>) {
        servers.withLock { servers in
            guard !servers.isStopping else { return }
            servers.incidentsMade += 1
            let number = servers.incidentsMade
            servers.incidents[number] = Task {
                await self.play(effect, agents)
                self.servers.withLock { $0.incidents[number] = nil }
            }
        }
    }

    private func play(_ effect: Fault.Effect, _ agents: Set<String>) async {
        let ids = master.hostnames.filter { agents.contains($0.value) }.keys.sorted()
        switch effect {
        case .agentUnreachable(let seconds):
            for id in ids { await master.loseAgent(id) }
            await faults.wait(seconds)
            for id in ids { await master.returnAgent(id) }
        case .agentGone: for id in ids { await master.markAgentGone(id) }
        case .masterRestart(let restart): await self.restart(restart)
        case .delay, .error, .answerLost, .streamCut, .duplicateUpdate, .lateUpdate, .staysAttached, .failedSnapshot,
            .staleListing:
            break
        }
    }

    /// Nothing while the master is down already.
    private func restart(_ restart: Fault.MasterRestart) async {
        let running = servers.withLock { servers in
            defer { servers.master = nil }
            return servers.master
        }
        guard let running else { return }
        logger.notice("the master dies on purpose", metadata: ["mesos.registry": "\(restart.keepsRegistry)"])
        await master.crash(keepsRegistry: restart.keepsRegistry)
        await running.kill()
        let held = HeldPort(running.port)
        await faults.wait(restart.down)
        do {
            // Whoever stops the cluster meanwhile waits for this, and finds a server to stop.
            let (master, faults, logger) = (master, faults, logger)
            let started = try await Task {
                try await MasterServer.start(
                    master,
                    faults: faults,
                    identity: settings.identity,
                    port: running.port,
                    logger: logger
                )
            }.value
            servers.withLock { $0.master = started }
            withExtendedLifetime(held) {}
        } catch {
            return logger.critical("the master's port is lost", metadata: ["error": "\(error)"])
        }
        await faults.wait(Self.recovery)
        await master.endRecovery()
        await faults.wait(restart.agentsBack)
        await master.returnAgents()
    }

    /// Seconds in which a master that listens has not finished its recovery.
    private static let recovery = 0.05
}
