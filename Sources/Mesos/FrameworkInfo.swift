public import Model

/// Who we are to the master.
///
/// The capabilities are fixed, since the rest of the program relies on them: PARTITION_AWARE, TASK_KILLING_STATE, MULTI_ROLE
/// and RESERVATION_REFINEMENT.
///
/// - Source: mesos 1.11 include/mesos/v1/mesos.proto, message FrameworkInfo.
public struct FrameworkInfo: Hashable, Sendable {
    /// nil the first time; the master gives one.
    public var id: FrameworkID?
    /// On DC/OS exactly the label DCOS_PACKAGE_FRAMEWORK_NAME: its pages join on it.
    public var name: String
    /// Whom tasks run as that name nobody.
    public var user: String
    /// At least one.
    ///
    /// The master ignores a change of some fields when we come back, among them `user` and `checkpoint`.
    public var roles: [String]
    /// Has to equal the one we log in with; the master refuses a change.
    public var principal: String?
    /// Where we run, for people.
    public var hostname: String
    /// Where our page is, for people.
    public var webuiURL: String?
    /// How long our tasks live on without us; the id is lost for good afterwards.
    public var failoverTimeout: Span
    /// True to let tasks live on while their agent restarts.
    public var checkpoint: Bool
    /// Labels in order.
    public var labels: [Label]

    /// Wraps all of it.
    public init(
        id: FrameworkID? = nil,
        name: String,
        user: String,
        roles: [String],
        principal: String? = nil,
        hostname: String,
        webuiURL: String? = nil,
        failoverTimeout: Span,
        checkpoint: Bool = true,
        labels: [Label] = []
    ) {
        self.id = id
        self.name = name
        self.user = user
        self.roles = roles
        self.principal = principal
        self.hostname = hostname
        self.webuiURL = webuiURL
        self.failoverTimeout = failoverTimeout
        self.checkpoint = checkpoint
        self.labels = labels
    }
}
