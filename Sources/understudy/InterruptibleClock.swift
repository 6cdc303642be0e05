import API
import Model
import Synchronization

/// Real time, and a wish to end the run that cuts every pause short.
final class InterruptibleClock: FollowControl {
    private let origin = ContinuousClock.now
    private let state = Mutex((wanted: false, pause: Task<Void, Never>?.none))

    var releaseWanted: Bool { state.withLock { $0.wanted } }

    func now() -> Instant {
        let (seconds, attoseconds) = (ContinuousClock.now - origin).components
        return Instant(milliseconds: seconds * 1_000 + attoseconds / 1_000_000_000_000_000)
    }

    /// Ends the pause that runs, if any; later ones are not shortened.
    func wantRelease() {
        let pause = state.withLock { state in
            state.wanted = true
            return state.pause
        }
        pause?.cancel()
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
