import Glibc
import Synchronization

/// SIGTERM and SIGINT, passed on to the Cassandra that runs.
///
/// One thread waits for them; all others hold them back, so that no call is cut short.
final class Stopping: Sendable {
    private struct State {
        var asked = false
        var process: CassandraProcess?
    }

    private let state = Mutex(State())

    /// Begins to wait; to be made before any other thread.
    init() {
        var signals = Self.signals
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        var id = pthread_t()
        // SAFETY: it lives as long as the process does, as the thread does.
        let me = Unmanaged.passRetained(self).toOpaque()
        let result = pthread_create(
            &id,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Stopping>.fromOpaque(argument).takeUnretainedValue().run()
            },
            me
        )
        if result == 0 { pthread_detach(id) }
    }

    /// True once somebody asked for the end.
    var isAsked: Bool { state.withLock { $0.asked } }

    /// Names who is to hear of it: at once, when it was asked for before.
    func watch(_ process: CassandraProcess) {
        let isAsked = state.withLock { state in
            state.process = process
            return state.asked
        }
        if isAsked { process.signal(SIGTERM) }
    }

    private static var signals: sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        return signals
    }

    private func run() -> Never {
        var signals = Self.signals
        while true {
            var number: Int32 = 0
            guard sigwait(&signals, &number) == 0 else { continue }
            let process = state.withLock { state in
                state.asked = true
                return state.process
            }
            process?.signal(SIGTERM)
        }
    }
}
