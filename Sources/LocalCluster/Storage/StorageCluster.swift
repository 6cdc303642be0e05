import Dispatch
import FoundationEssentials
import Logging
import Synchronization

/// A stand-in for Portworx on this machine's loopback: volumes are directories, and an OpenStorage gateway shows them.
///
/// What changes volumes takes turns, one call after the other, so that a copy and a mount never meet; what only looks never waits
/// for a turn. Nothing outlives the process but the directories.
///
/// - Source: the calls' shapes are those of `recordings/openstorage/sdk-rest`; where the recorded fake driver differs from
///   Portworx, this follows Portworx (facts on Portworx, §0, §5 and §8).
final class StorageCluster: VolumeMounting, Sendable {
    /// One volume, for whoever shows the cluster to people.
    struct Summary: Hashable, Sendable {
        let id: String
        let name: String
        /// nil for a volume that is no copy.
        let parent: String?
        /// On disk.
        let bytes: UInt64
        /// A node's id.
        let attachedOn: String?
    }

    let nodes: StorageNodes
    let sdkVersion: SDKVersion
    private let callSeconds: Double
    let copier: [String]
    let logger: Logger
    let faults: Faults
    private let root: String
    private let volumesByID: Mutex<VolumeHistory> = Mutex(VolumeHistory())
    /// Every mount that there was.
    let witnessed: Mutex<[MountRecord]> = Mutex([])
    private let turns = DispatchQueue(label: "understudy.local-cluster.storage")
    private let server: Mutex<GatewayServer?> = Mutex(nil)

    /// Makes the plan's volumes, empty.
    ///
    /// - Parameters:
    ///   - plan: its nodes, volumes and directory count.
    ///   - sdkVersion: by default one before 0.154, in which clones take no labels.
    ///   - callSeconds: how long a call takes that makes or deletes a volume.
    ///   - copier: what copies a volume: a program and its first arguments, which source and target follow.
    ///   - faults: nil for none.
    ///   - logger: hears of each change.
    /// - Throws: a ``PlanFault``, or what the file system says.
    init(
        plan: LocalClusterPlan,
        sdkVersion: SDKVersion = .old,
        callSeconds: Double = 0,
        copier: [String] = LocalClusterSettings().copier,
        faults: Faults? = nil,
        logger: Logger
    ) throws {
        self.faults = faults ?? Faults(hostnames: [])
        self.callSeconds = callSeconds
        self.copier = copier
        self.nodes = StorageNodes(plan)
        self.sdkVersion = sdkVersion
        self.logger = logger
        self.root = plan.directory + "/volumes"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        for volume in plan.volumes {
            guard self.volume(named: volume.name) == nil else {
                throw PlanFault(description: "two volumes are named \(volume.name)")
            }
            try adopt(volume)
        }
        volumesByID.withLock { $0.begin() }
    }

    /// Answers on a loopback port of the system's choice from now on.
    ///
    /// - Throws: when the port cannot be had.
    func start() async throws {
        let started = try await GatewayServer.start(logger: logger) { [weak self] request, line in
            await self?.answer(request, on: line) ?? .text(503, "Service Unavailable")
        }
        server.withLock { $0 = started }
    }

    /// The gateway's, without a slash at its end; empty before ``start()``.
    var url: String { server.withLock { $0.map { "http://127.0.0.1:\($0.port)" } ?? "" } }

    /// Ends the gateway, and again is fine; the directories stay.
    func stop() async {
        let running = server.withLock { server in
            defer { server = nil }
            return server
        }
        await running?.stop()
    }

    /// Where a volume's files are; nil when there is no such volume.
    func directory(ofVolumeNamed name: String) -> String? { volume(named: name)?.directory }

    /// All volumes, oldest first.
    func volumes() -> [Summary] {
        stored().map {
            Summary(
                id: $0.id,
                name: $0.name,
                parent: $0.parent.isEmpty ? nil : $0.parent,
                bytes: VolumeFiles.bytes(in: $0.directory),
                attachedOn: $0.attachedOn
            )
        }
    }

    // MARK: for the other files of this type

