public import Lifecycle

extension Scheduler {
    /// Forgets a framework that the master has removed; whoever keeps the subscription makes a new one then.
    ///
    /// - Returns: when that is durable; or why it may not be, as ``SystemState/admitFrameworkReset()`` says.
    public func resetFramework() async -> Result<Void, AdmissionRefusal> {
        do throws(AdmissionRefusal) { try state.admitFrameworkReset() } catch { return .failure(error) }
        guard await handle(.frameworkReset) else { return .failure(.stopping) }
        // Something may have come first that it cannot be forgotten beside.
        guard state.isFrameworkRemoved else { return .success(()) }
        do throws(AdmissionRefusal) { try state.admitFrameworkReset() } catch { return .failure(error) }
        return .failure(.stopping)
    }
}
