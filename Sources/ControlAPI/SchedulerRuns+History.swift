public import API
import Lifecycle
import Model
import Scheduler
import Synchronization

extension SchedulerRuns {
    /// The youngest first; a page ends where its limit says.
    public func runs(_ query: RunsQuery) async throws(APIRefusal) -> RunList {
        let state = await scheduler.state
        // A cursor that is forgotten by now stands behind everything that is not.
        let cursor = query.after.flatMap { state.listPlace(of: $0) }
        if query.after != nil, cursor == nil { return RunList(runs: []) }
        func isWanted(_ phase: Phase, _ source: SourceName, _ place: ListPlace) -> Bool {
            query.phase.map { $0 == phase } ?? true && query.source.map { $0 == source } ?? true
                && cursor.map { place < $0 } ?? true
        }
        let whole = state.runs.values.filter { isWanted($0.phase, $0.spec.source, $0.listPlace) }
        // One more than the page takes tells whether another follows.
        let ended = state.archive.youngest(query.limit + 1) { isWanted(.ended, $0.source, $0.listPlace) }
        let found = (whole.map(\.listPlace) + ended.map(\.listPlace)).sorted { $1 < $0 }
        let page = found.prefix(query.limit).map(\.id)
        let next = found.count > page.count ? page.last : nil
        return RunList(runs: try await views(of: page, in: state), next: next)
    }

    private func views(of ids: [RunID], in state: SystemState) async throws(APIRefusal) -> [RunView] {
        var runs: [RunID: Run] = [:]
        do throws(SchedulerError) {
            for run in try await scheduler.archived(ids.filter { state.runs[$0] == nil }) { runs[run.id] = run }
        } catch {
            throw .unreadable(error)
        }
        return ids.compactMap { state.runs[$0] ?? runs[$0] }.map { RunView($0, in: state) }
    }
}

/// A run of which nothing is left to become: it is told once.
final class EndedRunViews: RunViews {
    private let view: Mutex<RunView?>

    init(_ view: RunView) { self.view = Mutex(view) }

    func next() async -> RunView? {
        view.withLock { view in
            defer { view = nil }
            return view
        }
    }

    func end() { view.withLock { $0 = nil } }
}

extension APIRefusal {
    /// What is kept of a run that ended long ago is damaged, or the store does not answer.
    static func unreadable(_ error: SchedulerError) -> APIRefusal {
        APIRefusal(
            status: error.code == .store ? 503 : 500,
            code: "run.record_unreadable",
            message: "what is kept of it cannot be read: \(error)"
        )
    }
}
