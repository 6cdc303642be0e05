import CCurl
import Synchronization

/// What callers hand to the loop's thread, and the bell that wakes it.
///
/// Its length is bounded by the callers: an exchange posts one start, at most one cancel, and no second resume or watch
/// before the loop has seen the first.
final class Mailbox: Sendable {
    /// One thing to do on the loop's thread.
    enum Command: Sendable {
        /// Begin; always an exchange's first command.
        case start(Exchange)
        /// End it now, as asked by its caller.
        case cancel(Exchange)
        /// Its buffer has room again.
        case resume(Exchange)
        /// End it at this time, unless the wait with this number is over by then.
        case watch(Exchange, wait: UInt64, until: ContinuousClock.Instant)
        /// End everything.
        case stop
    }

    /// SAFETY: the only use is `curl_multi_wakeup`, which libcurl documents as callable from any thread, and the pointer is
    /// dropped, under this mailbox's lock, before the handle is freed.
    private struct Bell: @unchecked Sendable {
        let multi: UnsafeMutableRawPointer
    }

    private struct State {
        var commands: [Command] = []
        var bell: Bell?
    }

    private let state: Mutex<State>

    /// How often the loop has gone round; an idle one does not.
    let turns = Atomic<Int>(0)

    init(multi: UnsafeMutableRawPointer) {
        let bell = Bell(multi: multi)
        state = Mutex(State(bell: bell))
    }

    /// Adds a command and wakes the loop.
    ///
    /// - Returns: false when the loop has ended; the command is dropped then.
    @discardableResult
    func post(_ command: Command) -> Bool {
        state.withLock { state in
            guard let bell = state.bell else { return false }
            state.commands.append(command)
            // Fails only for want of a bell in the handle, without which the loop would not have started.
            _ = curl_multi_wakeup(bell.multi)
            return true
        }
    }

    /// Everything posted since, in order.
    func take() -> [Command] {
        state.withLock { state in
            defer { state.commands = [] }
            return state.commands
        }
    }

    /// Takes for the last time; from now on `post` answers false and nobody touches the multi handle.
    func close() -> [Command] {
        state.withLock { state in
            defer { state = State() }
            return state.commands
        }
    }
}
