public import Lifecycle

extension Scheduler {
    /// Forgets a framework that the master has removed; whoever keeps the subscription makes a new one then.
    ///
    /// - Returns: when that is durable; or why it may not be, as ``SystemState/admitFrameworkReset()`` says.
    public func resetFramework() async -> Result<Void, AdmissionRefusal> {
        await settle(.frameworkReset, isDone: { !$0.isFrameworkRemoved }) { state throws(AdmissionRefusal) in
            try state.admitFrameworkReset()
        }
    }

    /// Hands over an event that has to be let in, and tells what came of it once that is durable.
    ///
    /// - Parameters:
    ///   - event: changes nothing when it is not let in.
    ///   - isDone: true of a state in which what is wanted has happened.
    ///   - admit: judges it, now and once more when it has not happened: something may have come first.
    /// - Returns: why not, when it has not happened.
    func settle(
        _ event: Event,
        isDone: (SystemState) -> Bool,
        admit: (SystemState) throws(AdmissionRefusal) -> Void
    ) async -> Result<Void, AdmissionRefusal> {
        do throws(AdmissionRefusal) {
            try admit(state)
            guard await handle(event) else { throw .stopping }
            if isDone(state) { return .success(()) }
            try admit(state)
            throw .stopping
        } catch {
            return .failure(error)
        }
    }
}
