import CZooKeeper
import Dispatch
import Glibc
public import Model
import Synchronization

/// No server's name could be resolved: there is nobody to have a session with.
public struct ZooKeeperUnresolved: Error, Hashable, Sendable {
    /// For people: which servers, and why.
    public let message: String

    init(_ message: String) { self.message = message }
}

/// A session with ZooKeeper, kept by libzookeeper's own threads.
///
/// It reconnects by itself, to any of the servers. Once the servers have given it up it is over: whoever held anything
/// through it holds it no more, and another process may.
public final class ZooKeeperSession: Sendable {
    /// How it stands.
    public enum Standing: Hashable, Sendable {
        /// No server has it; one may have it again within the time-out.
        case away
        /// A server has it.
        case connected
        /// The servers have given it up.
        case expired
        /// The servers do not take the credentials.
        case refused
        /// It was closed here.
        case closed

        /// True when it will never be another.
        package var isFinal: Bool { self != .away && self != .connected }
    }

    /// What the library's threads and ours share.
    final class Shared: Sendable {
        struct State {
            var standing = Standing.away
            /// When the latest call was sent that a server has answered.
            var contact: ContinuousClock.Instant?
            var waiters: [CheckedContinuation<Standing, Never>] = []
        }

        let state = Mutex(State())

        func become(_ standing: Standing) {
            let waiters = state.withLock { state -> [CheckedContinuation<Standing, Never>] in
                guard !state.standing.isFinal else { return [] }
                state.standing = standing
                guard standing != .away else { return [] }
                defer { state.waiters = [] }
                return state.waiters
            }
            waiters.forEach { $0.resume(returning: standing) }
        }

        /// A server has answered what was sent then.
        func heard(_ sent: ContinuousClock.Instant) {
            state.withLock { $0.contact = max($0.contact ?? sent, sent) }
        }
    }

    /// The library's handle; its functions may be called from any thread.
    private struct Handle: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    let shared = Shared()
    /// nil once it is closed.
    private let handle: Mutex<Handle?>
    /// As the servers were asked for; they may have settled on another.
    private let timeoutAsked: Duration
    /// Where, for messages.
    public let servers: String
    /// True when what is made through it is for the same credentials alone.
    let isPrivate: Bool

    /// Begins a session, and waits for nothing.
    ///
    /// - Parameters:
    ///   - servers: `host:port`, several with commas between.
    ///   - timeout: how long the servers keep it without hearing of us.
    ///   - credentials: `user:password` for digest authentication; nil for none.
    /// - Throws: when no server's name can be resolved.
    public init(servers: String, timeout: Duration, credentials: Secret?) throws(ZooKeeperUnresolved) {
        self.servers = servers
        timeoutAsked = timeout
        isPrivate = credentials != nil
        let context = Unmanaged.passRetained(shared)
        let milliseconds = Int32(timeout / .milliseconds(1))
        guard let pointer = czookeeper_connect(servers, Self.watcher, milliseconds, context.toOpaque()) else {
            let reason = String(cString: strerror(errno))
            context.release()
            throw ZooKeeperUnresolved("no session with ZooKeeper at \(servers) can be begun: \(reason)")
        }
        handle = Mutex(Handle(pointer: pointer))
        guard let credentials = credentials?.reveal() else { return }
        // Sent again by the library with each connection; a server that does not take them ends the session.
        _ = zoo_add_auth(pointer, "digest", credentials, Int32(credentials.utf8.count), { _, _ in }, nil)
    }

    private static let watcher: watcher_fn = { _, type, state, _, context in
        guard type == ZOO_SESSION_EVENT, let context else { return }
        let shared = Unmanaged<Shared>.fromOpaque(context).takeUnretainedValue()
        switch state {
        case ZOO_CONNECTED_STATE: shared.become(.connected)
        case ZOO_EXPIRED_SESSION_STATE: shared.become(.expired)
        case ZOO_AUTH_FAILED_STATE: shared.become(.refused)
        default: shared.become(.away)
        }
    }

    /// How it stands now.
    public var standing: Standing { shared.state.withLock { $0.standing } }

    /// Waits until a server has it, or none ever will.
    func settled() async -> Standing {
        await withCheckedContinuation { continuation in
            let standing = shared.state.withLock { state -> Standing? in
                guard state.standing == .away else { return state.standing }
                state.waiters.append(continuation)
                return nil
            }
            if let standing { continuation.resume(returning: standing) }
        }
    }

    /// How long the servers keep it without hearing of us.
    public var timeout: Duration {
        let milliseconds = withHandle { zoo_recv_timeout($0) } ?? 0
        return milliseconds > 0 ? .milliseconds(Int64(milliseconds)) : timeoutAsked
    }

    /// For how long no server has answered; nil before the first answer.
    public var silence: Duration? { shared.state.withLock { $0.contact }.map { ContinuousClock.now - $0 } }

    /// Hands the library's handle to the body; nil when it is closed, and the body is not called.
    func withHandle(_ body: (OpaquePointer) -> Int32) -> Int32? {
        // Held for the call, so that nobody closes it meanwhile: the library only notes what is to be sent.
        handle.withLock { $0.map { body($0.pointer) } }
    }

    /// Ends it: what it held is free at once.
    ///
    /// Safe to repeat.
    public func close() async {
        let handle = handle.withLock { handle in
            defer { handle = nil }
            return handle
        }
        shared.become(.closed)
        guard let handle else { return }
        let shared = shared
        await withCheckedContinuation { continuation in
            // Waits for the library's threads, and one of them may be waiting for a server.
            DispatchQueue.global().async {
                zookeeper_close(handle.pointer)
                Unmanaged.passUnretained(shared).release()
                continuation.resume()
            }
        }
    }
}
