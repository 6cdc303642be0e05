import Adapters
import ControlAPI
import HTTPTransport
import Lifecycle
import Logging
import Model
import Scheduler
import ServiceLifecycle
import StateStore
import Synchronization
import UnixSignals

/// Everything that makes up one scheduler, put together and run until SIGTERM.
struct SchedulerService: Sendable {
    let configuration: SchedulerConfiguration
    let logger: Logger
    /// The one that the core is told of, and those who ask about its state; a log line has the wall clock's time.
    let clock = EvenClock(systemClock())

    init(_ configuration: SchedulerConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// - Throws: ``ServiceExit``; returns when stopped in order.
    func run() async throws {
        do {
            let http = try HTTPClient(HTTPConfiguration(caFile: configuration.caFile))
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
        if configuration.users != nil, configuration.dcosURL?.hasPrefix("https://") == false {
            logger.warning("people's logins are verified over http: whoever answers there says who they are")
        }
        let site = try await site(http)
        let server = try ControlServer(
            host: configuration.host,
            port: configuration.port,
            standby: Standby(obstacle: ground.beginning, store: false),
            clock: clock.now,
            logger: logger,
            tokens: try configuration.tokens.map { try TokenFile(path: $0, logger: logger) },
            users: try configuration.userAccess(http),
            allowBeyondLoopback: configuration.insecureNoAuth,
            helper: site.helper
        )
        let lead: @Sendable (StateGround) async throws -> Leader = { try await self.lead($0, site, server, http) }
        let leader = Eventual<Leader>()
        // A file is ours or is not, which is told before anybody is answered.
        switch ground {
        case .file, .nothing: leader.come(try await lead(ground))
        case .zooKeeper: break
        }
        try await serve(ground, server, leader, lead: lead)
    }

    /// Reads all that it is told of its surroundings; what is wrong with them is told before anything is begun.
    private func site(_ http: HTTPClient) async throws -> Site {
        let documents = SourceDocuments(http: http)
        var sources: [Source] = []
        if let place = configuration.sources { sources = try await documents.sources(at: place) }
        return Site(
            sources: sources,
            masks: try await documents.masks(of: sources),
            helper: try HelperFile(path: configuration.helper)
        )
    }

    private func serve(
        _ ground: StateGround,
        _ server: ControlServer,
        _ leader: Eventual<Leader>,
        lead: @escaping @Sendable (StateGround) async throws -> Leader
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
        _ lead: @escaping @Sendable (StateGround) async throws -> Leader
    ) async throws {
        // Whatever happens, nobody waits for what will not come.
        defer { leader.come(nil) }
        if case .zooKeeper = ground {
            // What is not there is not made in order to be taken away.
            let isOver = configuration.uninstall.isWanted ? try await !ground.isThere : false
            if !isOver {
                guard try await acquire(ground, server) else { return }
            }
            leader.come(try await lead(isOver ? .nothing(ForgottenStore()) : ground))
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
                // Nothing but that it is over is told from now on: a supervisor would only start it again.
                try await scheduler.forgetState(keepsMark: !configuration.uninstall.isWanted)
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

    func url(_ address: (host: String, port: Int)) -> String {
        "http://\(Authority.text(host: address.host, port: address.port))"
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
