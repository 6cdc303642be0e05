public import Model

/// A run as the API shows it; every field is in every answer, null where there is none.
public struct RunView: Hashable, Codable, Sendable {
    /// The run's own id.
    public var id: RunID
    /// As asked for; null when the request had none.
    public var key: String?
    /// The name of the token that asked for it, never the token; null when nobody was asked for one.
    public var owner: String?
    /// The data set.
    public var source: SourceName
    /// True for one that hands out a database instead of running a suite.
    public var service: Bool
    /// Where it stands.
    public var phase: Phase
    /// Set from `ending` on; null before.
    public var result: RunResult?
    /// Why the result is what it is, for people; null while there is none.
    public var reason: String?
    /// Where the copy answers; null until it may be used, and again when it may no longer.
    public var endpoint: Endpoint?
    /// Where each node of a ring answers, ``endpoint`` first; empty while that is null.
    public var endpoints: [Endpoint]
    /// On which class of storage the copy should be, and is.
    public var tier: TierView
    /// The snapshot's name, of a ring the first node's; null before there is one.
    public var snapshot: String?
    /// The snapshots' names, one per volume of the source; empty before there are any.
    public var snapshots: [String]
    /// The clones' names, oldest first, those of failed attempts included.
    public var clones: [String]
    /// Oldest first, those of failed attempts included.
    public var tasks: [TaskView]
    /// The phases it has entered, in that order.
    public var phases: [PhaseView]
    /// Of when the data is; null before there is a snapshot.
    public var data: DataView?
    /// How the copy was made safe to touch; null before anything is known of it.
    public var sealing: SealView?
    /// How long it may live.
    public var lease: LeaseView
    /// Until when its clone, or its snapshot alone, is kept; null when nothing of it is beyond its end.
    public var keptUntil: Timestamp?
    /// What it waits for now, for people; null when it does not wait.
    public var obstacle: String?
    /// Why offers were not taken since it began to wait, one entry a reason.
    public var refusals: [RefusalView]

    /// A run that has just been asked for, and what is known beyond that; of one node where no list is given.
    public init(
        id: RunID,
        key: String? = nil,
        owner: String? = nil,
        source: SourceName,
        service: Bool = false,
        phase: Phase,
        result: RunResult? = nil,
        reason: String? = nil,
        endpoint: Endpoint? = nil,
        endpoints: [Endpoint]? = nil,
        tier: TierView = TierView(),
        snapshot: String? = nil,
        snapshots: [String]? = nil,
        clones: [String] = [],
        tasks: [TaskView] = [],
        phases: [PhaseView] = [],
        data: DataView? = nil,
        sealing: SealView? = nil,
        lease: LeaseView = LeaseView(),
        keptUntil: Timestamp? = nil,
        obstacle: String? = nil,
        refusals: [RefusalView] = []
    ) {
        self.id = id
        self.key = key
        self.owner = owner
        self.source = source
        self.service = service
        self.phase = phase
        self.result = result
        self.reason = reason
        self.endpoint = endpoint
        self.endpoints = endpoints ?? endpoint.map { [$0] } ?? []
        self.tier = tier
        self.snapshot = snapshot
        self.snapshots = snapshots ?? snapshot.map { [$0] } ?? []
        self.clones = clones
        self.tasks = tasks
        self.phases = phases
        self.data = data
        self.sealing = sealing
        self.lease = lease
        self.keptUntil = keptUntil
        self.obstacle = obstacle
        self.refusals = refusals
    }

    /// Writes every field, null where there is none.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(key, forKey: .key)
        try container.encode(owner, forKey: .owner)
        try container.encode(source, forKey: .source)
        try container.encode(service, forKey: .service)
        try container.encode(phase, forKey: .phase)
        try container.encode(result, forKey: .result)
        try container.encode(reason, forKey: .reason)
        try container.encode(endpoint, forKey: .endpoint)
        try container.encode(endpoints, forKey: .endpoints)
        try container.encode(tier, forKey: .tier)
        try container.encode(snapshot, forKey: .snapshot)
        try container.encode(snapshots, forKey: .snapshots)
        try container.encode(clones, forKey: .clones)
        try container.encode(tasks, forKey: .tasks)
        try container.encode(phases, forKey: .phases)
        try container.encode(data, forKey: .data)
        try container.encode(sealing, forKey: .sealing)
        try container.encode(lease, forKey: .lease)
        try container.encode(keptUntil, forKey: .keptUntil)
        try container.encode(obstacle, forKey: .obstacle)
        try container.encode(refusals, forKey: .refusals)
    }
}
