/// What a local cluster consists of: agents, Portworx nodes, volumes and images.
///
/// A local cluster is a stand-in for DC/OS on one machine's loopback; everything in it says so.
public struct LocalClusterPlan: Sendable {
    /// One Mesos agent, and the Portworx node on the same host when there is one.
    public struct Agent: Sendable {
        /// As Mesos shows it (`ssd-1`, `hdd-1`, `plain-1`); unique.
        public var hostname: String
        /// The loopback address its tasks and endpoints are reached at.
        public var address: String
        /// In CPUs.
        public var cpus: Double
        /// In MiB.
        public var memoryMB: Double
        /// In MiB.
        public var diskMB: Double
        /// Ports to offer; ranges of two agents never overlap, since all share one loopback.
        public var ports: ClosedRange<UInt16>
        /// Ports to offer beside them, which other agents may offer too: of an address of its own; nil for none.
        public var commonPorts: ClosedRange<UInt16>?
        /// TEXT attributes.
        public var attributes: [String: String]
        /// nil for an agent without Portworx.
        public var storage: Node?

        /// Wraps all of it.
        public init(
            hostname: String,
            address: String = "127.0.0.1",
            cpus: Double,
            memoryMB: Double,
            diskMB: Double,
            ports: ClosedRange<UInt16>,
            commonPorts: ClosedRange<UInt16>? = nil,
            attributes: [String: String] = [:],
            storage: Node? = nil
        ) {
            self.hostname = hostname
            self.address = address
            self.cpus = cpus
            self.memoryMB = memoryMB
            self.diskMB = diskMB
            self.ports = ports
            self.commonPorts = commonPorts
            self.attributes = attributes
            self.storage = storage
        }
    }

    /// One Portworx node.
    public struct Node: Sendable {
        /// Portworx' id; unique.
        public var id: String
        /// In order; the index is the pool's number.
        public var pools: [Pool]
        /// Wraps both.
        public init(id: String, pools: [Pool]) {
            self.id = id
            self.pools = pools
        }
    }

    /// One storage pool.
    public struct Pool: Sendable {
        /// `LOW`, `MEDIUM` or `HIGH`.
        public var cos: String
        /// In bytes.
        public var totalBytes: UInt64
        /// `no_snapshot` among them.
        public var labels: [String: String]
        /// Wraps the three.
        public init(cos: String, totalBytes: UInt64, labels: [String: String] = [:]) {
            self.cos = cos
            self.totalBytes = totalBytes
            self.labels = labels
        }
    }

    /// A volume that exists when the cluster starts.
    public struct Volume: Sendable {
        /// Its name.
        public var name: String
        /// In bytes.
        public var sizeBytes: UInt64
        /// `LOW`, `MEDIUM` or `HIGH`.
        public var cos: String
        /// Nodes and the pool numbers on them.
        public var replicas: [(node: String, pool: Int)]
        /// Labels of the volume; snapshots and clones inherit them.
        public var labels: [String: String]
        /// Inherited by clones.
        public var sticky: Bool
        /// Inherited by clones, minutes; 0 for none.
        public var snapshotIntervalMinutes: UInt32
        /// Wraps all of it.
        public init(
            name: String,
            sizeBytes: UInt64,
            cos: String,
            replicas: [(node: String, pool: Int)],
            labels: [String: String] = [:],
            sticky: Bool = false,
            snapshotIntervalMinutes: UInt32 = 0
        ) {
            self.name = name
            self.sizeBytes = sizeBytes
            self.cos = cos
            self.replicas = replicas
            self.labels = labels
            self.sticky = sticky
            self.snapshotIntervalMinutes = snapshotIntervalMinutes
        }
    }

    /// The agents, in offer order.
    public var agents: [Agent]
    /// The volumes.
    public var volumes: [Volume]
    /// Docker image name → directory of executables that stands in for the image: it leads the task's PATH.
    ///
    /// A task whose image is not listed fails as a real agent's would.
    public var images: [String: String]
    /// Where volumes and sandboxes live; made when missing, removed by whoever made it.
    public var directory: String

    /// Wraps all of it.
    public init(agents: [Agent], volumes: [Volume], images: [String: String], directory: String) {
        self.agents = agents
        self.volumes = volumes
        self.images = images
        self.directory = directory
    }

    /// One directory an agent.
    var sandboxes: String { directory + "/sandboxes" }
}
