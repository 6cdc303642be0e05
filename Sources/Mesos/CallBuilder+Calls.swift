import CMesos
import CProtobufC
import Model

extension CallBuilder {
    func subscribe(
        _ framework: FrameworkInfo,
        _ suppressed: [String]
    ) throws(MesosError) -> UnsafeMutablePointer<Mesos__Call__Subscribe> {
        try make(mesos__call__subscribe__init) { (call) throws(MesosError) in
            call.framework_info = try self.framework(framework)
            call.n_suppressed_roles = suppressed.count
            call.suppressed_roles = try texts(suppressed)
        }
    }

    private func framework(
        _ framework: FrameworkInfo
    ) throws(MesosError) -> UnsafeMutablePointer<Mesos__FrameworkInfo> {
        try make(mesos__framework_info__init) { (info) throws(MesosError) in
            info.user = try text(framework.user)
            info.name = try text(framework.name)
            info.id = try frameworkID(framework.id)
            info.has_failover_timeout = 1
            info.failover_timeout = framework.failoverTimeout.seconds
            info.has_checkpoint = 1
            info.checkpoint = framework.checkpoint ? 1 : 0
            info.hostname = try text(framework.hostname)
            info.principal = try optionalText(framework.principal)
            info.webui_url = try optionalText(framework.webuiURL)
            info.n_roles = framework.roles.count
            info.roles = try texts(framework.roles)
            let capabilities = try each(Self.capabilities) { (kind) throws(MesosError) in
                try make(mesos__framework_info__capability__init) { (capability) in
                    capability.has_type = 1
                    capability.type = kind
                }
            }
            info.n_capabilities = capabilities.count
            info.capabilities = try list(capabilities)
            info.labels = try labels(framework.labels)
        }
    }

    /// What the rest of the program relies on: updates that tell unreachable from gone, and offers with their roles.
    private static var capabilities: [Mesos__FrameworkInfo__Capability__Type] {
        [
            MESOS__FRAMEWORK_INFO__CAPABILITY__TYPE__PARTITION_AWARE,
            MESOS__FRAMEWORK_INFO__CAPABILITY__TYPE__TASK_KILLING_STATE,
            MESOS__FRAMEWORK_INFO__CAPABILITY__TYPE__MULTI_ROLE,
            MESOS__FRAMEWORK_INFO__CAPABILITY__TYPE__RESERVATION_REFINEMENT,
        ]
    }

    func accept(
        _ offers: [OfferID],
        _ refuse: Span,
        _ fill: (inout Mesos__Offer__Operation) throws(MesosError) -> Void
    ) throws(MesosError) -> UnsafeMutablePointer<Mesos__Call__Accept> {
        try make(mesos__call__accept__init) { (call) throws(MesosError) in
            call.n_offer_ids = offers.count
            call.offer_ids = try offerIDs(offers)
            let operation = try make(mesos__offer__operation__init) { (operation) throws(MesosError) in
                operation.has_type = 1
                try fill(&operation)
            }
            call.n_operations = 1
            call.operations = try list([operation])
            call.filters = try filters(refuse)
        }
    }

    func decline(
        _ offers: [OfferID],
        _ refuse: Span
    ) throws(MesosError) -> UnsafeMutablePointer<Mesos__Call__Decline> {
        try make(mesos__call__decline__init) { (call) throws(MesosError) in
            call.n_offer_ids = offers.count
            call.offer_ids = try offerIDs(offers)
            call.filters = try filters(refuse)
        }
    }

    func kill(
        _ task: TaskID,
        _ agent: AgentID?,
        _ grace: Span?
    ) throws(MesosError) -> UnsafeMutablePointer<Mesos__Call__Kill> {
        try make(mesos__call__kill__init) { (call) throws(MesosError) in
            call.task_id = try taskID(task)
            call.agent_id = try agentID(agent)
            call.kill_policy = try killPolicy(grace)
        }
    }

    func acknowledge(
        _ task: TaskID,
        _ agent: AgentID,
        _ uuid: [UInt8]
    ) throws(MesosError) -> UnsafeMutablePointer<Mesos__Call__Acknowledge> {
        try make(mesos__call__acknowledge__init) { (call) throws(MesosError) in
            call.agent_id = try agentID(agent)
            call.task_id = try taskID(task)
            call.uuid = try bytes(uuid)
        }
    }

    /// Always there, even with no question: without the message the master answers 400 (`recordings/mesos/04-reconcile`).
    func reconcile(
        _ questions: [SchedulerCall.Question]
    ) throws(MesosError) -> UnsafeMutablePointer<Mesos__Call__Reconcile> {
        try make(mesos__call__reconcile__init) { (call) throws(MesosError) in
            let tasks = try each(questions) { (question) throws(MesosError) in
                try make(mesos__call__reconcile__task__init) { (task) throws(MesosError) in
                    task.task_id = try taskID(question.taskID)
                    task.agent_id = try agentID(question.agentID)
                }
            }
            call.n_tasks = tasks.count
            call.tasks = try list(tasks)
        }
    }

    private func filters(_ refuse: Span) throws(MesosError) -> UnsafeMutablePointer<Mesos__Filters> {
        try make(mesos__filters__init) { (filters) in
            filters.has_refuse_seconds = 1
            filters.refuse_seconds = refuse.seconds
        }
    }

    private func offerIDs(
        _ offers: [OfferID]
    ) throws(MesosError) -> UnsafeMutablePointer<UnsafeMutablePointer<Mesos__OfferID>?>? {
        try list(
            each(offers) { (offer) throws(MesosError) in
                try make(mesos__offer_id__init) { (id) throws(MesosError) in id.value = try bytes(offer) }
            }
        )
    }
}
