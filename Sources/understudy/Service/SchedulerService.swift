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
            let store = try SQLiteStateStore(path: configuration.state.path)
            let result: Result<Void, any Error>
            do {
                result = .success(try await run(http, store))
            } catch {
                result = .failure(error)
            }
            await http.shutdown()
            await store.close()
            try result.get()
        } catch {
            throw ServiceExit.wrap(error)
        }
    }

    private var settings: Settings {
        var settings = Settings(slug: configuration.slug, role: configuration.role)
        settings.orphanGrace = configuration.orphanGrace
        settings.stuckPatience = configuration.stuckAfter
        return settings
    }

    private func run(_ http: HTTPClient, _ store: SQLiteStateStore) async throws {
        let tokens = try configuration.tokens.map { try TokenFile(path: $0, logger: logger) }
        let sources = try SourceFile.read(try await bytes(of: configuration.sources, http))
        let stored = try await store.open()
        let loaded = try Records.load(stored.records)
        let install = try await install(loaded, store, epoch: stored.epoch)
        let state = SystemState(
            settings: settings,
            install: install,
            sources: sources,
            frameworkID: loaded.frameworkID,
            runs: loaded.runs,
            copies: loaded.copies
        )
        let cluster = MesosCluster(try mesos(http, loaded.frameworkID), logger: logger)
        let volumes = PortworxVolumes(try portworx(http))
        let sandboxes = MesosSandboxes(AgentFiles(http: http, permit: Loopback.contains))
        let scheduler = Scheduler(
            state,
            store: store,
            epoch: stored.epoch,
            cluster: cluster,
            volumes: volumes,
            sandboxes: sandboxes,
            clock: clock.now,
            logger: logger
        )
        logger.notice(
            "starting",
            metadata: [
                "build.version": "\(VersionCommand.version)", "run.count": "\(loaded.runs.count)",
                "copy.count": "\(loaded.copies.count)", "source.count": "\(sources.count)",
            ]
        )
        try await serve(scheduler, cluster, volumes, sandboxes, tokens)
    }

    private func serve(
        _ scheduler: Scheduler,
        _ cluster: MesosCluster,
        _ volumes: PortworxVolumes,
        _ sandboxes: MesosSandboxes,
        _ tokens: TokenFile?
    ) async throws {
        let server = try ControlServer(
            host: configuration.host,
            port: configuration.port,
            service: SchedulerRuns(
                scheduler,
                sandboxes: sandboxes,
                clock: clock.now,
                standsIn: { volumes.isStandIn }
            ),
            logger: logger,
            tokens: tokens,
            allowBeyondLoopback: configuration.insecureNoAuth
        )
        // Shut down from the last to the first: nobody asks any more, nothing comes in any more, then we stop.
        let parts: [any Service] = [
            Part { try await runUntilShutdown(scheduler) },
            Part { try await cancelWhenGracefulShutdown { try await cluster.run(for: scheduler) } },
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

    private var quiet: Logger {
        var quiet = logger
        quiet.logLevel = .error
        return quiet
    }

    private func runUntilShutdown(_ scheduler: Scheduler) async throws {
        try await withGracefulShutdownHandler {
            try await scheduler.run()
        } onGracefulShutdown: {
            Task { await scheduler.stop() }
        }
    }

    /// With port 0 nobody could find us otherwise.
    private func announce(_ server: ControlServer) async {
        guard let address = await server.address() else { return }
        let host = address.host.contains(":") ? "[\(address.host)]" : address.host
        Output.standardOutput.line("understudy: listening on http://\(host):\(address.port)")
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
            http: http,
            permit: Loopback.contains
        )
    }

    private func portworx(_ http: HTTPClient) throws -> PortworxClient {
        try PortworxClient(url: configuration.portworx, http: http, token: nil, permit: Loopback.contains)
    }

    private func hostname() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The installation's id, made once and written before any copy can carry it.
    private func install(
        _ loaded: Records.Loaded,
        _ store: SQLiteStateStore,
        epoch: Int64
    ) async throws -> String {
        if let install = loaded.install { return install }
        let fresh = String(UInt64.random(in: .min ... .max), radix: 36)
        _ = try await store.commit([try Records.put(install: fresh)], epoch: epoch)
        return fresh
    }

    /// A file's or a URL's content; the reader of it sets the limit.
    private func bytes(of place: String, _ http: HTTPClient) async throws -> [UInt8] {
        if place.hasPrefix("http://") || place.hasPrefix("https://") {
            let response = try await http.send(HTTPRequest(url: place))
            guard response.head.status == 200 else {
                throw ServiceExit(
                    ServiceExit.configuration,
                    "understudy.sources",
                    "--sources \(place) answers \(response.head.status)"
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
                "--sources \(place) cannot be read: \(error)"
            )
        }
    }
}

/// A part of the service that is one function.
private struct Part: Service {
    private let body: @Sendable () async throws -> Void
    init(_ body: @escaping @Sendable () async throws -> Void) { self.body = body }
    func run() async throws { try await body() }
}
