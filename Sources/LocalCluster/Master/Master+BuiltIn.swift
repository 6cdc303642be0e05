import Model

/// A framework without a scheduler, for what runs in the cluster beside the one under test.
extension Master {
    /// Why a task of our own did not start.
    struct BuiltInFault: Error, CustomStringConvertible { let description: String }

    /// Runs a task as another framework's and returns once it runs.
    ///
    /// - Throws: ``BuiltInFault`` when it ended instead.
    func runBuiltIn(
        framework name: String,
        task id: String,
        on hostname: String,
        image: String?,
        command: String,
        environment: [String: String],
        mount: TaskDescription.Mount?
    ) async throws {
        guard let agent = agents.values.first(where: { $0.plan.hostname == hostname }) else {
            throw BuiltInFault(description: "there is no agent \(hostname)")
        }
        let frameworkID = frameworks.values.first { $0.isBuiltIn && $0.info.name == name }?.id ?? addBuiltIn(name)
        let task = TaskDescription(
            id: id,
            agent: agent.id,
            image: image,
            command: command,
            environment: environment,
            mount: mount
        )
        launch([task], executor: nil, executorID: id, on: agent.id, for: frameworkID)
        while true {
            guard let record = frameworks[frameworkID]?.tasks[id] else {
                let ended = frameworks[frameworkID]?.completedTasks.first { $0.description.id == id }
                throw BuiltInFault(description: "\(id) ended: \(ended?.latest.message ?? "no word of why")")
            }
            if record.latest.state == .running { return }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private func addBuiltIn(_ name: String) -> String {
        let id = nextFrameworkID()
        var framework = FrameworkRecord(id: id, info: FrameworkDescription(name: name, user: "nobody"))
        framework.isBuiltIn = true
        frameworks[id] = framework
        return id
    }
}

extension Master {
    /// Of all frameworks.
    var runningTasks: Int { frameworks.values.reduce(0) { $0 + $1.tasks.values.count { $0.latest.state == .running } } }
}
