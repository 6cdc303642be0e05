import Model
import NIOCore

/// What one server takes from all of its callers together.
enum ControlLimits {
    /// Each waiting `run --wait` holds one; more than this many pipelines wait in the backlog.
    static let connectionsMax = 512
    /// Between two requests, and before the head of one is whole; a follower asks every 2 s.
    static let idle = TimeAmount.seconds(30)
    /// For a whole body, however its bytes trickle in.
    static let bodyDeadline = Duration.seconds(10)
    /// How long a caller whose body we did not read to its end may still send, so that it sees the answer.
    static let linger = TimeAmount.seconds(2)
    /// For one header line; ours have none beyond 100 bytes.
    static let headerFieldBytesMax = 8 * 1_024
    /// For all header lines of a request.
    static let headerBytesMax = 32 * 1_024
    /// Header lines of a request.
    static let headerFieldsMax = 100
    /// Request bodies held at once over all connections: 85 of the largest, so that memory stays small.
    static let bodiesBytesMax = 8 * 1_024 * 1_024
    /// Event streams at once: half of the connections, so that whoever has none is still answered.
    static let streamsMax = 256
    /// Of those, one token's, or one address' where nobody is asked for a token: a quarter, so that no caller's leak of
    /// streams takes them from all others.
    static let streamsPerCallerMax = 64
    /// Between two looks whether a stream's reader may still read: as often as the tokens file is looked at.
    static let streamRecheck = TokenFile.lookPause
    /// Between two events of a stream that are no phases: offers come by the second, and nobody reads faster.
    static let streamPace = Span.milliseconds(500)
    /// Below the minute after which proxies commonly give up on a silent answer.
    static let streamKeepAlive = Span.seconds(15)
    /// A reader whose connection takes nothing for so long has stopped reading: it is dropped, not buffered for.
    static let streamWrite = Span.seconds(10)
    /// See ``EventStreams/Limits/linger``.
    static let streamLinger = Span.milliseconds(500)
    /// From the wish to stop to the end of the requests in progress.
    static let shutdown = Duration.seconds(5)
}
