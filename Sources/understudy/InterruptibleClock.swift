import API
import Model
import Synchronization

/// Real time, and a wish to end the run that cuts every pause short.
final class InterruptibleClock: FollowControl {
    private struct State {
        var wanted = false
        var pause: Task<Void, Never>?
        var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var next: UInt64 = 0
    }

    private let origin = ContinuousClock.now
    private let state = Mutex(State())

    var releaseWanted: Bool { state.withLock { $0.wanted } }

    func now() -> Instant {
        let (seconds, attoseconds) = (ContinuousClock.now - origin).components
        return Instant(milliseconds: seconds * 1_000 + attoseconds / 1_000_000_000_000_000)
    }

    /// Ends the pause that runs, if any; later ones are not shortened.
    func wantRelease() {
        let (pause, waiting) = state.withLock { state in
            state.wanted = true
            defer { state.waiting = [:] }
            return (state.pause, state.waiting)
        }
        pause?.cancel()
        waiting.values.forEach { $0.resume() }
    }

    func releaseWish() async {
        let ticket = state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    // Asked under the lock: a cancellation before this line finds no ticket to take back.
                    guard !state.wanted, !Task.isCancelled else { return false }
                    state.waiting[ticket] = continuation
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume()
        }
    }

    func pause(_ span: Span) async {
        // A sleep that was cut short has done its work.
        let pause = Task { _ = try? await Task.sleep(for: span.duration) }
        state.withLock { $0.pause = pause }
        await withTaskCancellationHandler {
            await pause.value
        } onCancel: {
            pause.cancel()
        }
        state.withLock { $0.pause = nil }
    }
}
