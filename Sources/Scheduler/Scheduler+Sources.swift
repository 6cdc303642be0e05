public import Lifecycle
public import Model

extension Scheduler {
    /// Takes a source in, in place of the one of its name; answers once that is durable.
    public func give(_ given: GivenSource) async -> Result<Void, AdmissionRefusal> {
        await settle(.sourceGiven(given), isDone: { $0.givenSources[given.source.name] == given }) {
            state throws(AdmissionRefusal) in
            try state.admit(given)
        }
    }

    /// Takes a source away; answers once that is durable.
    public func takeSource(_ name: SourceName) async -> Result<Void, AdmissionRefusal> {
        await settle(.sourceTaken(name), isDone: { $0.givenSources[name] == nil }) { state throws(AdmissionRefusal) in
            try state.admitTaking(name)
        }
    }
}
