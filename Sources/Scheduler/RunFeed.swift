import Lifecycle
import Model
import Synchronization

/// Tells those who watch a run that it has changed, once that is durable.
///
/// Whoever lags is told once for all that it has missed, and looks at how the run stands by then.
final class RunFeed: Sendable {
    private struct Watched {
        var watchers: [UInt64: Signal] = [:]
        /// Offers that the run had met when its watchers were last told; these are no part of the durable run.
        var offers: Int?
    }

    private struct State {
        var runs: [RunID: Watched] = [:]
        var next: UInt64 = 0
        var isEnded = false
    }

    private let state = Mutex(State())

    /// Watches a run, whose present state counts as a change.
    ///
    /// - Parameters:
    ///   - id: of a run that there is.
    ///   - system: as committed.
    /// - Returns: one that ends after that first change when the feed has ended.
    func watch(_ id: RunID, in system: SystemState) -> RunWatch {
        let signal = Signal(isRaised: true)
        let ticket = state.withLock { state -> UInt64 in
            state.next += 1
            if state.isEnded {
                signal.end()
            } else {
                state.runs[id, default: Watched(offers: system.waits[id]?.offers)].watchers[state.next] = signal
            }
            return state.next
        }
        return RunWatch(signal) { [weak self] in self?.forget(id, ticket) }
    }

    private func forget(_ id: RunID, _ ticket: UInt64) {
        state.withLock { state in
            state.runs[id]?.watchers[ticket] = nil
            if state.runs[id]?.watchers.isEmpty == true { state.runs[id] = nil }
        }
    }

    /// Tells what a commit has changed; costs as much as there are watched runs.
    ///
    /// - Parameters:
    ///   - changed: runs that are new or different.
    ///   - system: as committed.
    func publish(_ changed: Set<RunID>, in system: SystemState) {
        state.withLock { state in
            for (id, watched) in state.runs {
                guard system.runs[id] != nil else {
                    // It was forgotten: nothing more becomes of it.
                    watched.watchers.values.forEach { $0.end() }
                    state.runs[id] = nil
                    continue
                }
                let offers = system.waits[id]?.offers
                guard changed.contains(id) || offers != watched.offers else { continue }
                state.runs[id]?.offers = offers
                watched.watchers.values.forEach { $0.raise() }
            }
        }
    }

    /// Nothing more will be told.
    func end() {
        state.withLock { state in
            state.isEnded = true
            for watched in state.runs.values { watched.watchers.values.forEach { $0.end() } }
            state.runs = [:]
        }
    }

    /// How many watch.
    var count: Int { state.withLock { $0.runs.values.reduce(0) { $0 + $1.watchers.count } } }
}
