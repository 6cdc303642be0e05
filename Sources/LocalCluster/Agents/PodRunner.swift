import Glibc
import Logging
import Model

/// Runs one pod's tasks as child processes, and ends it as Mesos' default executor does.
///
/// There are no containers: an image is a directory of executables that leads PATH, and wherever command, check or
/// environment name a volume's path in the container, its directory on this machine is put instead. An image's `sh` is
/// its `/bin/sh`.
///
/// - Source: `recordings/mesos/10-launch-group`, `recordings/mesos/20-image-and-volume`.
actor PodRunner {
    /// What the runner needs of its agent.
    struct Host: Sendable {
        var agentID: String
        var frameworkID: String
        var agent: LocalClusterPlan.Agent
        var images: [String: String]
        var sandboxes: String
        var mounting: any VolumeMounting
        /// What fetches files: a program and its first arguments.
        var fetcher: [String]
        /// Seconds that it takes to fetch an image.
        var imagePull: Double
        var clock: @Sendable () -> Double
        var logger: Logger
    }

    struct Entry {
        let task: TaskDescription
        let container: String
        var process: ChildProcess?
        var check = StatusUpdate.CheckStatus.none
        var killing = false
        var ended = false
        var timedOut = false

        /// What a check tells while it tells nothing: before its first result, and from the kill on (recording 19).
        var noCheckYet: StatusUpdate.CheckStatus { task.check == nil ? .none : .pending }
    }

    let host: Host
    private var fetcher: Fetcher {
        Fetcher(command: host.fetcher, cache: "\(host.sandboxes)/\(host.agentID)/fetched")
    }
    let executor: String
    /// The executor's; nil for a task that is its own pod, as Mesos' command executor runs it.
    private let container: String?
    private let networks: [String]
    private let saysKilling: Bool
    /// Takes updates in the order in which they are made.
    private let report: @Sendable (StatusUpdate) -> Void
    var entries: [String: Entry] = [:]
    private let order: [String]
    /// SIGTERM's graces that run.
    private var graces: [Task<Void, Never>] = []

    init(
        host: Host,
        executor: String,
        isGroup: Bool,
        networks: [String],
        tasks: [TaskDescription],
        saysKilling: Bool,
        report: @escaping @Sendable (StatusUpdate) -> Void
    ) {
        self.host = host
        self.executor = executor
        self.networks = networks
        self.saysKilling = saysKilling
        self.report = report
        container = isGroup ? randomUUID() : nil
        order = tasks.map(\.id)
        for task in tasks {
            entries[task.id] = Entry(
                task: task,
                container: randomUUID(),
                check: task.check == nil ? .none : .pending
            )
        }
    }

    /// Returns when the pod has ended and every volume is given back.
    func run() async {
        let foreign = networks + entries.values.flatMap(\.task.networks)
        if let network = foreign.first {
            for id in order {
                let why = "a local cluster has no network \(network): only host networking is there"
                end(id, .failed, why, source: .agent, reason: .containerLaunchFailed)
            }
            return
        }
        await withDiscardingTaskGroup { group in
            for id in order { group.addTask { await self.run(id) } }
        }
        graces.forEach { $0.cancel() }
    }

    /// Ends every task that runs: SIGTERM, and SIGKILL after the grace.
    func kill(grace: Double?) {
        for id in order { kill(id, grace: grace) }
    }

    /// Ends every task within so many seconds, whatever grace it was given before.
    func end(within seconds: Double) {
        kill(grace: seconds)
        for process in entries.values.compactMap(\.process) { killLater(process, seconds) }
    }

    /// True while a task of it has not ended.
    func isAlive(_ task: String) -> Bool { entries[task].map { !$0.ended } ?? false }

    // MARK: one task

    /// Mesos' `--sandbox_directory`, by default.
    private static let sandbox = "/mnt/mesos/sandbox"
    private static let neverStarted = "Killed before it started"

    private func run(_ id: String) async {
        guard let entry = entries[id] else { return }
        let task = entry.task
        tell(id, .starting)
        if let fault = missing(task) { return end(id, .failed, fault) }
        // Cancelled by nobody; a pod that is killed meanwhile finds out below.
        if host.imagePull > 0 { try? await Task.sleep(for: .seconds(host.imagePull)) }
        guard entries[id]?.killing == false else { return end(id, .killed, Self.neverStarted) }
        var paths: [(container: String, local: String)] = []
        for mount in task.mounts {
            do throws(MountRefusal) {
                let key = entry.container
                let path = try await host.mounting.mount(name: mount.name, node: host.agent.storage?.id, container: key)
                paths.append((mount.containerPath, path))
            } catch {
                await unmount(entry)
                return end(id, .failed, "Unexpected termination of the subprocess: \(error)")
            }
        }
        guard entries[id]?.killing == false else {
            await unmount(entry)
            return end(id, .killed, Self.neverStarted)
        }
        do {
            try await runProcess(id, task, entry.container, PathSubstitution(paths, shell: shell(of: task)))
        } catch {
            await unmount(entry)
            end(id, .failed, "\(error)", source: .agent, reason: .containerLaunchFailed)
        }
    }

    /// What a real agent would stumble over before anything runs.
    private func missing(_ task: TaskDescription) -> String? {
        if let image = task.image, host.images[image] == nil { return "Failed to find archive for image '\(image)'" }
        if let user = task.user, !isUser(user) {
            return "Failed to create nested sandbox: Failed to chown directory to '\(user)': No such user '\(user)'"
        }
        return nil
    }

    private func runProcess(
        _ id: String,
        _ task: TaskDescription,
        _ container: String,
        _ paths: PathSubstitution
    ) async throws {
        let sandbox = try Sandbox(
            host.sandboxes,
            agent: host.agentID,
            framework: host.frameworkID,
            executor: executor,
            task: self.container == nil ? nil : id
        )
        try paths.link(in: sandbox.path)
        for file in task.fetched { try await fetcher.fetch(file, into: sandbox.path) }
        // In a container with an image the sandbox has a place of its own; without one it is where it is.
        let paths = task.image == nil ? paths : paths.adding(Self.sandbox, sandbox.path)
        let environment = environment(of: task, sandbox, paths)
        let command = paths.apply(task.command)
        let process = try ChildProcess(
            command.path,
            command.arguments,
            environment: environment,
            directory: sandbox.path,
            output: .files(output: sandbox.path + "/stdout", error: sandbox.path + "/stderr")
        )
        entries[id]?.process = process
        // Told at once: a KILL that comes while the storage hears of the process is told after it.
        tell(id, .running)
        for mount in task.mounts {
            await host.mounting.processGroupStarted(process.id, volume: mount.name, container: container)
        }
        let side = Task {
            await withDiscardingTaskGroup { group in
                if let check = task.check {
                    let command = paths.apply(check.command)
                    group.addTask { await self.repeatCheck(id, check, command, environment, sandbox.path) }
                }
                if let limit = task.maxCompletion {
                    group.addTask { await self.endAfter(limit, id) }
                }
            }
        }
        let ending = await process.wait()
        side.cancel()
        // A check that still runs would hold the volume.
        await side.value
        if let entry = entries[id] { await unmount(entry) }
        conclude(id, ending)
    }

    private func conclude(_ id: String, _ ending: ChildProcess.Ending) {
        guard let entry = entries[id] else { return }
        let words: String
        switch ending {
        case .exited(let code): words = "Command exited with status \(code)"
        case .signalled(let number): words = "Command terminated with signal \(String(cString: strsignal(number)))"
        }
        if entry.timedOut {
            return end(id, .failed, "Task exceeded its max completion time", reason: .maxCompletionTimeReached)
        }
        if entry.killing { return end(id, .killed, words) }
        if ending == .exited(0) { return end(id, .finished, words) }
        end(id, .failed, words)
    }

    private func kill(_ id: String, grace: Double?) {
        guard let entry = entries[id], !entry.ended, !entry.killing else { return }
        entries[id]?.killing = true
        entries[id]?.check = entry.noCheckYet
        guard let process = entry.process else { return }
        if saysKilling { tell(id, .killing) }
        process.signal(SIGTERM)
        killLater(process, grace ?? entry.task.grace)
    }

    private func killLater(_ process: ChildProcess, _ seconds: Double) {
        graces.append(
            Task {
                do { try await Task.sleep(for: .seconds(seconds)) } catch { return }
                process.signal(SIGKILL)
            }
        )
    }

    private func endAfter(_ seconds: Double, _ id: String) async {
        do { try await Task.sleep(for: .seconds(seconds)) } catch { return }
        guard entries[id]?.ended == false else { return }
        entries[id]?.timedOut = true
        entries[id]?.process?.signal(SIGKILL)
    }

    private func unmount(_ entry: Entry) async {
        for mount in entry.task.mounts { await host.mounting.unmount(name: mount.name, container: entry.container) }
    }

    // MARK: words

    private func end(
        _ id: String,
        _ state: TaskState,
        _ message: String,
        source: StatusUpdate.Source = .executor,
        reason: StatusUpdate.Reason? = nil
    ) {
        guard let entry = entries[id], !entry.ended else { return }
        entries[id]?.ended = true
        entries[id]?.check = entry.noCheckYet
        // The default executor kills the rest of a pod before it reports the failure (recording 20).
        if state == .failed { for other in order where other != id { kill(other, grace: nil) } }
        tell(id, state, message, source: source, reason: reason)
    }

    func tell(
        _ id: String,
        _ state: TaskState,
        _ message: String? = nil,
        source: StatusUpdate.Source = .executor,
        reason: StatusUpdate.Reason? = nil
    ) {
        guard let entry = entries[id] else { return }
        report(
            StatusUpdate(
                task: id,
                state: state,
                source: source,
                reason: reason,
                message: message,
                agent: host.agentID,
                executor: executor,
                uuid: randomBytes(16),
                timestamp: host.clock(),
                check: entry.check,
                container: (entry.container, container)
            )
        )
    }
}
