import Synchronization

/// Where the server listens, for whoever waits to know.
final class ListeningAddress: Sendable {
    struct Value: Hashable, Sendable {
        var host: String
        var port: Int
    }

    private enum State {
        case waiting([UInt64: CheckedContinuation<Value?, Never>])
        case known(Value?)
    }

    private let state = Mutex((next: UInt64(0), state: State.waiting([:])))

    /// Tells everybody who waits; nil when there never was one.
    ///
    /// The first call counts.
    func tell(_ value: Value?) {
        let waiting = state.withLock { locked -> [CheckedContinuation<Value?, Never>] in
            guard case .waiting(let waiting) = locked.state else { return [] }
            locked.state = .known(value)
            return Array(waiting.values)
        }
        waiting.forEach { $0.resume(returning: value) }
    }

    /// True once told.
    var isKnown: Bool {
        state.withLock { locked in
            if case .known = locked.state { true } else { false }
        }
    }

    /// Waits until told; nil when there never was an address, or the waiting task is cancelled.
    func value() async -> Value? {
        let ticket = state.withLock { locked -> UInt64 in
            locked.next += 1
            return locked.next
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { locked -> Value?? in
                    guard case .waiting(var waiting) = locked.state else {
                        guard case .known(let value) = locked.state else { return .some(nil) }
                        return .some(value)
                    }
                    // Asked under the lock: a cancellation before this line finds no ticket to take back.
                    if Task.isCancelled { return .some(nil) }
                    waiting[ticket] = continuation
                    locked.state = .waiting(waiting)
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            giveUp(ticket)
        }
    }

    private func giveUp(_ ticket: UInt64) {
        let continuation = state.withLock { locked -> CheckedContinuation<Value?, Never>? in
            guard case .waiting(var waiting) = locked.state else { return nil }
            let continuation = waiting.removeValue(forKey: ticket)
            locked.state = .waiting(waiting)
            return continuation
        }
        continuation?.resume(returning: nil)
    }
}
