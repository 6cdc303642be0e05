import NIOCore
import NIOPosix

extension StandInDatabase {
    func bindGossip(_ loop: any EventLoop, _ serving: NIOLoopBound<Serving>) async throws -> any Channel {
        let (host, port, log, recall) = (gossipHost ?? host, Int(storagePort), log, recall)
        // One more: a datagram that is longer than it may be is cut off, and still seen to be too long.
        let allocator = FixedSizeRecvByteBufferAllocator(capacity: GossipMessage.bytesMax + 1)
        do {
            return try await DatagramBootstrap(group: loop)
                .channelOption(.recvAllocator, value: allocator)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let parts = serving.value
                        let handler = GossipHandler(parts.ring, parts.engine, recall: recall, port: port, log: log)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                }
                .bind(host: host, port: port).get()
        } catch {
            throw StandInError.network("cannot_listen", "\(host):\(port) for gossip: \(error)")
        }
    }

    private var recall: GossipHandler.Recall {
        guard given.isFalse("cassandra.load_ring_state") else { return .always }
        // The endpoint collision check of 3.11.3 and later asks all whom the data name (facts on Cassandra, §1).
        return given.isTrue("cassandra.allow_unsafe_join") ? .never : .once
    }
}
