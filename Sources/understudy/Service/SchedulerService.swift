import Adapters
import ControlAPI
import FoundationEssentials
import Glibc
import HTTPTransport
import Lifecycle
import Logging
import Mesos
import Model
import Portworx
import Scheduler
import ServiceLifecycle
import StateStore
import Synchronization
import UnixSignals

/// Everything that makes up one scheduler, put together and run until SIGTERM.
struct SchedulerService: Sendable {
    private let configuration: SchedulerConfiguration
    private let logger: Logger
    /// The one that the core is told of, and those who ask about its state; a log line has the wall clock's time.
    private let clock = EvenClock(systemClock())

    init(_ configuration: SchedulerConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// - Throws: ``ServiceExit``; returns when stopped in order.
    func run() async throws {
        do {
            let http = try HTTPClient()
            let ground = try StateGround(configuration)
            let result: Result<Void, any Error>
            do {
                result = .success(try await run(http, ground))
            } catch {
                result = .failure(error)
            }
            await http.shutdown()
            await ground.store.close()
            try result.get()
        } catch {
            throw ServiceExit.wrap(error)
        }
    }

    private func run(_ http: HTTPClient, _ ground: StateGround) async throws {
        let tokens = try configuration.tokens.map { try TokenFile(path: $0, logger: logger) }
        let sources = try SourceFile.read(try await bytes(of: configuration.sources, http))
        let masks = try await masks(of: sources, http)
        let helper = try HelperFile(path: configuration.helper)
        let server = try ControlServer(
            host: configuration.host,
            port: configuration.port,
            standby: Standby(obstacle: ground.beginning, store: false),
            clock: clock.now,
            logger: logger,
            tokens: tokens,
            allowBeyondLoopback: configuration.insecureNoAuth,
            helper: helper
        )
        let site = Site(sources: sources, masks: masks) { await self.helper(helper, server) }
        let leader = Eventual<Leader>()
        // A file is ours or is not, which is told before anybody is answered.
        if case .file = ground { leader.come(try await lead(ground, site, http)) }
        try await serve(ground, server, leader) { try await lead(ground, site, http) }
    }

    /// What it is told of its surroundings before it acts.
    private struct Site: Sendable {
        let sources: [Source]
        let masks: [SourceName: String]
        let helper: @Sendable () async -> Helper?
    }

    /// What acts, once it may.
    private struct Leader: Sendable {
        let scheduler: Scheduler
        let cluster: MesosCluster
        let runs: SchedulerRuns
    }

    /// Opens the state, and puts together what acts on it.
    private func lead(_ ground: StateGround, _ site: Site, _ http: HTTPClient) async throws -> Leader {
        let stored = try await ground.store.open()
        let loaded = try Records.load(stored.records)
        let install = try await install(loaded, ground.store, epoch: stored.epoch)
        let logins = RunLogins(secret: try await secret(loaded, ground.store, epoch: stored.epoch))
        let cluster = MesosCluster(
            try mesos(http, loaded.frameworkID),
            helper: site.helper,
            logins: logins,
            masks: site.masks,
            logger: logger
        )
        let volumes = PortworxVolumes(try portworx(http))
        let sandboxes = MesosSandboxes(AgentFiles(http: http))
        let scheduler = Scheduler(
            state(loaded, install, site.sources),
            store: ground.store,
            epoch: stored.epoch,
            leadership: ground.leadership,
            cluster: cluster,
            volumes: volumes,
            sandboxes: sandboxes,
            clock: clock.now,
            logger: logger
        )
        logger.notice(
            "starting",
            metadata: [
                "build.version": "\(VersionCommand.version)",
                "run.count": "\(loaded.runs.count + loaded.archive.count)",
                "copy.count": "\(loaded.copies.count)", "source.count": "\(site.sources.count)",
            ]
        )
        let runs = SchedulerRuns(
            scheduler,
            logins: logins,
            sandboxes: sandboxes,
            clock: clock.now,
            standsIn: { volumes.isStandIn }
        )
        return Leader(scheduler: scheduler, cluster: cluster, runs: runs)
    }

    private func state(_ loaded: Records.Loaded, _ install: String, _ sources: [Source]) -> SystemState {
        var settings = Settings(slug: configuration.slug, role: configuration.role)
        settings.historyKept = configuration.historyKept
        settings.historyMax = configuration.historyMax
        settings.orphanGrace = configuration.orphanGrace
        settings.stuckPatience = configuration.stuckAfter
        return SystemState(
            settings: settings,
            install: install,
            sources: sources,
            frameworkID: loaded.frameworkID,
            runs: loaded.runs,
            copies: loaded.copies,
            archive: loaded.archive
        )
    }

    private func serve(
        _ ground: StateGround,
        _ server: ControlServer,
        _ leader: Eventual<Leader>,
        lead: @escaping @Sendable () async throws -> Leader
    ) async throws {
        // Shut down from the last to the first: nobody asks any more, nothing comes in any more, then we stop, and only
        // then is the right to act let go.
        let parts: [any Service] = [
            Part { try await cancelWhenGracefulShutdown { try await ground.keep() } },
            Part { try await runUntilShutdown(leader, ground) },
            Part {
                guard let leader = await leader.value() else { return }
                try await cancelWhenGracefulShutdown { try await leader.cluster.run(for: leader.scheduler) }
            },
            Part { try await takeTheLead(ground, server, leader, lead) },
            Part { try await server.run() },
            Part { await announce(server) },
        ]
        var settings = ServiceGroupConfiguration(
            services: parts.map { part in
                ServiceGroupConfiguration.ServiceConfiguration(
                    service: part,
                    successTerminationBehavior: .ignore,
                    failureTerminationBehavior: .gracefullyShutdownGroup
                )
            },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: quiet
        )
        settings.maximumGracefulShutdownDuration = .seconds(10)
        try await ServiceGroup(configuration: settings).run()
        logger.notice("stopped; runs that are under way go on")
    }

    /// Waits for the right to act, and has the others begin.
    private func takeTheLead(
        _ ground: StateGround,
        _ server: ControlServer,
        _ leader: Eventual<Leader>,
        _ lead: @escaping @Sendable () async throws -> Leader
    ) async throws {
        // Whatever happens, nobody waits for what will not come.
        defer { leader.come(nil) }
        if case .zooKeeper = ground {
            guard try await acquire(ground, server) else { return }
            leader.come(try await lead())
        }
        if let leader = await leader.value() { server.lead(leader.runs) }
    }

    /// False when stopped before.
    private func acquire(_ ground: StateGround, _ server: ControlServer) async throws -> Bool {
        guard let address = await server.address() else { return false }
        let name = configuration.advertise ?? url(address)
        let waiting = Task {
            try await ground.acquire(as: name) { holder in
                let obstacle = "the scheduler at \(holder) leads; this one takes over when it is gone"
                server.standBy(Standby(obstacle: obstacle, store: true))
                logger.notice("standing by", metadata: ["leader.address": "\(holder)"])
            }
        }
        do {
            try await withTaskCancellationOrGracefulShutdownHandler {
                try await waiting.value
            } onCancelOrGracefulShutdown: {
                waiting.cancel()
                // No server may ever answer whether we wait.
                Task { await ground.abandonIfSilent() }
            }
        } catch  where waiting.isCancelled {
            return false
        }
        return !waiting.isCancelled
    }

    private var quiet: Logger {
        var quiet = logger
        quiet.logLevel = .error
        return quiet
    }

    private func runUntilShutdown(_ leader: Eventual<Leader>, _ ground: StateGround) async throws {
        guard let scheduler = await leader.value()?.scheduler else { return }
        let isStopping = Atomic(false)
        do {
            try await withGracefulShutdownHandler {
                try await scheduler.run()
            } onGracefulShutdown: {
                isStopping.store(true, ordering: .sequentiallyConsistent)
                Task {
                    await scheduler.stop()
                    await ground.abandonIfSilent()
                }
            }
        } catch {
            // Nothing has followed from a commit that nobody has answered: that is how the next scheduler finds it.
            guard isStopping.load(ordering: .sequentiallyConsistent) else { throw error }
            logger.warning("stopped before the store answered", metadata: ["error.cause": "\(error)"])
        }
    }

    /// With port 0 nobody could find us otherwise.
    private func announce(_ server: ControlServer) async {
        guard let address = await server.address() else { return }
        Output.standardOutput.line("understudy: listening on \(url(address))")
    }

    private func url(_ address: (host: String, port: Int)) -> String {
        let host = address.host.contains(":") ? "[\(address.host)]" : address.host
        return "http://\(host):\(address.port)"
    }

    // MARK: parts

    private func mesos(_ http: HTTPClient, _ id: FrameworkID?) throws -> MesosClient {
        let framework = FrameworkInfo(
            id: id,
            name: configuration.name,
            user: configuration.user,
            roles: [configuration.role],
            principal: configuration.principal,
            hostname: hostname(),
            webuiURL: configuration.advertise,
            failoverTimeout: configuration.failoverTimeout,
            labels: [Label("DCOS_PACKAGE_FRAMEWORK_NAME", configuration.name)]
        )
        return try MesosClient(
            masters: configuration.masters,
            framework: framework,
            http: http
        )
    }

    private func portworx(_ http: HTTPClient) throws -> PortworxClient {
        try PortworxClient(url: configuration.portworx, http: http, token: nil)
    }

    private func hostname() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The installation's id, made once and written before any copy can carry it.
    private func install(
        _ loaded: Records.Loaded,
        _ store: any StateStore,
        epoch: Int64
    ) async throws -> String {
        if let install = loaded.install { return install }
        let fresh = String(UInt64.random(in: .min ... .max), radix: 36)
        _ = try await store.commit([try Records.put(install: fresh)], epoch: epoch)
        return fresh
    }

    /// What logins are made from, made once and written before any copy can have one.
    private func secret(
        _ loaded: Records.Loaded,
        _ store: any StateStore,
        epoch: Int64
    ) async throws -> Secret {
        if let secret = loaded.secret { return secret }
        let fresh = RunLogins.makeSecret()
        _ = try await store.commit([try Records.put(secret: fresh)], epoch: epoch)
        return fresh
    }

    /// Where agents find the helper; nil when the API has ended before it listened.
    private func helper(_ file: HelperFile, _ server: ControlServer) async -> Helper? {
        if let url = configuration.helperURL { return Helper(url: url, sha256: file.sha256) }
        guard let address = await server.address() else { return nil }
        // An address that stands for all of this machine's own is none that others could call.
        let isWildcard = address.host == "0.0.0.0" || address.host == "::"
        let own = url((host: isWildcard ? hostname() : address.host, port: address.port))
        return Helper(url: "\(configuration.advertise ?? own)/v1/helper/\(file.sha256)", sha256: file.sha256)
    }

    /// The operators' CQL, read once: what it says now is what every copy of a source gets.
    private func masks(of sources: [Source], _ http: HTTPClient) async throws -> [SourceName: String] {
        var masks: [SourceName: String] = [:]
        for source in sources {
            guard let place = source.mask else { continue }
            let bytes = try await bytes(of: place, http, for: "mask of source \(source.name)")
            guard bytes.count <= MesosCluster.maskBytesMax, let text = String(validating: bytes, as: UTF8.self) else {
                throw ServiceExit(
                    ServiceExit.configuration,
                    "understudy.mask",
                    "the mask of source \(source.name) has to be UTF-8 of at most \(MesosCluster.maskBytesMax) bytes"
                )
            }
            masks[source.name] = text
        }
        return masks
    }

    /// A file's or a URL's content; the reader of it sets the limit.
    private func bytes(
        of place: String,
        _ http: HTTPClient,
        for what: String = "--sources"
    ) async throws -> [UInt8] {
        if place.hasPrefix("http://") || place.hasPrefix("https://") {
            let response = try await http.send(HTTPRequest(url: place))
            guard response.head.status == 200 else {
                throw ServiceExit(
                    ServiceExit.configuration,
                    "understudy.sources",
                    "\(what): \(place) answers \(response.head.status)"
                )
            }
            return response.body
        }
        do {
            return Array(try Data(contentsOf: URL(filePath: place)))
        } catch {
            throw ServiceExit(
                ServiceExit.configuration,
                "understudy.sources",
                "\(what): \(place) cannot be read: \(error)"
            )
        }
    }
}

/// A part of the service that is one function.
///
/// A group that shuts down takes a part that ends before its turn for one that has failed: it waits for its turn.
private struct Part: Service {
    private let body: @Sendable () async throws -> Void
    init(_ body: @escaping @Sendable () async throws -> Void) { self.body = body }

    func run() async throws {
        try await body()
        // Cancelled instead: the group has given up on order.
        do { try await gracefulShutdown() } catch { return }
    }
}
