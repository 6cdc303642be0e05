import Synchronization

/// Tells when one run has changed; letting go of it ends the watching.
public final class RunWatch: Sendable {
    private let signal: Signal
    private let forget: @Sendable () -> Void

    init(_ signal: Signal, forget: @escaping @Sendable () -> Void) {
        self.signal = signal
        self.forget = forget
    }

    deinit { forget() }

    /// Waits until the run has changed since the last call; the first call returns at once.
    ///
    /// One reader at a time. Changes that come faster than they are read are told as one: the state of the scheduler
    /// then has the last of them.
    ///
    /// - Returns: false when the task is cancelled, which loses nothing, or when nothing more will be told: the run is
    ///   forgotten, or the scheduler has stopped.
    public func next() async -> Bool { await signal.next() }

    /// Nothing more is wanted: ``next()`` tells what it has to tell, then returns false.
    public func end() { signal.end() }
}

/// Something has happened since somebody last looked; how often does not matter.
final class Signal: Sendable {
    private struct State {
        var isRaised: Bool
        var isEnded = false
        var waiter: CheckedContinuation<Void, Never>?

        mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
            defer { waiter = nil }
            return waiter
        }
    }

    private let state: Mutex<State>

    init(isRaised: Bool = false) { state = Mutex(State(isRaised: isRaised)) }

    func raise() {
        state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.isRaised = true
            return state.takeWaiter()
        }?.resume()
    }

    /// A signal that was raised before still counts.
    func end() {
        state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.isEnded = true
            return state.takeWaiter()
        }?.resume()
    }

    /// Lowers the signal, or waits for it; false at the end, or when the task is cancelled.
    func next() async -> Bool {
        while !Task.isCancelled {
            let (wasRaised, isEnded) = state.withLock { state in
                defer { state.isRaised = false }
                return (state.isRaised, state.isEnded)
            }
            if wasRaised || isEnded { return wasRaised }
            await wait()
        }
        return false
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state -> Bool in
                    // Asked under the lock: a cancellation before this line finds no waiter to wake.
                    if state.isRaised || state.isEnded || Task.isCancelled { return true }
                    precondition(state.waiter == nil, "a watch has one reader")
                    state.waiter = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.takeWaiter() }?.resume()
        }
    }
}
