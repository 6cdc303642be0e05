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
        let cursor = query.after.flatMap { state.listed($0) }
        if query.after != nil, cursor == nil { return RunList(runs: []) }
        func isWanted(_ run: Listed) -> Bool {
            query.source.map { $0 == run.source } ?? true && cursor.map { run < $0 } ?? true
        }
        // One more than the page takes tells whether another follows.
        let whole = state.runs.values.filter { run in
            query.phase.map { $0 == run.phase } ?? true && isWanted(Listed(run))
        }
        let wantsEnded = query.phase.map { $0 == .ended } ?? true
        let ended = wantsEnded ? state.archive.youngest(query.limit + 1) { isWanted(Listed($0)) } : []
        let found = (whole.map(Listed.init) + ended.map(Listed.init)).sorted { $1 < $0 }
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

/// What a list of runs goes by; the older is the lesser.
private struct Listed: Comparable {
    let id: RunID
    let source: SourceName
    let createdAt: Instant

    init(_ run: Run) {
        id = run.id
        source = run.spec.source
        createdAt = run.createdAt
    }

    init(_ run: EndedRun) {
        id = run.id
        source = run.source
        createdAt = run.createdAt
    }

    static func < (one: Self, other: Self) -> Bool { (one.createdAt, one.id) < (other.createdAt, other.id) }
}

extension SystemState {
    /// Where a run stands in lists; nil when it is not remembered.
    fileprivate func listed(_ id: RunID) -> Listed? { runs[id].map(Listed.init) ?? archive[id].map(Listed.init) }
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
