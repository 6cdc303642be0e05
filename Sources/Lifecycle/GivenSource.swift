public import Model

/// A source that was given over the API, kept with the state; those of the configuration are read at each start.
public struct GivenSource: Hashable, Codable, Sendable {
    /// As it was checked.
    public var source: Source
    /// What its mask's address answered when it was given; nil for a source without a mask.
    public var mask: String?

    /// Wraps both.
    public init(source: Source, mask: String? = nil) {
        self.source = source
        self.mask = mask
    }
}

extension SystemState {
    /// Sources given over the API, beside those of the configuration.
    private static let givenSourcesMax = 1_000

    /// Judges a source that is given over the API, and changes nothing.
    ///
    /// - Throws: `source.configured` for a name that the configuration has, `source.too_many`, `run.uninstalling`.
    public func admit(_ given: GivenSource) throws(AdmissionRefusal) {
        try checkNotUninstalling()
        try checkNotConfigured(given.source.name)
        guard givenSources[given.source.name] != nil || givenSources.count < Self.givenSourcesMax else {
            throw AdmissionRefusal(.conflict, "source.too_many", "there are \(Self.givenSourcesMax) sources already")
        }
    }

    /// Judges whether a source may be taken away, and changes nothing.
    ///
    /// - Throws: `source.unknown`, `source.configured`, or `source.in_use` while a run of it has not ended.
    public func admitTaking(_ name: SourceName) throws(AdmissionRefusal) {
        try checkNotConfigured(name)
        guard givenSources[name] != nil else {
            throw AdmissionRefusal(.unknown, "source.unknown", "there is no source \(name)")
        }
        let users = unfinished.filter { runs[$0]?.spec.source == name }.sorted()
        guard let first = users.first else { return }
        throw AdmissionRefusal(
            .conflict,
            "source.in_use",
            "source \(name) is used by \(users.count) runs that have not ended, \(first) first"
        )
    }

    private func checkNotConfigured(_ name: SourceName) throws(AdmissionRefusal) {
        guard configuredSources.contains(name) else { return }
        throw AdmissionRefusal(
            .conflict,
            "source.configured",
            "source \(name) comes from the scheduler's configuration: change it there"
        )
    }

    /// What came between the admission and now counts.
    mutating func give(_ given: GivenSource, _ transition: inout Transition) {
        do { try admit(given) } catch { return transition.notes.append(Note(.warning, error.message, [:])) }
        put(given.source.name, given)
        transition.notes.append(Note(.info, "a source was given", ["source.name": given.source.name.value]))
    }

    mutating func take(_ name: SourceName, _ transition: inout Transition) {
        do { try admitTaking(name) } catch { return transition.notes.append(Note(.warning, error.message, [:])) }
        put(name, nil)
        transition.notes.append(Note(.info, "a source was taken away", ["source.name": name.value]))
    }
}
