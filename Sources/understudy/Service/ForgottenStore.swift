import Lifecycle
import Model
import Scheduler
import StateStore

/// The state of an installation that is no more: one that is uninstalled, whatever is written.
///
/// A supervisor may start a scheduler again that has taken everything away; it must make nothing anew.
struct ForgottenStore: StateStore {
    func open() async throws(StateStoreError) -> StoredState {
        let change: StateChange
        do throws(SchedulerError) { change = try Records.put(Uninstallation.over(at: systemClock())) } catch {
            throw StateStoreError(.io, error.message)
        }
        guard case .put(let key, let value) = change else { throw StateStoreError(.io, "there is no such record") }
        return StoredState(epoch: 1, sequence: 0, records: [StateRecord(key: key, value: value)])
    }

    func read(_ key: String) async throws(StateStoreError) -> [UInt8]? { nil }
    func commit(_ changes: [StateChange], epoch: Int64) async throws(StateStoreError) -> Int64 { 0 }
    func destroy() async throws(StateStoreError) {}
    func close() async {}
}
