import CQL
import NIOCore

/// What a node tells its peers of itself, a datagram each.
///
/// Nothing of Cassandra's own protocol: only that one node knows another's address and speaks to it, which is what a copy of a
/// production node must not do.
struct GossipMessage: Hashable {
    /// In bytes; a datagram that is longer is none of ours.
    static let bytesMax = 1_024
    private static let first = "understudy stand-in gossip 1"

    var clusterName: String
    var hostID: CQLUUID

    init(clusterName: String, hostID: CQLUUID) {
        self.clusterName = clusterName
        self.hostID = hostID
    }

    /// nil for what is no such message.
    init?(_ bytes: [UInt8]) {
        guard bytes.count <= Self.bytesMax, let text = String(validating: bytes, as: UTF8.self) else { return nil }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 3, lines[0] == Self.first, let hostID = CQLUUID(lines[1]) else { return nil }
        self.init(clusterName: String(lines[2]), hostID: hostID)
    }

    var bytes: [UInt8] { Array("\(Self.first)\n\(hostID)\n\(clusterName)".utf8) }
}

/// Sends to peers each second, and counts what comes.
final class GossipHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    /// As Cassandra's.
    static let interval = TimeAmount.seconds(1)
    /// Senders that are told apart; the rest is counted as one.
    private static let sendersMax = 1_000

    private let own: GossipMessage
    private let peers: (_ isFirst: Bool) -> [SocketAddress]
    private var isFirst = true
    private let log: (String) -> Void
    private var received: [String: Int] = [:]
    private var timer: RepeatedTask?

    /// - Parameters:
    ///   - own: what is sent.
    ///   - peers: asked before each round, and told whether it is the first; nobody, when the ring's state is not loaded.
    ///   - log: takes a line.
    init(_ own: GossipMessage, peers: @escaping (_ isFirst: Bool) -> [SocketAddress], log: @escaping (String) -> Void) {
        self.own = own
        self.peers = peers
        self.log = log
    }

    func channelActive(context: ChannelHandlerContext) {
        let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: Self.interval) { _ in
            let (handler, context) = loopBound.value
            handler.send(context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { timer?.cancel() }

    private func send(_ context: ChannelHandlerContext) {
        let peers = peers(isFirst)
        isFirst = false
        for peer in peers {
            let envelope = AddressedEnvelope(remoteAddress: peer, data: ByteBuffer(bytes: own.bytes))
            context.write(wrapOutboundOut(envelope), promise: nil)  // whether it arrives is nobody's concern
        }
        context.flush()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard let message = GossipMessage(Array(envelope.data.readableBytesView)) else { return }
        let address = envelope.remoteAddress.ipAddress ?? "somewhere"
        let sender = "/\(address) \(message.hostID)"
        let key = received[sender] == nil && received.count >= Self.sendersMax ? "others" : sender
        let count = (received[key] ?? 0) + 1
        received[key] = count
        // The first, and then ever more seldom: 1, 2, 4, 8 and so on.
        guard count.nonzeroBitCount == 1 else { return }
        guard message.clusterName == own.clusterName else {
            log("ClusterName mismatch from /\(address) \(message.clusterName)!=\(own.clusterName), \(count) datagrams")
            return
        }
        log("gossip from /\(address), host id \(message.hostID), \(count) datagrams")
    }

    /// A peer that is away answers with an error on the next read.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}
