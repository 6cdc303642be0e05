public import Lifecycle
public import Model
import StateStore

extension Scheduler {
    /// A run as it stands, read from the store when it is in the archive.
    ///
    /// - Returns: nil when there is none of this id.
    /// - Throws: `scheduler.store` and `scheduler.state_format`, when its record cannot be read.
    public func run(_ id: RunID) async throws(SchedulerError) -> Run? {
        if let run = state.runs[id] { return run }
        guard state.archive.place(of: id) != nil else { return nil }
        return try await archived([id]).first
    }

    /// Runs of the archive, read from the store.
    ///
    /// - Parameter ids: in the order that is wanted.
    /// - Returns: those that there still are.
    /// - Throws: `scheduler.store` and `scheduler.state_format`, when a record cannot be read.
    public nonisolated func archived(_ ids: [RunID]) async throws(SchedulerError) -> [Run] {
        let archive = await state.archive
        let places = ids.compactMap { id in archive.place(of: id).map { (id, $0) } }
        var found: [RunID: Run] = [:]
        for (number, wanted) in Dictionary(grouping: places, by: \.1.chunk) {
            let bytes: [UInt8]?
            do { bytes = try await store.read(Records.chunkKey(number)) } catch {
                throw SchedulerError(.store, "runs of the archive cannot be read: \(error)")
            }
            guard let bytes else {
                // Forgotten meanwhile, or lost.
                guard await state.archive.place(of: wanted[0].0) == nil else {
                    throw SchedulerError(.stateFormat, "record \(Records.chunkKey(number)) is not there any more")
                }
                continue
            }
            for run in try Records.runs(wanted.map(\.1.line), in: bytes, of: number) { found[run.id] = run }
        }
        return ids.compactMap { found[$0] }
    }
}
