import Glibc
import Synchronization

/// A network between clients and a server that can be made to fail: a port of its own, whose bytes go to the server's.
package final class ZooKeeperRelay: Sendable {
    /// What it does with what comes.
    package enum Mode: Hashable, Sendable {
        /// Hands everything on.
        case passing
        /// Hands on what clients say, and drops what the server answers.
        case mute
        /// Has no connections.
        case cut
    }

    private struct State {
        var mode = Mode.passing
        var sockets: Set<Int32> = []
        var threads: [pthread_t] = []
        var isStopped = false
        /// Bytes of answers that were dropped.
        var dropped = 0
    }

    private let listener: Int32
    private let target: UInt16
    private let state = Mutex(State())
    /// Where clients reach it.
    package let port: UInt16
    /// `127.0.0.1:PORT`.
    package var address: String { "127.0.0.1:\(port)" }

    /// Listens at once.
    package init(to target: UInt16) throws {
        self.target = target
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        var address = Loopback.address(port: 0)
        guard Loopback.bind(listener, &address), listen(listener, 64) == 0 else {
            throw ZooKeeperServer.Failure(description: "a relay cannot listen")
        }
        port = UInt16(bigEndian: address.sin_port)
        run { [self] in accepting() }
    }

    /// Bytes of answers that clients never got.
    package var dropped: Int { state.withLock { $0.dropped } }

    /// Changes what it does; connections end when they are cut.
    package func become(_ mode: Mode) {
        state.withLock { state in
            state.mode = mode
            guard mode == .cut else { return }
            for socket in state.sockets { shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    /// Ends it.
    package func stop() {
        state.withLock { state in
            state.isStopped = true
            for socket in state.sockets { shutdown(socket, Int32(SHUT_RDWR)) }
        }
        shutdown(listener, Int32(SHUT_RDWR))
        while let thread = state.withLock({ $0.threads.popLast() }) { pthread_join(thread, nil) }
        close(listener)
    }

    private func run(_ body: @escaping @Sendable () -> Void) {
        final class Work: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var thread = pthread_t()
        let work = Unmanaged.passRetained(Work(body))
        let code = pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
                return nil
            },
            work.toOpaque()
        )
        guard code == 0 else { return work.release() }
        state.withLock { $0.threads.append(thread) }
    }

    private func accepting() {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { return }
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
            let isWanted = state.withLock { state -> Bool in
                guard !state.isStopped, state.mode != .cut else { return false }
                state.sockets.formUnion([client, server])
                return true
            }
            guard isWanted, Loopback.connect(server, target) else {
                forget(client, server)
                continue
            }
            run { [self] in
                pump(from: client, to: server, isAnswer: false)
                shutdown(server, Int32(SHUT_RDWR))
                shutdown(client, Int32(SHUT_RDWR))
            }
            run { [self] in
                pump(from: server, to: client, isAnswer: true)
                shutdown(client, Int32(SHUT_RDWR))
                shutdown(server, Int32(SHUT_RDWR))
            }
        }
    }

    /// A connection that never was; those that were stay open until the end, so that no number is used twice.
    private func forget(_ client: Int32, _ server: Int32) {
        state.withLock { $0.sockets.subtract([client, server]) }
        close(client)
        close(server)
    }

    private func pump(from source: Int32, to sink: Int32, isAnswer: Bool) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(source, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            let isDropped = state.withLock { state -> Bool in
                guard isAnswer, state.mode == .mute else { return false }
                state.dropped += count
                return true
            }
            if isDropped { continue }
            var sent = 0
            while sent < count {
                let more = buffer[sent..<count].withUnsafeBytes {
                    send(sink, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard more > 0 else { return }
                sent += more
            }
        }
    }

    deinit {
        for socket in state.withLock({ $0.sockets }) { close(socket) }
    }
}
