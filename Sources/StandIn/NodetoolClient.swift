import NIOCore
import NIOPosix

/// The stand-in's `nodetool`: tells a stand-in on this machine to flush or to drain.
public enum NodetoolClient {
    private static let limit = TimeAmount.seconds(10)

    /// Says a word to a node's administration port.
    ///
    /// - Parameters:
    ///   - word: `flush` or `drain`.
    ///   - port: as `nodetool -p`.
    /// - Throws: `standin.unreachable` where nobody answers, `standin.refused` for an answer that is not `ok`.
    public static func say(_ word: String, port: UInt16) async throws {
        let answer: String
        do {
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connectTimeout(limit)
                .connect(host: "127.0.0.1", port: Int(port)) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(IdleStateHandler(readTimeout: limit))
                        return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            answer = try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: word + "\n"))
                for try await buffer in inbound { return String(buffer: buffer) }
                return ""
            }
        } catch {
            throw StandInError.network("unreachable", "Failed to connect to '127.0.0.1:\(port)' - \(error)")
        }
        guard answer == "ok\n" else { throw StandInError.network("refused", answer) }
    }
}
