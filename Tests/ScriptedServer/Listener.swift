import Glibc
import Synchronization

/// The listening socket, its thread and those of its connections.
final class Listener: Sendable {
    private struct State {
        var threads: [pthread_t] = []
        /// Sockets of running connections; one leaves this before it is closed, so that a number in here is never reused.
        var sockets: Set<Int32> = []
        var isStopped = false
    }

    /// Connections that the system accepts before we do.
    private static let backlog: Int32 = 128

    let monitor = Monitor()
    let port: UInt16
    private let socket: Int32
    private let script: @Sendable (Int) -> [ScriptedServer.Action]
    private let state = Mutex(State())

    init(script: @escaping @Sendable (Int) -> [ScriptedServer.Action]) throws(ScriptedServerError) {
        self.script = script
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard socket >= 0 else { throw ScriptedServerError("socket", errno) }
        do throws(ScriptedServerError) {
            port = try Self.listen(on: socket)
        } catch {
            close(socket)
            throw error
        }
        do throws(ScriptedServerError) {
            try start { [self] in acceptAll() }
        } catch {
            close(socket)
            throw error
        }
    }

    func stop() {
        let sockets = state.withLock { state -> Set<Int32>? in
            guard !state.isStopped else { return nil }
            state.isStopped = true
            for socket in state.sockets { shutdown(socket, Int32(SHUT_RDWR)) }
            return state.sockets
        }
        guard sockets != nil else { return }
        monitor.stop()
        shutdown(socket, Int32(SHUT_RDWR))
        // The accepting thread may add one more while it ends.
        while let thread = state.withLock({ $0.threads.popLast() }) { pthread_join(thread, nil) }
        close(socket)
    }

    private static func listen(on socket: Int32) throws(ScriptedServerError) -> UInt16 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        // SAFETY: the kernel reads and writes no more than `length` bytes of a structure of that length.
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                Glibc.bind(socket, address, length) == 0 && Glibc.listen(socket, backlog) == 0
                    && getsockname(socket, address, &length) == 0
            }
        }
        guard bound else { throw ScriptedServerError("bind", errno) }
        return UInt16(bigEndian: address.sin_port)
    }

    private func acceptAll() {
        var connections = 0
        while true {
            let accepted = accept(socket, nil, nil)
            guard accepted >= 0 else {
                guard errno == EINTR || errno == ECONNABORTED else { return }
                continue
            }
            _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)  // a child process must not keep it open
            let isWelcome = state.withLock { state in
                if !state.isStopped { state.sockets.insert(accepted) }
                return !state.isStopped
            }
            guard isWelcome else {
                close(accepted)
                return
            }
            let number = connections
            connections += 1
            monitor.count { $0.connections += 1 }
            do throws(ScriptedServerError) {
                try start { [self] in run(accepted, script(number)) }
            } catch {
                end(accepted)
                return
            }
        }
    }

    private func run(_ socket: Int32, _ actions: [ScriptedServer.Action]) {
        var connection = Connection(socket, monitor)
        for action in actions {
            guard connection.perform(action) else { break }
        }
        end(socket)
    }

    private func end(_ socket: Int32) {
        state.withLock { state in
            state.sockets.remove(socket)
            close(socket)
        }
    }

    /// Runs a body on a thread of its own, which `stop` joins.
    private func start(_ body: @escaping @Sendable () -> Void) throws(ScriptedServerError) {
        var thread = pthread_t()
        let launch = Unmanaged.passRetained(Launch(body))
        let result = pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Launch>.fromOpaque(context).takeRetainedValue().body()
                return nil
            },
            launch.toOpaque()
        )
        guard result == 0 else {
            launch.release()
            throw ScriptedServerError("pthread_create", result)
        }
        let started = thread
        state.withLock { $0.threads.append(started) }
    }
}

/// A thread's body, carried through C.
private final class Launch {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
