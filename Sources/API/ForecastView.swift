public import Model

/// The answer of `POST /v1/forecast`: what a request would come to now, with nothing made.
public struct ForecastView: Hashable, Codable, Sendable {
    /// An agent that would do.
    public struct Place: Hashable, Codable, Sendable {
        /// Its host name.
        public var agent: String
        /// The class of the pool that it would work on; null when Portworx does not say.
        @OrNull public var tier: Tier?
        /// True when the copy would lie on that very node.
        public var onReplica: Bool

        /// Wraps the three.
        public init(agent: String, tier: Tier?, onReplica: Bool) {
            self.agent = agent
            self.tier = tier
            self.onReplica = onReplica
        }
    }

    /// What the run would hold while it lives.
    public struct Holding: Hashable, Codable, Sendable {
        /// Snapshots and clones, by kind, one entry a copy.
        public var copies: [String]
        /// The executor's included.
        public var cpus: Double
        /// In MiB, the executor's included.
        public var memoryMB: Int64
        /// Of the agents.
        public var ports: Int
        /// How many of them at once: one per node of a ring.
        public var agents: Int

        /// Wraps all of it.
        public init(copies: [String], cpus: Double, memoryMB: Int64, ports: Int, agents: Int = 1) {
            self.copies = copies
            self.cpus = cpus
            self.memoryMB = memoryMB
            self.ports = ports
            self.agents = agents
        }
    }

    /// Why it would be refused; null when it would be let in.
    @OrNull public var refusal: ErrorBody?
    /// Why it would wait before anything is made; null when nothing keeps it.
    @OrNull public var obstacle: String?
    /// Where the copy should lie, and where it would.
    public var tier: RunView.TierView
    /// What it would hold.
    public var holds: Holding
    /// The agents that would do now, the best first.
    public var places: [Place]
    /// Why others would not, of those with storage that offered something in the last five minutes.
    public var refusals: [RunView.RefusalView]
    /// When offers last came; null when none were seen.
    @OrNull public var offersAt: Timestamp?

    /// Wraps all of it.
    public init(
        refusal: ErrorBody? = nil,
        obstacle: String? = nil,
        tier: RunView.TierView = RunView.TierView(),
        holds: Holding,
        places: [Place] = [],
        refusals: [RunView.RefusalView] = [],
        offersAt: Timestamp? = nil
    ) {
        self.refusal = refusal
        self.obstacle = obstacle
        self.tier = tier
        self.holds = holds
        self.places = places
        self.refusals = refusals
        self.offersAt = offersAt
    }
}
