public import Lifecycle
public import Model
import StateStore

extension Scheduler {
    /// Begins the end of this installation; one that has begun goes on as it was.
    ///
    /// - Returns: when that is durable; refused when the scheduler has stopped before.
    public func uninstall(keepsCopies: Bool, patience: Span) async -> Result<Void, AdmissionRefusal> {
        if state.isUninstalling { return .success(()) }
        let isTaken = await handle(.uninstall(keepsCopies: keepsCopies, patience: patience))
        return isTaken ? .success(()) : .failure(.stopping)
    }

    /// Takes all state back, the framework's id last; to be called once ``run()`` has ended with the framework down.
    ///
    /// Safe to repeat, also by the next process.
    ///
    /// - Parameter keepsMark: true leaves one record, so that a restart does not begin anew; false leaves nothing, not
    ///   even the file or the node.
    /// - Throws: as ``run()``; what was forgotten by then stays forgotten.
    public func forgetState(keepsMark: Bool) async throws(SchedulerError) {
        guard let uninstallation = state.uninstallation, uninstallation.stage == .tornDown else { return }
        if state.frameworkID != nil || !keepsMark {
            do throws(StateStoreError) {
                for batch in Records.forgetting(state) { _ = try await store.commit(batch, epoch: epoch) }
                _ = try await store.commit(Records.forgettingFramework(keepsMark: keepsMark), epoch: epoch)
                if !keepsMark { try await store.destroy() }
            } catch {
                throw SchedulerError(
                    error.code == .fenced || error.code == .lost ? .fenced : .store,
                    "the state cannot be forgotten: \(error.message)"
                )
            }
        }
        hasForgotten = true
    }
}
