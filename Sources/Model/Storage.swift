/// A class of storage, by Portworx class of service.
public enum Tier: String, Hashable, Codable, Sendable, CaseIterable, Comparable {
    /// Portworx' COS LOW.
    case low
    /// Portworx' COS MEDIUM.
    case medium
    /// Portworx' COS HIGH.
    case high

    /// The cheaper is the smaller.
    public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .low: 0
        case .medium: 1
        case .high: 2
        }
    }
}

/// One storage pool of a node.
public struct StoragePool: Hashable, Codable, Sendable {
    /// Its uuid; empty on an SDK older than 0.62.
    public var id: PoolID
    /// The pool's number on its node, 0 first.
    public var index: Int
    /// nil when Portworx reports no class.
    public var tier: Tier?
    /// In bytes.
    public var totalBytes: UInt64
    /// In bytes.
    public var usedBytes: UInt64
    /// `no_snapshot` among them.
    public var labels: [String: String]

    /// Wraps all of it.
    public init(
        id: PoolID,
        index: Int = 0,
        tier: Tier?,
        totalBytes: UInt64 = 0,
        usedBytes: UInt64 = 0,
        labels: [String: String] = [:]
    ) {
        self.id = id
        self.index = index
        self.tier = tier
        self.totalBytes = totalBytes
        self.usedBytes = usedBytes
        self.labels = labels
    }

    /// True when Portworx keeps snapshots off this pool ("tiered snapshots").
    ///
    /// - Source: px-docs 2018-12-03, snapshots-1.3 (facts on Portworx, §8).
    public var refusesSnapshots: Bool {
        guard let value = labels["no_snapshot"] else { return false }
        return value != "false"
    }
}

/// One Portworx node.
public struct StorageNode: Hashable, Codable, Sendable {
    /// Portworx' own id.
    public var id: NodeID
    /// True when Portworx says STATUS_OK.
    public var healthy: Bool
    /// As Portworx says it, `STATUS_OK` among them.
    public var status: String
    /// May be empty.
    public var managementAddress: String
    /// May be empty.
    public var dataAddress: String
    /// May be empty; Portworx strips the domain.
    public var hostname: String
    /// The name the container scheduler knows the node by; may be empty.
    public var schedulerName: String
    /// In Portworx' order.
    public var pools: [StoragePool]

    /// Wraps all of it.
    public init(
        id: NodeID,
        status: String = "STATUS_OK",
        managementAddress: String = "",
        dataAddress: String = "",
        hostname: String = "",
        schedulerName: String = "",
        pools: [StoragePool] = []
    ) {
        self.id = id
        self.healthy = status == "STATUS_OK"
        self.status = status
        self.managementAddress = managementAddress
        self.dataAddress = dataAddress
        self.hostname = hostname
        self.schedulerName = schedulerName
        self.pools = pools
    }
}

/// One Portworx volume, snapshot or clone, as read back.
public struct Volume: Hashable, Codable, Sendable {
    /// One replica: on which node, in which pool.
    public struct Replica: Hashable, Codable, Sendable {
        /// A node's id (Portworx may say an address: resolved by the client where it can).
        public var node: NodeID
        /// nil on an SDK older than 0.65.
        public var pool: PoolID?
        /// Wraps both.
        public init(node: NodeID, pool: PoolID?) {
            self.node = node
            self.pool = pool
        }
    }

    /// Portworx' id.
    public var id: VolumeID
    /// The locator's name.
    public var name: String
    /// The volume that it is a snapshot or clone of; nil for any other.
    public var parent: VolumeID?
    /// Inherited ones included.
    public var labels: [String: String]
    /// True when VOLUME_STATUS_UP.
    public var up: Bool
    /// As Portworx says it, for people.
    public var status: String
    /// As Portworx says it, `VOLUME_STATE_DETACHED` among them, for people.
    public var state: String
    /// The error of a failed snapshot; nil when there is none.
    public var error: String?
    /// The node, or one of its addresses; nil when attached nowhere.
    public var attachedOn: String?
    /// Where it is mounted there, the first of several; nil when Portworx does not say.
    public var attachPath: String?
    /// True for a snapshot.
    public var readOnly: Bool
    /// As asked for, in bytes.
    public var sizeBytes: UInt64
    /// The class asked for; where it landed say the replicas.
    public var tier: Tier?
    /// Empty when Portworx does not say.
    public var replicas: [Replica]
    /// Inherited by clones; to be cleared.
    public var sticky: Bool
    /// Inherited by clones and to be cleared; empty when none.
    public var snapshotSchedule: String
    /// Inherited by clones, in minutes; to be cleared.
    public var snapshotIntervalMinutes: UInt32

    /// Wraps all of it.
    public init(
        id: VolumeID,
        name: String,
        parent: VolumeID? = nil,
        labels: [String: String] = [:],
        up: Bool = true,
        status: String = "VOLUME_STATUS_UP",
        state: String = "VOLUME_STATE_DETACHED",
        error: String? = nil,
        attachedOn: String? = nil,
        attachPath: String? = nil,
        readOnly: Bool = false,
        sizeBytes: UInt64 = 0,
        tier: Tier? = nil,
        replicas: [Replica] = [],
        sticky: Bool = false,
        snapshotSchedule: String = "",
        snapshotIntervalMinutes: UInt32 = 0
    ) {
        self.id = id
        self.name = name
        self.parent = parent
        self.labels = labels
        self.up = up
        self.status = status
        self.state = state
        self.error = error
        self.attachedOn = attachedOn
        self.attachPath = attachPath
        self.readOnly = readOnly
        self.sizeBytes = sizeBytes
        self.tier = tier
        self.replicas = replicas
        self.sticky = sticky
        self.snapshotSchedule = snapshotSchedule
        self.snapshotIntervalMinutes = snapshotIntervalMinutes
    }
}