    /// Portworx takes its time to make and to delete, and does it whether the caller waits or not.
    func takeTime() async {
        guard callSeconds > 0 else { return }
        let seconds = callSeconds
        await Task.detached { try? await Task.sleep(for: .seconds(seconds)) }.value  // cancelled by nobody
    }

    /// All volumes, oldest first: those of now, or of so many seconds ago.
    func stored(ago seconds: Double? = nil) -> [StoredVolume] {
        volumesByID.withLock { history in seconds.map { history.volumes(ago: $0) } ?? history.volumes }.values
            .sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    func volume(named name: String) -> StoredVolume? {
        volumesByID.withLock { $0.volumes.values.first { $0.name == name } }
    }

    /// By id, or else by name, as the SDK takes either.
    ///
    /// - Throws: code 5.
    func volume(_ idOrName: String) throws(GatewayRefusal) -> StoredVolume {
        guard let found = volumesByID.withLock({ $0.volumes[idOrName] }) ?? volume(named: idOrName) else {
            throw .noVolume(idOrName)
        }
        return found
    }

    func store(_ volume: StoredVolume) { volumesByID.withLock { $0.change { $0[volume.id] = volume } } }
    func forget(_ volume: StoredVolume) { volumesByID.withLock { $0.change { $0[volume.id] = nil } } }

    /// An id that no volume has, and the directory that goes with it.
    func freshID() -> (id: String, directory: String) {
        while true {
            // As long as Portworx' own.
            let id = String(UInt64.random(in: 100_000_000_000_000_000..<1_000_000_000_000_000_000))
            if volumesByID.withLock({ $0.volumes[id] == nil }) { return (id, root + "/" + id) }
        }
    }

    /// Runs what changes volumes when its turn has come, on a thread that may block.
    func inTurn<Value: Sendable>(
        _ work: @escaping @Sendable () throws(GatewayRefusal) -> Value
    ) async throws(GatewayRefusal) -> Value {
        let outcome: Result<Value, GatewayRefusal> = await withCheckedContinuation { continuation in
            turns.async {
                continuation.resume(returning: Result { () throws(GatewayRefusal) in try work() })
            }
        }
        return try outcome.get()
    }

    private func adopt(_ volume: LocalClusterPlan.Volume) throws {
        let replicas = try volume.replicas.map { replica in
            guard let node = nodes[replica.node], node.pools.indices.contains(replica.pool) else {
                throw PlanFault(description: "\(volume.name): no pool \(replica.pool) on node \(replica.node)")
            }
            return StoredVolume.Replica(node: node.id, poolUUID: node.pools[replica.pool].uuid)
        }
        guard !replicas.isEmpty else { throw PlanFault(description: "\(volume.name) has no replica") }
        let (id, directory) = freshID()
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        let spec: [String: JSONValue] = [
            "size": .wide(volume.sizeBytes), "ha_level": .wide(replicas.count), "cos": .string(volume.cos),
            "format": .string("FS_TYPE_EXT4"), "sticky": .bool(volume.sticky),
            "snapshot_interval": .integer(Int64(volume.snapshotIntervalMinutes)),
        ]
        store(
            StoredVolume(
                id: id,
                name: volume.name,
                labels: volume.labels,
                spec: spec,
                replicas: replicas,
                directory: directory
            )
        )
    }
}

/// A plan that contradicts itself.
struct PlanFault: Error, CustomStringConvertible {
    /// Names what and where.
    let description: String
}

/// The SDK's number, which a client probes first.
struct SDKVersion: Hashable, Sendable {
    let major: Int64
    let minor: Int64
    let patch: Int64

    /// A version that a Portworx 2.x node printed (facts on Portworx, §4).
    static let old = SDKVersion(major: 0, minor: 101, patch: 34)
    /// The recorded one.
    static let recorded = SDKVersion(major: 0, minor: 186, patch: 0)

    /// A clone's `additional_labels` came with 0.154; before, the field was unknown, and so ignored.
    var clonesTakeLabels: Bool { (major, minor) >= (0, 154) }
}
