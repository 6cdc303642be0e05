public import Model

/// Why a request is not let in; nothing has changed.
public struct AdmissionRefusal: Error, Hashable, Sendable {
    /// What the asker may do about it.
    public enum Kind: Hashable, Sendable {
        /// Ask for something else.
        case invalid
        /// There is no run of that id.
        case unknown
        /// The run is not in a state for it.
        case conflict
        /// Ask again later: there is too much under way.
        case overload
        /// Ask again: this scheduler is stopping.
        case stopping
    }

    /// What the asker may do about it.
    public let kind: Kind
    /// Stable, `run.snake_case`.
    public let code: String
    /// For people.
    public let message: String
    /// The field at fault; nil when it is none.
    public let field: String?

    /// Wraps the four.
    public init(_ kind: Kind, _ code: String, _ message: String, field: String? = nil) {
        self.kind = kind
        self.code = code
        self.message = message
        self.field = field
    }
}

/// What becomes of a request for a run.
public enum Admission: Hashable, Sendable {
    /// This run has its key already.
    case existing(RunID)
    /// It is let in: send ``Event/submitted(_:as:)``.
    case new
    /// It is not.
    case refused(AdmissionRefusal)
}

extension SystemState {
    /// Judges a request and changes nothing.
    ///
    /// The same key gives the same run, whatever else the request says.
    public func admit(_ spec: RunSpec) -> Admission {
        if let key = spec.key, let id = run(withKey: key) { return .existing(id) }
        do throws(AdmissionRefusal) {
            try check(spec)
            return .new
        } catch {
            return .refused(error)
        }
    }

    private func check(_ spec: RunSpec) throws(AdmissionRefusal) {
        try checkNotUninstalling()
        guard let source = sources[spec.source] else {
            let known = sources.keys.map(\.value).sorted().prefix(20).joined(separator: ", ")
            throw AdmissionRefusal(
                .invalid,
                "run.unknown_source",
                "there is no source \(spec.source); known are: \(known)",
                field: "source"
            )
        }
        for (field, value) in [("lease", spec.lease), ("keepOnFailure", spec.keepOnFailure)] {
            if let value { try checkLease(value, field, source) }
        }
        if let other = spec.sameDataAs { try checkSnapshot(of: other, for: spec) }
        if let other = spec.opens { try checkKeptClone(of: other) }
        guard unfinished.count < settings.activeRunsMax else {
            throw AdmissionRefusal(
                .overload,
                "run.too_many",
                "\(settings.activeRunsMax) runs are under way or wait; try again when some have ended"
            )
        }
    }

    func checkLease(_ value: Span, _ field: String, _ source: Source) throws(AdmissionRefusal) {
        guard value > .zero else {
            throw AdmissionRefusal(
                .invalid,
                "run.bad_lease",
                "\(field) has to be longer than nothing",
                field: field
            )
        }
        guard value <= source.limits.leaseMax else {
            throw AdmissionRefusal(
                .invalid,
                "run.lease_too_long",
                "\(field) \(value) is over this source's limit of \(source.limits.leaseMax)",
                field: field
            )
        }
    }

    private func checkSnapshot(of id: RunID, for spec: RunSpec) throws(AdmissionRefusal) {
        guard source(of: id) == spec.source else {
            throw AdmissionRefusal(
                .invalid,
                "run.unknown_run",
                "there is no run \(id) of source \(spec.source)",
                field: "sameDataAs"
            )
        }
        guard let run = runs[id], let names = run.snapshot, areThere(names) else {
            throw AdmissionRefusal(
                .invalid,
                "run.snapshot_gone",
                "run \(id) has no snapshot any more: failed and kept runs have theirs, for a lease",
                field: "sameDataAs"
            )
        }
        try checkVolumes(of: run, names.count, "run.snapshot_gone", "sameDataAs")
    }
}
