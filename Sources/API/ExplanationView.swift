public import Model

/// The answer of `GET /v1/runs/{id}/explain`: why a run is where it is.
public struct ExplanationView: Hashable, Codable, Sendable {
    /// The offer that came nearest to fitting.
    public struct NearMiss: Hashable, Codable, Sendable {
        /// The agent's host name.
        public var agent: String
        /// What it lacked: `512 MB of memory short`.
        public var shortage: String

        /// Wraps both.
        public init(agent: String, shortage: String) {
            self.agent = agent
            self.shortage = shortage
        }
    }

    /// The run's own id.
    public var id: RunID
    /// All of it in one sentence.
    public var sentence: String
    /// Where it is.
    public var phase: Phase
    /// Since when.
    public var since: Timestamp
    /// Whether offers come in: `not_needed`, `unsubscribed`, `framework_removed`, `out_of_quota`, `suppressed`, `starved` or
    /// `flowing`.
    public var flow: String
    /// What it last met; null when nothing keeps it from going on.
    @OrNull public var obstacle: String?
    /// Offers looked at in the last minute.
    public var offers: Int
    /// Why they were not taken, most frequent first.
    public var refusals: [RunView.RefusalView]
    /// Of the last minute; null when none was only a matter of amount.
    @OrNull public var nearest: NearMiss?

    /// Wraps all of it.
    public init(
        id: RunID,
        sentence: String,
        phase: Phase,
        since: Timestamp,
        flow: String,
        obstacle: String? = nil,
        offers: Int = 0,
        refusals: [RunView.RefusalView] = [],
        nearest: NearMiss? = nil
    ) {
        self.id = id
        self.sentence = sentence
        self.phase = phase
        self.since = since
        self.flow = flow
        self.obstacle = obstacle
        self.offers = offers
        self.refusals = refusals
        self.nearest = nearest
    }
}
