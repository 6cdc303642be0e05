import CQL
import Glibc
import NIOCore
import NIOPosix

/// Speaks to its ring each second, and counts, logs and learns from what comes.
final class GossipHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    /// Whether the peers that the data name are spoken to.
    enum Recall {
        /// As members of its ring.
        case always
        /// With a question, in the first round.
        case once
        case never
    }

    /// As Cassandra's.
    static let interval = TimeAmount.seconds(1)
    /// Senders that are told apart; the rest is counted as one.
    private static let sendersMax = 1_000

    private var ring: RingView
    private let engine: Engine
    private var recall: Recall
    private let port: Int
    private let log: (String) -> Void
    private var received: [String: Int] = [:]
    private var timer: RepeatedTask?

    /// - Parameters:
    ///   - ring: with nobody in it but this node.
    ///   - engine: has the peers that the data name, and takes those that are learnt.
    ///   - recall: whether the former are spoken to.
    ///   - port: of every node; 0 to listen only.
    ///   - log: takes a line.
    init(_ ring: RingView, _ engine: Engine, recall: Recall, port: Int, log: @escaping (String) -> Void) {
        self.ring = ring
        self.engine = engine
        self.recall = recall
        self.port = port
        self.log = log
    }

    func channelActive(context: ChannelHandlerContext) {
        guard port != 0 else { return }
        let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: Self.interval) { _ in
            let (handler, context) = loopBound.value
            handler.speak(context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { timer?.cancel() }

    // MARK: speaking

    private func speak(_ context: ChannelHandlerContext) {
        ring.own.schemaVersion = engine.schemaVersion
        let named = recall == .never ? [] : ring.others(Set(engine.peers))
        let contacts = recall == .always ? ring.contacts.union(named) : ring.contacts
        send(ring.message, to: contacts, context)
        guard recall == .once else { return }
        recall = .never
        send(ring.question, to: named.subtracting(contacts), context)
    }

    private func send(_ message: GossipMessage, to addresses: Set<IPv4Address>, _ context: ChannelHandlerContext) {
        let bytes = message.bytes
        for address in addresses.sorted() {
            // Whether it arrives is nobody's concern; four bytes and a port are an address.
            try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable { (socket: NIOBSDSocket.Handle) in
                // Not by a write of the channel's: that would close it for an address that there is no way to, and others
                // may name such a one. The socket never blocks.
                try SocketAddress(ipAddress: address.description, port: port).withSockAddr { pointer, size in
                    _ = sendto(socket, bytes, bytes.count, 0, pointer, socklen_t(size))
                }
            }
        }
    }

    // MARK: hearing

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard let message = GossipMessage(Array(envelope.data.readableBytesView)) else { return }
        count(message, from: envelope.remoteAddress.ipAddress ?? "somewhere")
        switch ring.hear(message) {
        case .learnt(let member): engine.learn(member)
        case .refused(let reason): log(reason)
        case .ignored: break
        }
    }

    private func count(_ message: GossipMessage, from address: String) {
        let sender = "/\(address) \(message.hostID)"
        let key = received[sender] == nil && received.count >= Self.sendersMax ? "others" : sender
        let count = (received[key] ?? 0) + 1
        received[key] = count
        // The first, and then ever more seldom: 1, 2, 4, 8 and so on.
        guard count.nonzeroBitCount == 1 else { return }
        guard message.clusterName == ring.clusterName else {
            let names = "\(message.clusterName)!=\(ring.clusterName)"
            log("ClusterName mismatch from /\(address) \(names), \(count) datagrams")
            return
        }
        log("gossip from /\(address), host id \(message.hostID), \(count) datagrams")
    }

    /// A peer that is away answers with an error on the next read.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}
