import FoundationEssentials
import Glibc
import LocalCluster
import Logging
import StandIn
import Synchronization

/// Everything that the demo starts: the local cluster, production in it, and the scheduler as a process of its own.
final class DemoStage: Sendable {
    let directory: String
    let program: String
    let parts: DemoCluster
    let cluster: LocalCluster
    /// Runs instead of the stand-in.
    let cassandra: RealCassandra?
    /// The guestbook's application on production; nil without its folder.
    let site: DemoSite?
    private let scheduler = Mutex<ChildProcess?>(nil)

    init(
        directory: String,
        program: String,
        guestbook: String? = nil,
        cassandra: RealCassandra? = nil,
        parts: DemoCluster = DemoCluster(),
        settings: LocalClusterSettings = LocalClusterSettings(),
        hasShell: Bool = true
    ) throws {
        self.directory = directory
        self.program = program
        self.parts = parts
        self.cassandra = cassandra
        let images = DemoImages(guestbook: guestbook, program: program, cassandra: cassandra)
        if hasShell { try images.write(to: directory) } else { try images.writeLinks(to: directory) }
        site = guestbook.map { folder in
            DemoSite(
                guestbook: folder,
                port: parts.sitePort,
                environment: Self.childEnvironment.merging(parts.productionAddress) { _, own in own }
            )
        }
        cluster = try LocalCluster(
            plan: parts.plan(in: directory),
            settings: settings,
            logger: Logger(label: "local-cluster") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// Production: a database on a fast volume, or a ring of them, run as another framework's tasks.
    func startProduction() async throws {
        for node in parts.production { try await start(node) }
    }

    private func start(_ node: DemoCluster.ProductionNode) async throws {
        guard let volume = cluster.directory(ofVolumeNamed: node.volume) else {
            throw DemoFault("production's volume is missing")
        }
        // A real one makes itself on its first boot.
        if cassandra == nil {
            let identity = StandInIdentity(clusterName: DemoCluster.clusterName)
            try StandInDatabase.initialise(directory: volume, identity: identity)
        }
        try await cluster.runOutside(
            framework: "production",
            task: "guestbook-database" + (node.place == 0 ? "" : "-\(node.place + 1)"),
            on: node.agent,
            image: DemoCluster.databaseImage,
            command: "exec docker-entrypoint.sh cassandra -f",
            environment: parts.environment(of: node),
            volume: node.volume,
            at: "/var/lib/cassandra"
        )
    }

    /// Starts the scheduler as an operator would.
    ///
    /// - Parameters:
    ///   - sources: the sources file's content.
    ///   - listen: where; port 0 picks one.
    ///   - more: further arguments.
    ///   - logged: takes each line of its log as it comes.
    /// - Returns: where its API is.
    /// - Throws: when it ends before it listens, with its last words.
    func startScheduler(
        sources: String = DemoCluster.sources,
        listen: String = "127.0.0.1:0",
        more: [String] = [],
        logged: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> String {
        try Data(sources.utf8).write(to: URL(filePath: sourcesFile))
        return try await startScheduler(schedulerArguments(listen: listen) + more, logged: logged)
    }

    /// The same with nothing but what is given.
    func startScheduler(
        _ arguments: [String],
        environment: [String: String] = [:],
        logged: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> String {
        let (addresses, feed) = AsyncStream.makeStream(of: String.self)
        let log = "\(directory)/scheduler.log"
        let prefix = "understudy: listening on "
        let process = try ChildProcess(
            program,
            arguments,
            environment: Self.childEnvironment.merging(environment) { _, given in given },
            output: .lines { line, isError in
                if isError {
                    append(line, to: log)
                    logged(line)
                } else if line.hasPrefix(prefix) {
                    feed.yield(String(line.dropFirst(prefix.count)))
                    feed.finish()
                }
            }
        )
        scheduler.withLock { $0 = process }
        Task {
            _ = await process.wait()
            feed.finish()
        }
        for await address in addresses { return address }
        throw DemoFault("the scheduler ended before it listened; its last words:\n\(lastWords(of: log))")
    }

    private var sourcesFile: String { "\(directory)/sources.json" }

    /// A scheduler's, on this cluster and with these sources; its state is a file of this name in the folder.
    func schedulerArguments(state: String = "state.sqlite", listen: String = "127.0.0.1:0") -> [String] {
        [
            "scheduler", "--master", cluster.masterAddress, "--portworx", cluster.storageURL,
            "--state", "sqlite:\(directory)/\(state)", "--listen", listen, "--sources", sourcesFile,
        ]
    }

    /// Runs a command of ours and hands its lines over as they come; a cancelled task has it end by `cancel`.
    func run(
        _ arguments: [String],
        environment: [String: String] = [:],
        cancel: Int32 = SIGINT,
        line: @escaping @Sendable (String) -> Void
    ) async throws -> ChildProcess.Ending {
        try await run(program, arguments, environment: environment, cancel: cancel, line: line)
    }

    private func run(
        _ program: String,
        _ arguments: [String],
        environment: [String: String],
        cancel: Int32,
        line: @escaping @Sendable (String) -> Void
    ) async throws -> ChildProcess.Ending {
        let process = try ChildProcess(
            program,
            arguments,
            environment: Self.childEnvironment.merging(environment) { _, given in given },
            output: .lines { text, _ in line(text) }
        )
        return await withTaskCancellationHandler {
            await process.wait()
        } onCancel: {
            process.signal(cancel)
        }
    }

    /// Runs a shell command and returns what it printed.
    func shell(_ command: String) async throws -> String {
        let (ending, text) = try await attempt(command)
        guard ending == .exited(0) else { throw DemoFault("\(command) failed: \(text)") }
        return text
    }

    /// Runs a shell command; what it printed, and how it ended.
    func attempt(
        _ command: String,
        environment: [String: String] = [:]
    ) async throws -> (ending: ChildProcess.Ending, output: String) {
        let lines = Mutex<[String]>([])
        let ending = try await run("/bin/sh", ["-c", command], environment: environment, cancel: SIGTERM) { line in
            lines.withLock { $0.append(line) }
        }
        return (ending, lines.withLock { $0.joined(separator: "\n") })
    }

    static var childEnvironment: [String: String] {
        var environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"]
        for name in ["LD_LIBRARY_PATH", "HOME"] { environment[name] = environmentVariable(name) }
        return environment
    }

    /// True when nothing is there but production's volume and its task.
    var isProductionAlone: Bool {
        get async {
            let tasks = await cluster.runningTasks
            return cluster.volumeNames == [DemoCluster.volume] && tasks == 1
        }
    }

    /// What the scheduler logged last.
    func lastWords() -> String { lastWords(of: "\(directory)/scheduler.log") }

    private func lastWords(of log: String) -> String {
        // No log is no words.
        guard let data = try? Data(contentsOf: URL(filePath: log)) else { return "" }
        return String(decoding: data.suffix(4_096), as: UTF8.self)
    }

    /// Ends the scheduler as an operator would, or as an accident does.
    ///
    /// - Returns: how it ended; nil when there is none.
    @discardableResult
    func stopScheduler(with signal: Int32 = SIGTERM) async -> ChildProcess.Ending? {
        await scheduler.withLock { $0 }?.end(by: signal, within: .seconds(15))
    }

    /// The scheduler's process id; nil when there is none.
    var schedulerID: Int32? { scheduler.withLock { $0?.id } }

    /// Sends a signal to the scheduler and does not wait.
    func signalScheduler(_ signal: Int32) { scheduler.withLock { $0?.signal(signal) } }

    /// Ends whatever was started; safe to repeat.
    func clear() async {
        await site?.stop()
        await stopScheduler()
        await cluster.stop()
    }
}

/// What went otherwise than it should.
struct DemoFault: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

private func append(_ line: String, to path: String) {
    let descriptor = open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    let bytes = Array((line + "\n").utf8)
    // A log line that cannot be written is lost: the demo goes on.
    _ = write(descriptor, bytes, bytes.count)
}
