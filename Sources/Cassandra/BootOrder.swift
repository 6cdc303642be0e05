public import Model

/// What the helper in a copy's container is told: which copy, how to boot it, and who it is to become.
///
/// It travels in the task's environment; everything in it may be read by whoever may read the task.
public struct BootOrder: Hashable, Sendable {
    /// Where it listens.
    public struct Ports: Hashable, Sendable {
        /// For clients, once it is sealed; the one that is published.
        public var published: UInt16
        /// For the helper alone, before that.
        public var sealing: UInt16
        /// For other nodes, of which there are none.
        public var storage: UInt16
        /// For other nodes over TLS.
        public var storageTLS: UInt16
        /// For nodetool.
        public var jmx: UInt16

        /// How many of an agent's a pod in the host's network needs.
        public static let hostCount = 5

        /// Five of an agent's, in this order: nil when there are fewer.
        public init?(host ports: [UInt16]) {
            guard ports.count >= Self.hostCount else { return nil }
            (published, sealing, storage, storageTLS, jmx) = (ports[0], ports[1], ports[2], ports[3], ports[4])
        }

        /// In a network of the container's own: the published one is the agent's too, so that an address and a port belong
        /// together wherever a driver reads them; the others are Cassandra's usual ones, or the next.
        public init(container published: UInt16) {
            self.published = published
            let usual: [UInt16] = [9_042, 7_000, 7_001, 7_199].map { $0 == published ? $0 + 10 : $0 }
            (sealing, storage, storageTLS, jmx) = (usual[0], usual[1], usual[2], usual[3])
        }

        /// In the order of the five.
        public var all: [UInt16] { [published, sealing, storage, storageTLS, jmx] }
    }

    /// Who may log in once the copy is published.
    public enum Login: Hashable, Sendable {
        /// Anybody.
        case none
        /// The run's role alone.
        case run(Role)
        /// Production's own roles, and the run's, which our own checks log in with.
        case production(Role)

        /// The run's role; nil where nobody needs one.
        public var role: Role? {
            switch self {
            case .none: nil
            case .run(let role), .production(let role): role
            }
        }
    }

    /// A role of the run's own.
    public struct Role: Hashable, Sendable {
        /// `[a-z0-9_]`.
        public var name: String
        /// As Cassandra keeps it: `$2a$…`.
        public var saltedHash: String

        /// Wraps both.
        public init(name: String, saltedHash: String) {
            self.name = name
            self.saltedHash = saltedHash
        }
    }

    /// Of what line it is.
    public var version: CassandraVersion
    /// Who it says that it is.
    public var identity: CassandraIdentity
    /// What it is called afterwards: `ci-<run>`.
    public var clusterName: String
    /// Where the clone is mounted.
    public var directory: String
    /// Where it listens.
    public var ports: Ports
    /// The address that the published port is opened on.
    public var listen: String
    /// The address that clients reach it at.
    public var advertise: String
    /// Who may log in.
    public var login: Login
    /// The operator's CQL; nil for none.
    public var mask: String?
    /// True: without a mask the copy is not published.
    public var requiresMask: Bool
    /// True: without all of the data the copy is not published.
    public var requiresComplete: Bool
    /// True: the copy is booted once, in isolation, to read what it says of itself, and is not published.
    public var inspects: Bool
    /// How long each of the two boots may take.
    public var bootSeconds: Int
    /// The helper's own SHA-256, in hexadecimal.
    public var helper: String

    /// Wraps what has no default.
    public init(
        version: CassandraVersion,
        identity: CassandraIdentity,
        clusterName: String,
        directory: String,
        ports: Ports,
        listen: String,
        advertise: String,
        login: Login,
        helper: String,
        mask: String? = nil,
        requiresMask: Bool = false,
        requiresComplete: Bool = false,
        inspects: Bool = false,
        bootSeconds: Int = 300
    ) {
        self.version = version
        self.identity = identity
        self.clusterName = clusterName
        self.directory = directory
        self.ports = ports
        self.listen = listen
        self.advertise = advertise
        self.login = login
        self.helper = helper
        self.mask = mask
        self.requiresMask = requiresMask
        self.requiresComplete = requiresComplete
        self.inspects = inspects
        self.bootSeconds = bootSeconds
    }

    /// Where to connect to from the same pod: what listens on every address listens on loopback too.
    public var reachable: String { listen == "0.0.0.0" ? "127.0.0.1" : listen }
}
