/// A pod to launch: one LAUNCH_GROUP with the default executor.
///
/// All resources are already cut from the offer. - Source: `recordings/mesos/20-image-and-volume`.
public struct PodPlan: Hashable, Codable, Sendable {
    /// How the pod's containers meet the network.
    public enum Network: Hashable, Codable, Sendable {
        /// The agent's own network; every port comes from the offer.
        case host
        /// A CNI network by name (`mesos-bridge` among them); ``Task/portMappings`` lead in.
        case named(String)
    }

    /// One port led from the agent into the container.
    public struct PortMapping: Hashable, Codable, Sendable {
        /// On the agent, from the offer.
        public var hostPort: UInt16
        /// In the container.
        public var containerPort: UInt16
        /// Wraps both.
        public init(hostPort: UInt16, containerPort: UInt16) {
            self.hostPort = hostPort
            self.containerPort = containerPort
        }
    }

    /// An external volume, by its bare name: options in a name would create an empty volume.
    public struct Mount: Hashable, Codable, Sendable {
        /// The docker volume driver, `pxd`.
        public var driver: String
        /// The volume's name.
        public var volumeName: String
        /// An absolute path.
        public var containerPath: String
        /// Wraps the three.
        public init(driver: String, volumeName: String, containerPath: String) {
            self.driver = driver
            self.volumeName = volumeName
            self.containerPath = containerPath
        }
    }

    /// What is run in a container.
    public enum Command: Hashable, Codable, Sendable {
        /// By `/bin/sh -c`.
        case shell(String)
        /// By itself, without a shell; the path is absolute.
        case program(String, arguments: [String])
    }

    /// A file that the agent fetches into the task's sandbox before it starts, or has in its cache by its URL.
    public struct Fetched: Hashable, Codable, Sendable {
        /// Of any kind that the agent's fetcher knows.
        public var url: String
        /// What it is called in the sandbox.
        public var name: String

        /// Wraps both; what is fetched may be executed.
        public init(url: String, name: String) {
            self.url = url
            self.name = name
        }
    }

    /// Where agents mount a task's sandbox in a container with an image of its own: their default, which DC/OS keeps.
    public static let sandbox = "/mnt/mesos/sandbox"

    /// A command that runs inside the container now and then; its exit code arrives in updates.
    public struct Check: Hashable, Codable, Sendable {
        /// What is run.
        public var command: Command
        /// Between two runs.
        public var interval: Span
        /// For one run.
        public var timeout: Span
        /// Before the first run.
        public var delay: Span
        /// Wraps the four.
        public init(command: Command, interval: Span, timeout: Span, delay: Span) {
            self.command = command
            self.interval = interval
            self.timeout = timeout
            self.delay = delay
        }
    }

    /// What others may discover, in the DC/OS UI and Mesos-DNS.
    public struct DiscoveredPort: Hashable, Codable, Sendable {
        /// The port's name, `cql`.
        public var name: String
        /// On the agent.
        public var number: UInt16
        /// Wraps both.
        public init(name: String, number: UInt16) {
            self.name = name
            self.number = number
        }
    }

    /// One task of the pod.
    public struct Task: Hashable, Codable, Sendable {
        /// Unique for ever.
        public var id: TaskID
        /// As the UI shows it.
        public var name: String
        /// Cut from the offer.
        public var resources: [Resource]
        /// What is run.
        public var command: Command
        /// Before it is.
        public var fetched: [Fetched]
        /// The user on the agent's host; nil for the framework's.
        public var user: String?
        /// The Docker image; nil for the agent's own file system.
        public var image: String?
        /// In order of the key.
        public var environment: [Label]
        /// External volumes.
        public var mounts: [Mount]
        /// Empty when none.
        public var check: Check?
        /// From SIGTERM to SIGKILL.
        public var killGrace: Span
        /// After which the agent ends it by itself; the lease holds even while we are down.
        public var maxCompletion: Span
        /// What to announce; empty for none.
        public var discovery: [DiscoveredPort]
        /// Labels in order.
        public var labels: [Label]

        /// Wraps all of it.
        public init(
            id: TaskID,
            name: String,
            resources: [Resource],
            command: Command,
            fetched: [Fetched] = [],
            user: String? = nil,
            image: String? = nil,
            environment: [Label] = [],
            mounts: [Mount] = [],
            check: Check? = nil,
            killGrace: Span,
            maxCompletion: Span,
            discovery: [DiscoveredPort] = [],
            labels: [Label] = []
        ) {
            self.id = id
            self.name = name
            self.resources = resources
            self.command = command
            self.fetched = fetched
            self.user = user
            self.image = image
            self.environment = environment
            self.mounts = mounts
            self.check = check
            self.killGrace = killGrace
            self.maxCompletion = maxCompletion
            self.discovery = discovery
            self.labels = labels
        }
    }

    /// The default executor's id; unique for ever.
    public var executorID: ExecutorID
    /// Where.
    public var agentID: AgentID
    /// For the executor itself, counted beside the tasks'.
    public var executorResources: [Resource]
    /// How the pod meets the network; a property of the executor's container.
    public var network: Network
    /// Empty with ``Network/host``.
    public var portMappings: [PortMapping]
    /// One to three.
    public var tasks: [Task]

    /// Wraps all of it.
    public init(
        executorID: ExecutorID,
        agentID: AgentID,
        executorResources: [Resource],
        network: Network,
        portMappings: [PortMapping] = [],
        tasks: [Task]
    ) {
        self.executorID = executorID
        self.agentID = agentID
        self.executorResources = executorResources
        self.network = network
        self.portMappings = portMappings
        self.tasks = tasks
    }
}
