/// A loopback server that does what a test tells it, well behaved or hostile.
///
/// It listens on 127.0.0.1, on a port that the system picks, with one thread to accept and one for each connection. All
/// threads have ended and all sockets are closed when `stop` returns; letting go of the server stops it too.
public final class ScriptedServer: Sendable {
    /// A request as it was read.
    public struct Request: Sendable {
        /// As sent.
        public let method: String
        /// The request target as sent, with its query.
        public let path: String
        /// In order, names as sent, values without surrounding blanks.
        public let headers: [(name: String, value: String)]
        /// All of it, chunks joined.
        public let body: [UInt8]

        /// The value of the first field of this name.
        ///
        /// - Parameter name: in any case.
        /// - Returns: nil when there is no such field.
        public func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    /// An answer with a length; the connection stays open for the next request.
    public struct Response: Sendable {
        /// Three digits.
        public var status: Int
        /// Sent as they are, before `Content-Length`.
        public var headers: [(name: String, value: String)]
        /// May be empty.
        public var body: [UInt8]

        /// An answer.
        ///
        /// - Parameters:
        ///   - status: by default 200.
        ///   - headers: beside `Content-Length`.
        ///   - body: its bytes.
        public init(status: Int = 200, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
            self.status = status
            self.headers = headers
            self.body = body
        }

        /// An answer with text in it.
        ///
        /// - Parameters:
        ///   - text: the body, in UTF-8.
        ///   - status: by default 200.
        ///   - type: the `Content-Type`.
        /// - Returns: the answer.
        public static func text(_ text: String, status: Int = 200, type: String = "text/plain") -> Response {
            Response(status: status, headers: [("Content-Type", type)], body: Array(text.utf8))
        }
    }

    /// One step of a connection's script; the connection is closed after the last one.
    public enum Action: Sendable {
        /// Reads one request, head and body; ends the script when the peer has closed.
        case readRequest
        /// Writes text as it is.
        case write(String)
        /// Writes bytes as they are.
        case writeBytes([UInt8])
        /// Writes text in one segment for each byte.
        case writeOneByOne(String)
        /// Writes this many zero bytes, blocking as long as the peer does not read.
        case flood(bytes: Int)
        /// Waits until the gate of this name is opened, or the server stops.
        case stall(until: String)
        /// Reads and drops until the peer closes or resets, and counts that.
        case waitForEnd
        /// Reads requests and answers them until the peer closes.
        case serve(Handler)
        /// Closes in the usual way.
        case close
        /// Closes with a reset, dropping what is unsent.
        case reset
    }

    /// What has happened so far; numbers only grow.
    public struct Counts: Sendable, Hashable {
        /// Connections accepted.
        public internal(set) var connections = 0
        /// Requests read to the end of their bodies.
        public internal(set) var requests = 0
        /// Connections on which the peer's end, or its reset, was read.
        public internal(set) var ends = 0
        /// Stalls begun.
        public internal(set) var stalls = 0
        /// Bytes that the system took from us.
        public internal(set) var bytesWritten = 0
    }

    /// Answers a request; called on the connection's thread, at the same time as other connections' calls.
    public typealias Handler = @Sendable (Request) -> Response

    private let listener: Listener

    /// The port, at 127.0.0.1.
    public var port: UInt16 { listener.port }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    public var url: String { "http://127.0.0.1:\(port)" }

    /// A server that answers every request, on kept connections.
    ///
    /// - Parameter handler: answers one request.
    /// - Throws: when the system has no socket or thread to give.
    public convenience init(_ handler: @escaping Handler) throws(ScriptedServerError) {
        self.init(try Listener { _ in [.serve(handler)] })
    }

    /// A server whose connections follow scripts.
    ///
    /// - Parameter script: called with 0 for the first connection, 1 for the second, and so on.
    /// - Returns: the server, listening.
    /// - Throws: when the system has no socket or thread to give.
    public static func scripted(
        _ script: @escaping @Sendable (_ connection: Int) -> [Action]
    ) throws(ScriptedServerError) -> ScriptedServer {
        ScriptedServer(try Listener(script: script))
    }

    private init(_ listener: Listener) { self.listener = listener }

    /// What has happened so far.
    public var counts: Counts { listener.monitor.counts }

    /// The requests read so far, at most the first 10,000.
    public var requests: [Request] { listener.monitor.requests }

    /// Opens a gate for good; all that stall there go on.
    ///
    /// - Parameter gate: the name used in `stall(until:)`.
    public func open(_ gate: String) { listener.monitor.open(gate) }

    /// Waits until the counts are as wished, the server stops, or the task is cancelled.
    ///
    /// - Parameter condition: asked now and after each change.
    /// - Returns: whether the condition held.
    @discardableResult
    public func wait(until condition: @escaping @Sendable (Counts) -> Bool) async -> Bool {
        await listener.monitor.wait(until: condition)
    }

    /// Closes all sockets and joins all threads; safe to repeat.
    ///
    /// Must not be called by a handler.
    public func stop() { listener.stop() }

    deinit { listener.stop() }
}

/// Why there is no server.
public struct ScriptedServerError: Error, CustomStringConvertible, Sendable {
    /// The call that failed and the system's error number.
    public let description: String

    init(_ call: String, _ number: Int32) { description = "\(call) failed with error \(number)" }
}
