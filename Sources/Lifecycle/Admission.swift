public import Model

/// Why a request for a run is not let in; nothing has changed.
public struct AdmissionRefusal: Error, Hashable, Sendable {
    /// Stable, `run.snake_case`.
    public let code: String
    /// For people.
    public let message: String
    /// The field at fault; nil when it is none.
    public let field: String?
    /// True when it may be let in later with nothing changed.
    public let isOverload: Bool

    init(_ code: String, _ message: String, field: String? = nil, isOverload: Bool = false) {
        self.init(code: code, message: message, field: field, isOverload: isOverload)
    }

    /// Wraps the four.
    public init(code: String, message: String, field: String? = nil, isOverload: Bool = false) {
        self.code = code
        self.message = message
        self.field = field
        self.isOverload = isOverload
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
        if let key = spec.key, let run = run(withKey: key) { return .existing(run.id) }
        do throws(AdmissionRefusal) {
            try check(spec)
            return .new
        } catch {
            return .refused(error)
        }
    }

    private func check(_ spec: RunSpec) throws(AdmissionRefusal) {
        guard let source = sources[spec.source] else {
            let known = sources.keys.map(\.value).sorted().prefix(20).joined(separator: ", ")
            throw AdmissionRefusal(
                "run.unknown_source",
                "there is no source \(spec.source); known are: \(known)",
                field: "source"
            )
        }
        guard spec.suite != nil else {
            throw AdmissionRefusal(
                "run.suite_missing",
                "a run needs a suite: runs that only serve a database are not in this version",
                field: "suite"
            )
        }
        let limits = source.limits
        for (field, value) in [("lease", spec.lease), ("keepOnFailure", spec.keepOnFailure)] {
            guard let value else { continue }
            guard value > .zero else {
                throw AdmissionRefusal("run.bad_lease", "\(field) has to be longer than nothing", field: field)
            }
            guard value <= limits.leaseMax else {
                throw AdmissionRefusal(
                    "run.lease_too_long",
                    "\(field) \(value) is over this source's limit of \(limits.leaseMax)",
                    field: field
                )
            }
        }
        if let other = spec.sameDataAs { try checkSnapshot(of: other, for: spec) }
        guard unfinished.count < settings.activeRunsMax else {
            throw AdmissionRefusal(
                "run.too_many",
                "\(settings.activeRunsMax) runs are under way or wait; try again when some have ended",
                isOverload: true
            )
        }
    }

    private func checkSnapshot(of id: RunID, for spec: RunSpec) throws(AdmissionRefusal) {
        guard let run = runs[id], run.spec.source == spec.source else {
            throw AdmissionRefusal(
                "run.unknown_run",
                "there is no run \(id) of source \(spec.source)",
                field: "sameDataAs"
            )
        }
        guard let name = run.snapshot, copies[name]?.state == .present else {
            throw AdmissionRefusal(
                "run.snapshot_gone",
                "run \(id) has no snapshot any more: only failed runs keep theirs, for a lease",
                field: "sameDataAs"
            )
        }
    }
}
