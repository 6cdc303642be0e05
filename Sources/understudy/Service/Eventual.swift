import Synchronization

/// A value that comes once, for all who wait for it.
final class Eventual<Value: Sendable>: Sendable {
    private let state = Mutex<(value: Value?, hasCome: Bool, waiting: [CheckedContinuation<Value?, Never>])>(
        (nil, false, [])
    )

    /// The first call counts.
    ///
    /// - Parameter value: nil when it never will come.
    func come(_ value: Value?) {
        let waiting = state.withLock { state -> [CheckedContinuation<Value?, Never>] in
            guard !state.hasCome else { return [] }
            (state.value, state.hasCome) = (value, true)
            defer { state.waiting = [] }
            return state.waiting
        }
        waiting.forEach { $0.resume(returning: value) }
    }

    /// Waits for it; nil when it never will come.
    func value() async -> Value? {
        await withCheckedContinuation { continuation in
            let come = state.withLock { state -> Value?? in
                guard !state.hasCome else { return .some(state.value) }
                state.waiting.append(continuation)
                return nil
            }
            if let come { continuation.resume(returning: come) }
        }
    }
}
