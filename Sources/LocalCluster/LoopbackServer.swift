import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// The connection that a request came by.
struct Line: Sendable {
    fileprivate let channel: any Channel

    /// Closes it at once; what is written from now on is lost.
    func cut() { channel.close(promise: nil) }
}

/// A server's port, and the connections by which requests came.
private final class OpenLines: Sendable {
    private let lines = Mutex<(port: (any Channel)?, connections: [ObjectIdentifier: any Channel])>((nil, [:]))

    func opened(_ port: any Channel) { lines.withLock { $0.port = port } }

    func used(_ line: Line) {
        let key = ObjectIdentifier(line.channel)
        let isNew = lines.withLock { $0.connections.updateValue(line.channel, forKey: key) == nil }
        guard isNew else { return }
        line.channel.closeFuture.whenComplete { [weak self] _ in
            self?.lines.withLock { $0.connections[key] = nil }
        }
    }

    /// Closes the port first, and returns once it is free.
    func closeAll() async {
        let (port, connections) = lines.withLock { ($0.port, Array($0.connections.values)) }
        for channel in [port].compactMap({ $0 }) + connections {
            try? await channel.close()  // it says only that it is closed already
        }
    }
}

/// Keeps the connection, so that it can be cut.
private struct LoopbackContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let line: Line

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        line = Line(channel: source.channel)
    }
}

/// An HTTP server on a loopback port, for the master, the agents, the gateway and the control calls.
struct LoopbackServer: Sendable {
    /// Streams have no end of their own: whoever still reads is cut off then.
    private static let stopMax = Duration.seconds(2)

    let port: Int
    private let lines: OpenLines
    private let group: ServiceGroup
    private let task: Task<Void, Never>

    /// Starts it.
    ///
    /// - Parameters:
    ///   - host: an address of loopback.
    ///   - port: 0 picks one.
    ///   - logger: hears of warnings only.
    ///   - answer: called for each request.
    /// - Returns: once it listens.
    /// - Throws: when the port cannot be had.
    static func start(
        host: String = "127.0.0.1",
        port: Int,
        logger: Logger,
        answer: @escaping @Sendable (Request, Line) async throws -> Response
    ) async throws -> LoopbackServer {
        let (ports, feed) = AsyncThrowingStream.makeStream(of: Int.self)
        let lines = OpenLines()
        let responder = CallbackResponder { (request: Request, context: LoopbackContext) in
            lines.used(context.line)
            return try await answer(request, context.line)
        }
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .notice)  // the framework logs each start and stop
        let application = Application(
            responder: responder,
            configuration: .init(address: .hostname(host, port: port)),
            onServerRunning: { channel in
                lines.opened(channel)
                if let port = channel.localAddress?.port { feed.yield(port) }
                feed.finish()
            },
            logger: quiet
        )
        var configuration = ServiceGroupConfiguration(services: [application], logger: quiet)
        configuration.maximumGracefulShutdownDuration = stopMax
        let group = ServiceGroup(configuration: configuration)
        // Detached: one that is started while another's request is answered would be asked to stop together with it.
        let task = Task.detached {
            do {
                try await group.run()
                feed.finish()
            } catch {
                feed.finish(throwing: error)
            }
        }
        for try await port in ports { return LoopbackServer(port: port, lines: lines, group: group, task: task) }
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

    /// Ends as a killed process does: the port is free and every connection closed when this returns.
    func kill() async {
        await lines.closeAll()
        let group = group
        Task { await group.triggerGracefulShutdown() }
    }
}
