public import Model

/// A named production data set, as its operator wrote it, and what booting a copy of it needs.
///
/// Immutable once read; a run keeps the one that it was admitted under.
public struct Source: Hashable, Codable, Sendable {
    /// How a copy gets onto the cheaper tier.
    public enum CopyMethod: String, Hashable, Codable, Sendable, CaseIterable {
        /// Clones on the parent's pools; the task runs on the replica's node with the cheapest pool.
        case inPlace = "in-place"
        /// Production's replicas span tiers, the fast pools are labelled `no_snapshot`: snapshots live on the cheap one alone.
        case tieredSnapshot = "tiered-snapshot"
    }

    /// Where copies should live.
    public struct TierPolicy: Hashable, Codable, Sendable {
        /// The class wanted; a cheaper one is as good.
        public var want: Tier
        /// How it gets there.
        public var copy: CopyMethod
        /// True: a copy that landed elsewhere is not used, and the run ends with that reason.
        public var require: Bool

        /// Wraps the three.
        public init(want: Tier = .low, copy: CopyMethod = .inPlace, require: Bool = false) {
            self.want = want
            self.copy = copy
            self.require = require
        }
    }

    /// What production's Cassandra is configured with, and what a copy may use.
    public struct Cassandra: Hashable, Codable, Sendable {
        /// The Docker image.
        public var image: String
        /// Must equal the one written in the data.
        public var clusterName: String
        /// Must equal the one written in the data.
        public var dataCenter: String
        /// Must equal the one written in the data.
        public var rack: String
        /// Must equal the number in the data.
        public var numTokens: Int
        /// In thousandths of a CPU.
        public var milliCPUs: Int64
        /// In MiB.
        public var memoryMB: Int64
        /// In MiB; nil leaves it to the image.
        public var heapMB: Int64?
        /// The task's user, which has to exist on the agents; nil for the framework's.
        public var user: String?
        /// Its line; nil where the image's tag says it, and in records that are older than this field.
        public var version: CassandraVersion?

        /// Wraps all of it.
        public init(
            image: String,
            clusterName: String,
            dataCenter: String = "datacenter1",
            rack: String = "rack1",
            numTokens: Int = 256,
            milliCPUs: Int64 = 1_000,
            memoryMB: Int64 = 3_072,
            heapMB: Int64? = nil,
            user: String? = nil,
            version: CassandraVersion? = nil
        ) {
            self.image = image
            self.clusterName = clusterName
            self.dataCenter = dataCenter
            self.rack = rack
            self.numTokens = numTokens
            self.milliCPUs = milliCPUs
            self.memoryMB = memoryMB
            self.heapMB = heapMB
            self.user = user
            self.version = version
        }

        /// Named, or told by the image's tag; nil for one that nobody has looked into, which is not booted.
        public var line: CassandraVersion? { version ?? CassandraVersion(image: image) }
    }

    /// What runs of this source may use up.
    public struct Limits: Hashable, Codable, Sendable {
        /// Runs at a time; more wait in `requested`.
        public var runs: Int
        /// A run's lease when it asks for none, and how long a failed run's snapshot is kept.
        public var lease: Span
        /// The longest lease that may be asked for.
        public var leaseMax: Span
        /// Snapshots of this source at a time; Portworx itself takes 64 of one volume, the platform's schedules included.
        public var snapshots: Int

        /// Wraps the four.
        public init(runs: Int = 20, lease: Span = .hours(1), leaseMax: Span = .hours(8), snapshots: Int = 16) {
            self.runs = runs
            self.lease = lease
            self.leaseMax = leaseMax
            self.snapshots = snapshots
        }
    }

    /// Who may log in to a sealed copy.
    public enum Login: String, Hashable, Codable, Sendable, CaseIterable {
        /// Anybody.
        case none
        /// A role of the run's own, and nobody else.
        case run
        /// Production's roles, and the run's.
        case production
    }

    /// What keeps a copy from being published, decided by the helper itself.
    public struct Demands: Hashable, Codable, Sendable {
        /// True: a copy that holds a part of the data is refused.
        public var complete: Bool
        /// True: a copy without a mask is refused.
        public var mask: Bool

