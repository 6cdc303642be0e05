public import Model

/// An agent, as the master's operators see it.
public struct MasterAgent: Hashable, Sendable {
    /// The master's name for it.
    public var id: AgentID
    /// As it was told to call itself; often an address.
    public var hostname: String
    /// Where it answers; nil when the master does not say.
    public var address: String?
    /// Where it answers; nil when the master does not say.
    public var port: Int?
    /// False for one that the master makes no offers of.
    public var isActive: Bool
    /// Of its Mesos.
    public var version: String
    /// TEXT, SCALAR and others, as text, in order of the names.
    public var attributes: [Label]
    /// What no task uses, by reservation; what is offered to somebody counts as free, since offers come back.
    public var free: [Resource]

    /// As an offer of all that is free.
    public var offer: Offer {
        Offer(
            id: OfferID("of \(id)"),
            agentID: id,
            hostname: hostname,
            address: address,
            port: port,
            resources: free,
            attributes: attributes
        )
    }
}

/// The frameworks that a master knows.
public struct MasterFrameworks: Hashable, Sendable {
    /// Subscribed now, or expected back within their fail-over time-out.
    public var registered: [MasterFramework]
    /// Torn down or away for too long, as many as the master remembers.
    public var completed: [MasterFramework]
}

/// A framework, as the master's operators see it.
public struct MasterFramework: Hashable, Sendable {
    /// The master's name for it.
    public var id: FrameworkID
    /// Its own; two may have the same.
    public var name: String
    /// True while it gets offers.
    public var isActive: Bool
    /// True while somebody is subscribed.
    public var isConnected: Bool
    /// Where its scheduler runs, as that says; empty when it does not.
    public var hostname: String
    /// nil when it has none, or the master does not say.
    public var principal: String?
    /// Tasks that have no end yet, unreachable ones among them.
    public var tasks: [MasterTask]
}

/// A task, as the master's operators see it.
public struct MasterTask: Hashable, Sendable {
    /// Its framework's name for it.
    public var id: TaskID
    /// As the master writes it, `TASK_RUNNING` among them.
    public var state: String
    /// Where it is.
    public var agent: AgentID
}

/// A role, as the master's operators see it.
public struct MasterRole: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// Its share beside others'; 1 unless told.
    public var weight: Double
    /// What it may use at most, by the resource's name; empty for no limit.
    public var limit: [String: Double]
    /// What it uses now; empty when the master does not say.
    public var consumed: [String: Double]
}
