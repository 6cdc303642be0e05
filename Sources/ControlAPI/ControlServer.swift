import Hummingbird
public import Logging
public import Model
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// The control API over HTTP/1.1, on one thread.
///
/// Without tokens it listens on this machine alone, unless told otherwise.
public final class ControlServer: Sendable {
    private let host: String
    private let port: Int
    private let stage: ControlStage
    private let access: AccessGate
    private let bodies: BodyGate
    private let streams: EventStreams
    private let helper: HelperFile?
    private let logger: Logger
    private let shutdown: Duration
    private let listening = ListeningAddress()
    private let hasRun = Atomic(false)

    /// A server that refuses every call but health until it is told to ``lead(_:)``.
    ///
    /// - Parameters:
    ///   - host: a name or an address of this machine.
    ///   - port: 0…65535; 0 picks a free one.
    ///   - standby: what it says meanwhile.
    ///   - clock: now, for health.
    ///   - logger: where to log.
    ///   - tokens: who may call; nil for none.
    ///   - users: which of the cluster's people may; nil for none. With neither everybody may.
    ///   - allowBeyondLoopback: set only by an operator who knows that anybody who reaches it may use it.
    ///   - helper: served to whoever asks, so that agents can fetch it; nil for none.
    /// - Throws: `control_api.host_not_permitted` or `control_api.bad_port`.
    public convenience init(
        host: String,
        port: Int,
        standby: Standby,
        clock: @escaping @Sendable () -> Instant,
        logger: Logger,
        tokens: TokenFile? = nil,
        users: UserAccess? = nil,
        allowBeyondLoopback: Bool = false,
        helper: HelperFile? = nil
    ) throws(ControlAPIError) {
        let access = AccessGate(tokens: tokens, users: users, logger: logger)
        try self.init(
            host: host,
            port: port,
            stage: ControlStage(standby, access: access, now: clock),
            logger: logger,
            allowBeyondLoopback: allowBeyondLoopback,
            bodies: BodyGate(),
            access: access,
            streams: EventStreams(),
            helper: helper
        )
    }

    init(
        host: String,
        port: Int,
        stage: ControlStage,
        logger: Logger,
        allowBeyondLoopback: Bool,
        bodies: BodyGate,
        access: AccessGate,
        streams: EventStreams,
        helper: HelperFile? = nil,
        shutdown: Duration = ControlLimits.shutdown
    ) throws(ControlAPIError) {
        guard allowBeyondLoopback || access.asksForTokens || Loopback.contains(host) else {
            throw ControlAPIError(
                .hostNotPermitted,
                "\(host) can be reached from other machines, and nobody is asked for a token; use 127.0.0.1"
            )
        }
        guard (0...65_535).contains(port) else { throw ControlAPIError(.badPort, "a port is 0 to 65535, not \(port)") }
        self.host = host
        self.port = port
        self.logger = logger
        self.stage = stage
        self.access = access
        self.bodies = bodies
        self.streams = streams
        self.helper = helper
        self.shutdown = shutdown
    }

    /// From now on this service answers.
    public func lead(_ service: any RunService) {
        stage.lead(
            ControlResponder(
                service: service,
                access: access,
                bodies: bodies,
                streams: streams,
                helper: helper,
                logger: logger
            )
        )
    }

    /// What is said while it does not lead.
    public func standBy(_ standby: Standby) { stage.standBy(standby) }

    /// Where it listens; waits until it does.
    ///
    /// - Returns: nil when it ended before it listened, or the waiting task was cancelled.
    public func address() async -> (host: String, port: Int)? {
        await listening.value().map { ($0.host, $0.port) }
    }

    /// Serves until cancelled; requests in progress are then given 5 s to end.
    ///
    /// To be called once.
    ///
    /// - Throws: `control_api.cannot_listen` or `control_api.runs_once`; nothing when it was cancelled.
    public func run() async throws {
        guard hasRun.compareExchange(expected: false, desired: true, ordering: .sequentiallyConsistent).exchanged else {
            throw ControlAPIError(.runsOnce, "a server runs once")
        }
        defer { listening.tell(nil) }
        let threads = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let result: Result<Void, any Error>
        do {
            result = .success(try await serve(on: threads))
        } catch {
            result = .failure(error)
        }
        try await threads.shutdownGracefully()
        try result.get()
    }

    private func serve(on threads: MultiThreadedEventLoopGroup) async throws {
        // Hummingbird's own lines (one a connection, one a request) are of no use to an operator.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let application = Application(
            responder: stage,
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [UnreadableRequest()],
                    idleTimeout: ControlLimits.idle,
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: ControlLimits.headerFieldBytesMax,
                        maxHeaderListSize: ControlLimits.headerBytesMax,
                        maxHeaderFieldCount: ControlLimits.headerFieldsMax
                    )
                )
            ),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: .maximum(ControlLimits.connectionsMax, logger: quiet)
            ),
            onServerRunning: { [weak self] channel in self?.isListening(channel) },
            eventLoopGroupProvider: .shared(threads),
            logger: quiet
        )
        try await serve(application, logger: quiet)
    }

    /// Cancellation becomes a graceful shutdown: the application runs in a task of its own, which `run` outlives.
    private func serve(_ application: some Service, logger: Logger) async throws {
        var configuration = ServiceGroupConfiguration(services: [application], logger: logger)
        configuration.maximumGracefulShutdownDuration = shutdown
        let group = ServiceGroup(configuration: configuration)
        let stopping = Atomic(false)
        let serving = Task { try await group.run() }
        do {
            try await withTaskCancellationOrGracefulShutdownHandler {
                try await serving.value
            } onCancelOrGracefulShutdown: { [streams] in
                // They would go on as long as their runs do; who reads them comes back.
                streams.shutDown()
                stopping.store(true, ordering: .sequentiallyConsistent)
                Task { await group.triggerGracefulShutdown() }
            }
        } catch {
            // A group that was stopped before it ran, or took too long to stop, says so with an error.
            guard !stopping.load(ordering: .sequentiallyConsistent) else { return }
            guard !listening.isKnown else { throw error }
            throw ControlAPIError(.cannotListen, "cannot listen on \(host):\(port): \(error)")
        }
    }

    private func isListening(_ channel: any Channel) {
        let address = channel.localAddress
        let value = ListeningAddress.Value(host: address?.ipAddress ?? host, port: address?.port ?? port)
        logger.notice(
            "the control API listens",
            metadata: ["http.host": "\(value.host)", "http.port": "\(value.port)"]
        )
        if !access.asksForTokens {
            logger.log(
                level: Loopback.contains(host) ? .notice : .warning,
                "whoever reaches the control API may use it: nobody is asked for a token",
                metadata: ["http.host": "\(value.host)"]
            )
        }
        listening.tell(value)
    }
}
