public import Lifecycle
public import Model

extension Scheduler {
    /// Takes a source in, in place of the one of its name; answers once that is durable.
    public func give(_ given: GivenSource) async -> Result<Void, AdmissionRefusal> {
        do throws(AdmissionRefusal) { try state.admit(given) } catch { return .failure(error) }
        guard await handle(.sourceGiven(given)) else { return .failure(.stopping) }
        // Something may have come first that it could not be taken beside.
        guard state.givenSources[given.source.name] != given else { return .success(()) }
        do throws(AdmissionRefusal) { try state.admit(given) } catch { return .failure(error) }
        return .failure(.stopping)
    }

    /// Takes a source away; answers once that is durable.
    public func takeSource(_ name: SourceName) async -> Result<Void, AdmissionRefusal> {
        do throws(AdmissionRefusal) { try state.admitTaking(name) } catch { return .failure(error) }
        guard await handle(.sourceTaken(name)) else { return .failure(.stopping) }
        guard state.givenSources[name] != nil else { return .success(()) }
        do throws(AdmissionRefusal) { try state.admitTaking(name) } catch { return .failure(error) }
        return .failure(.stopping)
    }
}
