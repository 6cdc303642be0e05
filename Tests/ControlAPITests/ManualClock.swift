import Model
import Synchronization

@testable import ControlAPI

/// Time that passes when a test says so.
final class ManualClock: StreamClock {
    private struct Sleeper {
        let until: Instant
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var now = Instant(milliseconds: 0)
        var sleepers: [UInt64: Sleeper] = [:]
        var next: UInt64 = 0
    }

    private let state = Mutex(State())

    func now() -> Instant { state.withLock { $0.now } }

    /// Until when whoever sleeps longest sleeps; nil when nobody does.
    var lastAlarm: Instant? { state.withLock { $0.sleepers.values.map(\.until).max() } }

    func advance(_ span: Span) {
        let woken = state.withLock { state in
            state.now = state.now + span
            let woken = state.sleepers.filter { $0.value.until <= state.now }
            for key in woken.keys { state.sleepers[key] = nil }
            return woken.values.map(\.continuation)
        }
        woken.forEach { $0.resume() }
    }

    func sleep(until moment: Instant) async {
        let ticket = state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    guard moment > state.now, !Task.isCancelled else { return false }
                    state.sleepers[ticket] = Sleeper(until: moment, continuation: continuation)
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: ticket) }?.continuation.resume()
        }
    }
}
