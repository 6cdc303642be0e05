import Model

/// `/master/state` and `/metrics/snapshot`, as far as people and tests look at them (`13-state`, `18-http-probes`).
extension Master {
    func stateDocument() -> JSONValue {
        .object([
            "version": .string("1.11.0"),
            "stand_in": .string("understudy local cluster: not a real Mesos master"),
            "id": .string(id),
            "hostname": .string("127.0.0.1"),
            "activated_slaves": .real(Double(agents.values.count { $0.presence == .registered })),
            "slaves": .array(agentOrder.compactMap { agents[$0] }.map(document)),
            "frameworks": .array(frameworks.values.sorted { $0.id < $1.id }.map(document)),
            "completed_frameworks": .array(removed.values.sorted { $0.id < $1.id }.map(document)),
        ])
    }

    func metricsDocument() -> JSONValue {
        let tasks = frameworks.values.flatMap { Array($0.tasks.values) }
        func count(_ state: TaskState) -> JSONValue { .real(Double(tasks.count { $0.latest.state == state })) }
        return .object([
            "master/tasks_staging": count(.staging),
            "master/tasks_starting": count(.starting),
            "master/tasks_running": count(.running),
            "master/tasks_killing": count(.killing),
            "master/elected": .real(1),
            "master/cpus_total": .real(cpus(agents.values.map(\.total))),
            "master/cpus_used": .real(cpus(agents.values.map(\.inUse))),
            "master/frameworks_disconnected": .real(
                Double(frameworks.values.count { $0.stream == nil && !$0.isBuiltIn })
            ),
            "master/frameworks_connected": .real(Double(frameworks.values.count { $0.stream != nil })),
            "master/frameworks_active": .real(Double(frameworks.values.count { $0.stream != nil || $0.isBuiltIn })),
            "master/outstanding_offers": .real(Double(offers.count)),
            "master/slaves_active": .real(Double(agents.values.count { $0.presence == .registered })),
        ])
    }

    private func cpus(_ amounts: [ResourceAmount]) -> Double {
        Double(amounts.reduce(0) { $0 + $1.cpus }) / 1_000
    }

    private func document(_ agent: LocalAgent) -> JSONValue {
        .object([
            "id": .string(agent.id),
            "hostname": .string(agent.plan.hostname),
            "port": .integer(Int64(agent.port)),
            "pid": .string("slave(1)@\(agent.plan.address):\(agent.port)"),
            "active": .bool(agent.presence == .registered),
            "resources": document(agent.total),
            "used_resources": document(agent.inUse),
            "attributes": .object(agent.plan.attributes.mapValues(JSONValue.string)),
        ])
    }

    private func document(_ amount: ResourceAmount) -> JSONValue {
        let ports = amount.ports.map { "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ", ")
        return .object([
            "cpus": .real(Double(amount.cpus) / 1_000),
            "mem": .real(Double(amount.memory) / 1_000),
            "disk": .real(Double(amount.disk) / 1_000),
            "ports": .string("[\(ports)]"),
        ])
    }

    private func document(_ framework: FrameworkRecord) -> JSONValue {
        .object([
            "id": .string(framework.id),
            "name": .string(framework.info.name),
            "user": .string(framework.info.user),
            "role": .string(framework.role),
            "roles": .array(framework.info.roles.map(JSONValue.string)),
            "used_resources": document(
                agents.values.reduce(ResourceAmount()) { sum, agent in
                    agent.used.reduce(sum) { $1.key.contains(" \(framework.id) ") ? $0 + $1.value : $0 }
                }
            ),
            "offered_resources": document(
                offers.values.reduce(ResourceAmount()) { $1.framework == framework.id ? $0 + $1.resources : $0 }
            ),
            "hostname": .string(framework.info.hostname ?? ""),
            "webui_url": .string(framework.info.webuiURL ?? ""),
            "failover_timeout": .real(framework.info.failoverTimeout),
            "active": .bool(framework.stream != nil || framework.isBuiltIn),
            "connected": .bool(framework.stream != nil),
            "tasks": .array(framework.tasks.values.sorted { $0.description.id < $1.description.id }.map(document)),
            "completed_tasks": .array(framework.completedTasks.map(document)),
        ])
    }

    private func document(_ task: TaskRecord) -> JSONValue {
        .object([
            "id": .string(task.description.id),
            "name": .string(task.description.name),
            "slave_id": .string(task.agent),
            "executor_id": .string(task.executor),
            "state": .string(task.latest.state.rawValue),
            "resources": document(task.description.resources),
            "labels": .array(
                task.description.labels.map { .object(["key": .string($0.key), "value": .string($0.value)]) }
            ),
            "statuses": .array(
                task.told.map { .object(["state": .string($0.state.rawValue), "timestamp": .real($0.timestamp)]) }
            ),
            "discovery": .object([
                "ports": .object([
                    "ports": .array(
                        task.description.ports.map {
                            .object(["name": .string($0.name), "number": .real(Double($0.number))])
                        }
                    )
                ])
            ]),
        ])
    }
}
