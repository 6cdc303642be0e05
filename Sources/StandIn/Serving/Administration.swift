import NIOCore

/// What the stand-in's `nodetool` speaks with: a word a line, and `ok` for an answer.
///
/// Nothing of JMX: only that a node can be told to flush and to drain, and that nobody answers when it is not up.
final class AdministrationHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let lineBytesMax = 256

    private let clients: Clients
    private let log: (String) -> Void
    private var line: [UInt8] = []

    init(_ clients: Clients, _ log: @escaping (String) -> Void) {
        self.clients = clients
        self.log = log
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        for byte in unwrapInboundIn(data).readableBytesView {
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                guard line.count <= Self.lineBytesMax else { return context.close(promise: nil) }
                continue
            }
            answer(String(decoding: line, as: UTF8.self), context)
            line.removeAll()
        }
    }

    private func answer(_ word: String, _ context: ChannelHandlerContext) {
        let reply: String
        switch word {
        // An answered write is on disk already.
        case "flush": reply = "ok"
        case "drain":
            clients.drain()
            log("DRAINED")
            reply = "ok"
        default: reply = "unknown to this stand-in"
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: reply + "\n")), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
