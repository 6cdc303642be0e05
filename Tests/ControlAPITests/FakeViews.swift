import API
import ControlAPI
import Synchronization

/// Views of one run as a test puts them in; the newest takes the place of one that was not read.
final class FakeViews: RunViews {
    private struct State {
        var view: RunView?
        var isEnded = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state: Mutex<State>

    init(_ view: RunView) { state = Mutex(State(view: view)) }

    var isEnded: Bool { state.withLock { $0.isEnded } }

    func put(_ view: RunView) { change { $0.view = view } }

    func end() { change { $0.isEnded = true } }

    private func change(_ body: (inout sending State) -> Void) {
        state.withLock { state -> CheckedContinuation<Void, Never>? in
            body(&state)
            defer { state.waiter = nil }
            return state.waiter
        }?.resume()
    }

    func next() async -> RunView? {
        while !Task.isCancelled {
            let (view, isEnded) = state.withLock { state in
                defer { state.view = nil }
                return (state.view, state.isEnded)
            }
            if view != nil || isEnded { return view }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let waits = state.withLock { state in
                        guard state.view == nil, !state.isEnded, !Task.isCancelled else { return false }
                        state.waiter = continuation
                        return true
                    }
                    if !waits { continuation.resume() }
                }
            } onCancel: {
                change { _ in }
            }
        }
        return nil
    }
}
