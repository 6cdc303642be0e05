public import Model

/// The answer of `GET /v1/health`; every field is in every answer, null where there is none.
public struct HealthView: Hashable, Codable, Sendable {
    /// The Mesos subscription stands.
    public var subscribed: Bool
    /// This process is the one that may act.
    public var leader: Bool
    /// The last commit to the store succeeded.
    public var store: Bool
    /// Portworx answered last time.
    public var portworx: Bool
    /// Since when the four are as they are.
    public var since: Timestamp
    /// How we stand with the master.
    public var framework: Framework
    /// What Mesos knows us by; null before the first subscription.
    public var frameworkId: FrameworkID?
    /// True when Portworx is the local cluster's stand-in, and with it all else.
    public var standIn: Bool
    /// What is wrong, for people; null when nothing is.
    public var obstacle: String?
    /// Whether callers need tokens.
    public var access: Access
    /// Wrong tokens since the scheduler began.
    public var refusedTokens: Int

    /// Tasks of ours that no run knew, and that were ended, since the scheduler began.
    public var strayTasks: Int
    /// Copies that cannot be deleted, for so long that a person should look.
    public var stuckCopies: Int

    /// How we stand with the master.
    public enum Framework: String, Hashable, Codable, Sendable, CaseIterable {
        /// The subscription stands.
        case subscribed
        /// It does not, for now.
        case away
        /// The master has removed our framework: nothing goes on before it is reset.
        case removed
    }

    /// Who may call.
    public enum Access: String, Hashable, Codable, Sendable {
        /// Whoever has a token.
        case tokens
        /// Whoever reaches the scheduler.
        case none
    }

    /// Wraps all of it.
    public init(
        subscribed: Bool,
        leader: Bool,
        store: Bool,
        portworx: Bool,
        since: Timestamp,
        framework: Framework? = nil,
        frameworkId: FrameworkID? = nil,
        standIn: Bool = false,
        obstacle: String? = nil,
        access: Access = .none,
        refusedTokens: Int = 0,
        strayTasks: Int = 0,
        stuckCopies: Int = 0
    ) {
        self.subscribed = subscribed
        self.leader = leader
        self.store = store
        self.portworx = portworx
        self.since = since
        self.framework = framework ?? (subscribed ? .subscribed : .away)
        self.frameworkId = frameworkId
        self.standIn = standIn
        self.obstacle = obstacle
        self.access = access
        self.refusedTokens = refusedTokens
        self.strayTasks = strayTasks
        self.stuckCopies = stuckCopies
    }

    /// True when the scheduler can do its work; decides between status 200 and 503.
    public var isAbleToAct: Bool { subscribed && leader && store && portworx }

    /// Writes every field, null where there is none.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(subscribed, forKey: .subscribed)
        try container.encode(leader, forKey: .leader)
        try container.encode(store, forKey: .store)
        try container.encode(portworx, forKey: .portworx)
        try container.encode(since, forKey: .since)
        try container.encode(framework, forKey: .framework)
        try container.encode(frameworkId, forKey: .frameworkId)
        try container.encode(standIn, forKey: .standIn)
        try container.encode(obstacle, forKey: .obstacle)
        try container.encode(access, forKey: .access)
        try container.encode(refusedTokens, forKey: .refusedTokens)
        try container.encode(strayTasks, forKey: .strayTasks)
        try container.encode(stuckCopies, forKey: .stuckCopies)
    }
}
