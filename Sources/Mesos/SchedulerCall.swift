public import Model

/// One call to the master.
///
/// There is no way to write a call of type UNKNOWN: a master that gets one aborts (`recordings/mesos/06-errors`).
///
/// - Source: mesos 1.11 include/mesos/v1/scheduler/scheduler.proto, message Call.
public enum SchedulerCall: Hashable, Sendable {
    /// A task to ask about, and where it should be; without an agent the master knows less.
    public struct Question: Hashable, Sendable {
        /// Which.
        public var taskID: TaskID
        /// Where; nil when we do not know.
        public var agentID: AgentID?
        /// Wraps both.
        public init(_ taskID: TaskID, on agentID: AgentID?) {
            self.taskID = taskID
            self.agentID = agentID
        }
    }

    /// Opens the stream; ``MesosClient/run(frameworkID:deliver:)`` alone sends it.
    case subscribe(FrameworkInfo, suppressedRoles: [String])
    /// Launches a pod from these offers, all of one agent; what they hold beyond it is refused for so long.
    case accept(offers: [OfferID], pod: PodPlan, refuse: Span)
    /// Launches one task without a pod, run by Mesos' command executor in the agent's own network.
    case acceptTask(offers: [OfferID], task: PodPlan.Task, agentID: AgentID, refuse: Span)
    /// Gives offers back; they are not offered to us again for so long. Unknown ids are no error.
    case decline(offers: [OfferID], refuse: Span)
    /// Forgets all refusals, and ends a ``suppress``.
    case revive
    /// Stops further offers.
    case suppress
    /// Ends a task, and with it its pod. Forgotten by the master while the agent is unreachable: to be repeated.
    case kill(TaskID, AgentID?, grace: Span?)
    /// For updates with a uuid only, and only once they are durable.
    case acknowledge(TaskID, AgentID, uuid: [UInt8])
    /// Asks for the latest state of these tasks; with none, of all that the master knows. No answer marks the end.
    case reconcile([Question])
    /// Ends the framework and all its tasks for good.
    case teardown
}