        /// Wraps both.
        public init(complete: Bool = false, mask: Bool = false) {
            self.complete = complete
            self.mask = mask
        }
    }

    /// Flushes production's memtables before each snapshot.
    public struct Quiesce: Hashable, Codable, Sendable {
        /// What becomes of a run when it does not work.
        public enum Failure: String, Hashable, Codable, Sendable, CaseIterable {
            /// It goes on, and says so.
            case warn
            /// It ends.
            case fail
        }

        /// Of production's Cassandra, on its agent's loopback.
        public var jmxPort: UInt16
        /// For the offer and the flush together.
        public var timeout: Span
        /// What becomes of a run when it does not work.
        public var onFailure: Failure

        /// Wraps the three.
        public init(jmxPort: UInt16 = 7_199, timeout: Span = .minutes(1), onFailure: Failure = .warn) {
            self.jmxPort = jmxPort
            self.timeout = timeout
            self.onFailure = onFailure
        }
    }

    /// One of a ring's nodes but the first.
    public struct Member: Hashable, Codable, Sendable {
        /// Its production volume's name.
        public var volume: String
        /// Must equal the one written in its data; nil for the first node's.
        public var rack: String?

        /// Wraps both.
        public init(volume: String, rack: String? = nil) {
            self.volume = volume
            self.rack = rack
        }
    }

    /// Nodes that a ring may have.
    public static let nodesMax = 16

    /// Unique among the sources.
    public var name: SourceName
    /// The production volume's name; of a ring, the first node's.
    public var volume: String
    /// The ring's other nodes, in the order in which they start; nil where a copy is a ring of its own.
    public var others: [Member]?
    /// How to boot a copy.
    public var cassandra: Cassandra
    /// How the pod meets the network.
    public var network: PodPlan.Network
    /// Where copies should live.
    public var tier: TierPolicy
    /// Quotas and leases.
    public var limits: Limits
    /// Who may log in; nil in records that are older than this field: anybody.
    public var login: Login?
    /// How production is flushed before a snapshot; nil for not at all.
    public var quiesce: Quiesce?
    /// What keeps a copy from being published; nil for nothing.
    public var demands: Demands?
    /// Where the operator's CQL is, a path or a URL; nil for none.
    public var mask: String?

    /// Wraps all of it.
    public init(
        name: SourceName,
        volume: String,
        others: [Member]? = nil,
        cassandra: Cassandra,
        network: PodPlan.Network = .named("mesos-bridge"),
        tier: TierPolicy = TierPolicy(),
        limits: Limits = Limits(),
        login: Login? = nil,
        quiesce: Quiesce? = nil,
        demands: Demands? = nil,
        mask: String? = nil
    ) {
        self.name = name
        self.volume = volume
        self.others = others
        self.cassandra = cassandra
        self.network = network
        self.tier = tier
        self.limits = limits
        self.login = login
        self.quiesce = quiesce
        self.demands = demands
        self.mask = mask
    }
}

extension Source {
    /// The production volumes' names: one, or one per node of a ring, in the order in which they start.
    public var volumes: [String] { [volume] + (others ?? []).map(\.volume) }
    /// Nodes of a copy's ring.
    public var nodeCount: Int { 1 + (others?.count ?? 0) }
    /// True where copies of several volumes become one ring.
    public var isRing: Bool { nodeCount > 1 }
    /// The rack that a node's data name, by its place in the ring.
    public func rack(at place: Int) -> String {
        guard let others, others.indices.contains(place - 1) else { return cassandra.rack }
        return others[place - 1].rack ?? cassandra.rack
    }
    /// The first volume's copy as a ring of its own, as far as that is one.
    var firstAlone: Source {
        var source = self
        source.others = nil
        return source
    }
    /// For people: `volume app-production`, `volumes app-1, app-2`.
    public var volumeWords: String { "\(isRing ? "volumes" : "volume") \(volumes.joined(separator: ", "))" }
}
