public import Model

/// One event of the master's stream.
///
/// - Source: mesos 1.11 include/mesos/v1/scheduler/scheduler.proto, message Event; `recordings/mesos`.
public enum SchedulerEvent: Hashable, Sendable {
    /// What the master says about itself and us at the start of a stream.
    public struct Subscription: Hashable, Sendable {
        /// Ours; new when we had none.
        public var frameworkID: FrameworkID
        /// Seconds between two heartbeats; nil when the master sends none.
        public var heartbeatInterval: Double?
        /// Another one after each start of a master.
        public var masterID: String?
        /// As the master calls itself; often an address.
        public var masterHostname: String?
        /// Such as `1.11.0`.
        public var masterVersion: String?

        /// Wraps the five.
        public init(
            frameworkID: FrameworkID,
            heartbeatInterval: Double? = nil,
            masterID: String? = nil,
            masterHostname: String? = nil,
            masterVersion: String? = nil
        ) {
            self.frameworkID = frameworkID
            self.heartbeatInterval = heartbeatInterval
            self.masterID = masterID
            self.masterHostname = masterHostname
            self.masterVersion = masterVersion
        }
    }

    /// An offer that could not be read, among others that could.
    public struct UndecodableOffer: Hashable, Sendable {
        /// To decline it by; nil when not even that could be read: such an offer stays out until the stream ends.
        public var id: OfferID?
        /// What was wrong.
        public var fault: Fault
    }

    /// The first event of every accepted subscription.
    case subscribed(Subscription)
    /// All agents of one allocation in one event; each entry of both lists has to be answered.
    case offers([Offer], undecodable: [UndecodableOffer])
    /// The offer is void.
    case rescind(OfferID)
    /// A task's news.
    case update(TaskUpdate)
    /// With an executor: it ended, with this status, 0 being the normal end of a pod. Without: the agent is lost.
    case failure(agentID: AgentID?, executorID: ExecutorID?, status: Int32?)
    /// The master's last word before it ends the stream.
    case error(String)
    /// Still there.
    case heartbeat
    /// Bytes from an executor; ours sends none.
    case message(agentID: AgentID, executorID: ExecutorID, bytes: [UInt8])
    /// A type that we do not use, such as 9 INVERSE_OFFERS or 11 UPDATE_OPERATION_STATUS; to be counted and skipped.
    case unknown(type: Int32)
}
