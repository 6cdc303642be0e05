import Glibc

extension PodRunner {
    /// Of a task, its checks included.
    func environment(
        of task: TaskDescription,
        _ sandbox: Sandbox,
        _ paths: PathSubstitution
    ) -> [String: String] {
        let images = task.image.flatMap { host.images[$0] }.map { "\($0):" } ?? ""
        var environment = ["HOME": sandbox.path, "PATH": "\(images)/usr/local/bin:/usr/bin:/bin"]
        environment.merge(swiftRuntime()) { own, _ in own }
        for (name, value) in task.environment { environment[name] = paths.apply(value) }
        environment["MESOS_SANDBOX"] = sandbox.path
        environment["MESOS_TASK_ID"] = task.id
        environment["UNDERSTUDY_LOCAL_CLUSTER"] = "1"
        return environment
    }

    /// nil for an image without one, and for none.
    func shell(of task: TaskDescription) -> String? {
        guard let path = task.image.flatMap({ host.images[$0] }).map({ "\($0)/sh" }) else { return nil }
        return access(path, X_OK) == 0 ? path : nil
    }
}

/// Where Swift's runtime is, on a machine that has it in no usual place: what our own programs need of the environment.
func swiftRuntime() -> [String: String] {
    let name = "LD_LIBRARY_PATH"
    return getenv(name).map { [name: String(cString: $0)] } ?? [:]
}
