public import Lifecycle

extension Scheduler {
    /// Has copies listed at once; safe to repeat, since there is one list at a time.
    ///
    /// - Returns: when the list is asked for; refused while the scheduler is stopping.
    public func sweep() async -> Result<Void, AdmissionRefusal> {
        await handle(.sweep) ? .success(()) : .failure(.stopping)
    }
}
