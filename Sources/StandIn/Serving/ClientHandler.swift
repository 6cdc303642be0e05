import CQL
import NIOCore

/// A client's connection: bytes to frames, frames to the session, answers back.
///
/// Everything happens on the one event loop, and so one statement at a time.
final class ClientHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// In bytes: more than a guest's name, and no way to fill the memory.
    static let bodyBytesMax = 16 * 1_024 * 1_024

    private let clients: Clients
    private var session: Session
    private var decoder = FrameDecoder(.request, bodyBytesMax: ClientHandler.bodyBytesMax)

    init(_ clients: Clients, _ session: Session) {
        self.clients = clients
        self.session = session
    }

    func channelActive(context: ChannelHandlerContext) {
        guard !clients.add(self, context.channel) else { return }
        let refusal = ErrorMessage(.overloaded, "\(Clients.max) connections are all that this stand-in takes")
        end(Response.error(refusal).frame(.v4, stream: 0), context)
    }

    func channelInactive(context: ChannelHandlerContext) { clients.remove(context.channel) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        decoder.append(unwrapInboundIn(data).readableBytesView)
        do {
            while let frame = try decoder.next() { write(session.answer(frame), context) }
            context.flush()
        } catch {
            end(Session.refusal(error, decoder.refused), context)
        }
    }

    /// A client that breaks off is no fault of ours.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// Idle for too long.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
    }

    func wants(_ event: Event) -> Bool { session.registered.contains(event.type) }

    private func write(_ frame: Frame, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(ByteBuffer(bytes: frame.bytes)), promise: nil)
    }

    private func end(_ frame: Frame, _ context: ChannelHandlerContext) {
        write(frame, context)
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in channel.close(promise: nil) }
    }
}

/// Every connection there is; on the one event loop.
final class Clients {
    /// A driver has one or two a process.
    static let max = 256

    private let log: (String) -> Void
    private var open: [ObjectIdentifier: (handler: ClientHandler, channel: any Channel)] = [:]
    private var count = 0
    private var isDrained = false

    init(log: @escaping (String) -> Void) { self.log = log }

    /// False when there are too many, or none are taken any more.
    func add(_ handler: ClientHandler, _ channel: any Channel) -> Bool {
        count += 1
        // The first, and then ever more seldom: 1, 2, 4, 8 and so on.
        if count.nonzeroBitCount == 1 { log("\(count) client connections so far") }
        guard open.count < Self.max, !isDrained else { return false }
        open[ObjectIdentifier(channel)] = (handler, channel)
        return true
    }

    func remove(_ channel: any Channel) { open[ObjectIdentifier(channel)] = nil }

    /// Ends every connection and takes no more.
    func drain() {
        isDrained = true
        for (_, channel) in open.values { channel.close(promise: nil) }
    }

    /// Tells those that have registered for it.
    func tell(_ event: Event) {
        for (handler, channel) in open.values where handler.wants(event) {
            let frame = Response.event(event).frame(.v4, stream: -1)
            channel.writeAndFlush(ByteBuffer(bytes: frame.bytes), promise: nil)
        }
    }
}
