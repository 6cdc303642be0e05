import Hummingbird
import Logging
import ServiceLifecycle

/// An HTTP server on a loopback port, for the master and for the gateway.
struct LoopbackServer: Sendable {
    /// Streams have no end of their own: whoever still reads is cut off then.
    private static let stopMax = Duration.seconds(2)

    let port: Int
    private let group: ServiceGroup
    private let task: Task<Void, Never>

    /// Starts it.
    ///
    /// - Parameters:
    ///   - port: 0 picks one.
    ///   - logger: hears of warnings only.
    ///   - answer: called for each request.
    /// - Returns: once it listens.
    /// - Throws: when the port cannot be had.
    static func start(
        port: Int,
        logger: Logger,
        answer: @escaping @Sendable (Request) async throws -> Response
    ) async throws -> LoopbackServer {
        let (ports, feed) = AsyncThrowingStream.makeStream(of: Int.self)
        let responder = CallbackResponder { (request: Request, _: BasicRequestContext) in try await answer(request) }
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .notice)  // the framework logs each start and stop
        let application = Application(
            responder: responder,
            configuration: .init(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { channel in
                if let port = channel.localAddress?.port { feed.yield(port) }
                feed.finish()
            },
            logger: quiet
        )
        var configuration = ServiceGroupConfiguration(services: [application], logger: quiet)
        configuration.maximumGracefulShutdownDuration = stopMax
        let group = ServiceGroup(configuration: configuration)
        let task = Task {
            do {
                try await group.run()
                feed.finish()
            } catch {
                feed.finish(throwing: error)
            }
        }
        for try await port in ports { return LoopbackServer(port: port, group: group, task: task) }
        throw CancellationError()
    }

    /// Closes the port and all connections.
    ///
    /// Asked politely: cancelling the task ends the process when a connection waits to be accepted, in NIO's
    /// "Deinited NIOAsyncWriter without calling finish()".
    func stop() async {
        await group.triggerGracefulShutdown()
        await task.value
    }
}
