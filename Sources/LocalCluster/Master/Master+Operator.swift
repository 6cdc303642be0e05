import Model

/// What operators' tools ask a master for, in the real one's form (`recordings/mesos/13-state`).
extension Master {
    func versionDocument() -> JSONValue {
        .object([
            "version": .string(Self.version),
            "stand_in": .string("understudy local cluster: not a real Mesos master"),
        ])
    }

    /// Of a real one's, those that somebody looks at here; every value is text.
    func flagsDocument(asksFrameworks: Bool) -> JSONValue {
        .object([
            "flags": .object(
                [
                    "authenticate_agents": "false",
                    "authenticate_frameworks": "false",
                    "authenticate_http_frameworks": "\(asksFrameworks)",
                    "authenticate_http_readonly": "false",
                    "authenticate_http_readwrite": "false",
                    "hostname": "127.0.0.1",
                    "ip": "127.0.0.1",
                    "max_completed_frameworks": "\(Self.removedMax)",
                    "min_allocatable_resources": "cpus:0.01|mem:32",
                    "port": "\(port)",
                    "root_submissions": "true",
                ].mapValues(JSONValue.string)
            )
        ])
    }

    func agentsDocument() -> JSONValue {
        let known = agentOrder.compactMap { agents[$0] }
        return .object([
            "slaves": .array(known.filter { $0.presence == .registered }.map(operatorDocument)),
            "recovered_slaves": .array(known.filter { $0.presence == .awaited }.map(operatorDocument)),
        ])
    }

    func frameworksDocument() -> JSONValue {
        .object([
            "frameworks": .array(frameworks.values.sorted { $0.id < $1.id }.map(operatorDocument)),
            "completed_frameworks": .array(removed.values.sorted { $0.id < $1.id }.map(operatorDocument)),
            "unregistered_frameworks": .array([]),
        ])
    }

    func rolesDocument() -> JSONValue {
        let names = Set(frameworks.values.flatMap(\.info.roles))
        return .object(["roles": .array(names.sorted().map(roleDocument))])
    }

    private static let version = "1.11.0"

    private func roleDocument(_ name: String) -> JSONValue {
        let members = frameworks.values.filter { $0.info.roles.contains(name) }.sorted { $0.id < $1.id }
        return .object([
            "name": .string(name),
            "weight": .real(1),
            "quota": .object([
                "role": .string(name), "guarantee": .object([:]), "limit": .object([:]), "consumed": .object([:]),
            ]),
            "resources": .object([:]),
            "allocated": .object([:]),
            "offered": .object([:]),
            "reserved": .object([:]),
            "frameworks": .array(members.map { .string($0.id) }),
        ])
    }

    private func operatorDocument(_ framework: FrameworkRecord) -> JSONValue {
        // A task on an agent that does not answer is listed apart.
        let isUnreachable: (TaskRecord) -> Bool = { [agents] in agents[$0.agent]?.presence == .unreachable }
        let tasks = framework.tasks.values.sorted { $0.description.id < $1.description.id }
        var document: [String: JSONValue] = [
            "id": .string(framework.id),
            "name": .string(framework.info.name),
            "user": .string(framework.info.user),
            "roles": .array(framework.info.roles.map(JSONValue.string)),
            "hostname": .string(framework.info.hostname ?? ""),
            "webui_url": .string(framework.info.webuiURL ?? ""),
            "failover_timeout": .real(framework.info.failoverTimeout),
            "active": .bool(framework.stream != nil || framework.isBuiltIn),
            "connected": .bool(framework.stream != nil),
            "recovered": .bool(!framework.isKnown),
            "tasks": .array(tasks.filter { !isUnreachable($0) }.map { operatorDocument($0, of: framework) }),
            "unreachable_tasks": .array(tasks.filter(isUnreachable).map { operatorDocument($0, of: framework) }),
            "completed_tasks": .array(framework.completedTasks.map { operatorDocument($0, of: framework) }),
        ]
        if let principal = framework.info.principal { document["principal"] = .string(principal) }
        return .object(document)
    }

    private func operatorDocument(_ task: TaskRecord, of framework: FrameworkRecord) -> JSONValue {
        .object([
            "id": .string(task.description.id),
            "name": .string(task.description.name),
            "framework_id": .string(framework.id),
            "executor_id": .string(task.executor),
            "slave_id": .string(task.agent),
            "state": .string(task.latest.state.rawValue),
            "role": .string(framework.role),
        ])
    }

    private func operatorDocument(_ agent: LocalAgent) -> JSONValue {
        let offered = offers.values.filter { $0.agent == agent.id }.reduce(ResourceAmount()) { $0 + $1.resources }
        let isActive = agent.presence == .registered
        return .object([
            "id": .string(agent.id),
            "hostname": .string(agent.plan.hostname),
            "port": .integer(Int64(agent.port)),
            "pid": .string("slave(1)@\(agent.plan.address):\(agent.port)"),
            "attributes": .object(agent.plan.attributes.mapValues(JSONValue.string)),
            "active": .bool(isActive),
            "deactivated": .bool(!isActive),
            "version": .string(Self.version),
            "reserved_resources": .object([:]),
            "reserved_resources_full": .object([:]),
            "unreserved_resources_full": .array(full(agent.total)),
            "used_resources_full": .array(full(agent.inUse)),
            "offered_resources_full": .array(full(offered)),
        ])
    }

    private func full(_ amount: ResourceAmount) -> [JSONValue] {
        var resources: [JSONValue] = []
        for (name, thousandths) in [("cpus", amount.cpus), ("mem", amount.memory), ("disk", amount.disk)]
        where thousandths > 0 {
            resources.append(
                .object([
                    "name": .string(name), "type": .string("SCALAR"), "role": .string("*"),
                    "scalar": .object(["value": .real(Double(thousandths) / 1_000)]),
                ])
            )
        }
        guard !amount.ports.isEmpty else { return resources }
        let ranges = amount.ports.map { range in
            JSONValue.object([
                "begin": .integer(Int64(range.lowerBound)), "end": .integer(Int64(range.upperBound)),
            ])
        }
        resources.append(
            .object([
                "name": .string("ports"), "type": .string("RANGES"), "role": .string("*"),
                "ranges": .object(["range": .array(ranges)]),
            ])
        )
        return resources
    }
}
