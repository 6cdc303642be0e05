import Synchronization

/// Finds out whether a part that may hang still answers, without ever waiting for it longer than a limit.
///
/// The part is asked once at a time, however many want to know: one that hangs costs one question, not one a caller.
final class LifeProbe: Sendable {
    private struct State {
        var isAsking = false
        var waiters: [Int: AsyncStream<Void>.Continuation] = [:]
        var nextWaiter = 0
    }

    /// A frame takes milliseconds, and a look at its state waits for no commit.
    static let limit = Duration.seconds(5)

    private let limit: Duration
    private let state = Mutex(State())

    init(limit: Duration = LifeProbe.limit) { self.limit = limit }

    /// Asks, or waits with whoever asks already.
    ///
    /// - Parameter ask: returns when the part has answered; it may never.
    /// - Returns: true when it answers within the limit.
    func answers(_ ask: @escaping @Sendable () async -> Void) async -> Bool {
        let (answered, continuation) = AsyncStream<Void>.makeStream()
        let (waiter, isFirst) = state.withLock { state in
            defer {
                state.isAsking = true
                state.nextWaiter += 1
            }
            state.waiters[state.nextWaiter] = continuation
            return (state.nextWaiter, !state.isAsking)
        }
        if isFirst {
            // Nobody can cut a hanging part off: the question outlives whoever asked.
            Task {
                await ask()
                tell()
            }
        }
        let result = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await _ in answered { return true }
                return false
            }
            group.addTask { [limit] in
                // Cancelled when the answer is there, or nobody wants it any more.
                try? await Task.sleep(for: limit)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
        state.withLock { $0.waiters[waiter] = nil }
        return result
    }

    private func tell() {
        let waiters = state.withLock { state in
            defer {
                state.isAsking = false
                state.waiters = [:]
            }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.yield() }
    }
}
