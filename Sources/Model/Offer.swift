/// What one agent offers us, as far as placement looks at it.
///
/// - Source: mesos 1.11 include/mesos/v1/mesos.proto, message Offer; `recordings/mesos/20-image-and-volume`.
public struct Offer: Hashable, Sendable {
    /// The handle to accept or decline it by.
    public var id: OfferID
    /// Whose it is.
    public var agentID: AgentID
    /// The agent's host name as Mesos knows it; often an address.
    public var hostname: String
    /// The agent's IP address from its URL; nil when the offer has none.
    public var address: String?
    /// The agent's HTTP port from its URL; nil when the offer has none.
    public var port: Int?
    /// In the order they came.
    public var resources: [Resource]
    /// TEXT, SCALAR and others, as text: for people to read.
    public var attributes: [Label]
    /// The role of the whole offer; nil when the framework is not MULTI_ROLE.
    public var role: String?

    /// Wraps all of it.
    public init(
        id: OfferID,
        agentID: AgentID,
        hostname: String,
        address: String? = nil,
        port: Int? = nil,
        resources: [Resource] = [],
        attributes: [Label] = [],
        role: String? = nil
    ) {
        self.id = id
        self.agentID = agentID
        self.hostname = hostname
        self.address = address
        self.port = port
        self.resources = resources
        self.attributes = attributes
        self.role = role
    }
}
