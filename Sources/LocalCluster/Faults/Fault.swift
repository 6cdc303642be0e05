/// Something that a local cluster does wrong on purpose: what, to which messages, and how often.
public struct Fault: Hashable, Sendable {
    /// What goes wrong.
    public enum Effect: Hashable, Sendable {
        /// A call is taken up, or an event is sent, so much later; later events of the stream wait with it.
        case delay(seconds: Double)
        /// A call has no effect and is answered with this status, 400 to 599, in its server's form.
        case error(status: Int)
        /// A call has its effect; the connection is cut instead of the answer.
        case answerLost
        /// Half of an event's record is sent, and then the connection is cut.
        case streamCut
        /// A status update is sent twice.
        case duplicateUpdate
        /// A status update is sent so much later; later events overtake it.
        case lateUpdate(seconds: Double)
        /// A volume stays attached for so long after its last container has ended.
        case staysAttached(seconds: Double)
        /// A snapshot fails, and the call answers with an id all the same.
        case failedSnapshot(FailedSnapshot)
        /// A listing shows what there was so long ago.
        case staleListing(seconds: Double)
        /// The message's agent is cut off from the master, and its tasks run on; it is back after so long.
        case agentUnreachable(seconds: Double)
        /// The message's agent is marked gone by the operator, and its tasks end with it.
        case agentGone
        /// The master dies and comes back.
        case masterRestart(MasterRestart)
    }

    /// What there is of a snapshot that failed.
    public enum FailedSnapshot: String, Hashable, Sendable, CaseIterable {
        /// Nothing.
        case missing
        /// A volume that is not up, and says why.
        case inError
    }

    /// A master's death, and what follows.
    public struct MasterRestart: Hashable, Sendable {
        /// True for `--registry=replicated_log`, false for `in_memory`.
        ///
        /// Of the tasks of agents that are not back yet the one says nothing, the other that they are unknown.
        public var keepsRegistry: Bool
        /// Seconds in which nobody listens.
        public var down: Double
        /// Seconds from then on until the agents are back.
        public var agentsBack: Double

        /// Wraps the three.
        public init(keepsRegistry: Bool, down: Double = 0.2, agentsBack: Double = 0.5) {
            self.keepsRegistry = keepsRegistry
            self.down = down
            self.agentsBack = agentsBack
        }
    }

    /// Which messages it may happen to; each pattern is a text in which `*` stands for any text, and nil fits everything.
    public struct Filter: Hashable, Sendable {
        /// `mesos` or `portworx`.
        public var server: FaultServer?
        /// A call's or an event's, such as `ACCEPT`, `UPDATE TASK_RUNNING`, `POST volumes/snapshots`, `DELETE volumes/*`.
        public var route: String?
        /// A volume's name or id.
        public var volume: String?
        /// An agent's hostname.
        public var agent: String?

        /// Fits everything that it is not told otherwise.
        public init(
            server: FaultServer? = nil,
            route: String? = nil,
            volume: String? = nil,
            agent: String? = nil
        ) {
            self.server = server
            self.route = route
            self.volume = volume
            self.agent = agent
        }
    }

    /// What goes wrong.
    public var effect: Effect
    /// To which messages.
    public var filter: Filter
    /// To how many of those, from 0 to 1; which ones follows from the seed alone.
    public var rate: Double
    /// At most so often; nil for no limit.
    public var count: Int?
    /// Of the dice.
    public var seed: UInt64

    /// Happens to every message that it can happen to, unless told otherwise.
    public init(
        _ effect: Effect,
        on filter: Filter = Filter(),
        rate: Double = 1,
        count: Int? = nil,
        seed: UInt64 = 1
    ) {
        self.effect = effect
        self.filter = filter
        self.rate = rate
        self.count = count
        self.seed = seed
    }
}

/// A side of the local cluster that answers.
public enum FaultServer: String, Hashable, Sendable, CaseIterable {
    /// The master.
    case mesos
    /// The storage gateway, and the volume driver on the agents.
    case portworx
}
