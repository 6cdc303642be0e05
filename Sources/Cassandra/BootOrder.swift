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
        /// For the other nodes of its ring, where it has one.
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
            self.init(container: published, storage: published == 7_000 ? 7_010 : 7_000)
        }

        /// As ``init(container:)``, for a node of a ring: before 4.0 all nodes have to be on one storage port, so that it too is
        /// the agents'.
        ///
        /// - Parameters:
        ///   - published: for clients.
        ///   - storage: for other nodes; another one than that.
        public init(container published: UInt16, storage: UInt16) {
            func free(_ usual: UInt16) -> UInt16 {
                [usual, usual + 10, usual + 20].first { $0 != published && $0 != storage } ?? usual
            }
            (self.published, self.storage) = (published, storage)
            (sealing, storageTLS, jmx) = (free(9_042), free(7_001), free(7_199))
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

        /// Which of the three, without the role.
        public enum Kind: String, Hashable, Sendable {
            /// Anybody.
            case none
            /// The run's role.
            case run
            /// Production's, and the run's.
            case production
        }

        /// Which of the three.
        public var kind: Kind {
            switch self {
            case .none: .none
            case .run: .run
            case .production: .production
            }
        }

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

        /// True for a name that cannot end a text of CQL.
        static func isName(_ text: String) -> Bool {
            text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_")
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            }
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
    /// True: the copy is sealed and not published, so that clones of it boot once; the run's role is not let in yet.
    public var seals: Bool
    /// How long each of the two boots may take; a ring's second one as many times longer as it has nodes.
    public var bootSeconds: Int
    /// The helper's own SHA-256, in hexadecimal.
    public var helper: String
    /// The ring that it joins once it is sealed; nil for a ring of one.
    public var ring: Ring?

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
        seals: Bool = false,
        bootSeconds: Int = 300,
        ring: Ring? = nil
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
        self.seals = seals
        self.bootSeconds = bootSeconds
        self.ring = ring
    }

    /// Where to connect to from the same pod: what listens on every address listens on loopback too.
    public var reachable: String { listen == "0.0.0.0" ? "127.0.0.1" : listen }
}
