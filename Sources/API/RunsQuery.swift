public import Model

/// What `GET /v1/runs` can be asked.
public struct RunsQuery: Hashable, Sendable {
    /// Only runs in this phase.
    public var phase: Phase?
    /// Only runs of this source.
    public var source: SourceName?
    /// 1…500.
    public var limit: Int
    /// Only runs behind this one, in the list's order.
    public var after: RunID?

    /// Wraps all of it.
    public init(
        phase: Phase? = nil,
        source: SourceName? = nil,
        limit: Int = RequestLimits.pageRunsDefault,
        after: RunID? = nil
    ) {
        self.phase = phase
        self.source = source
        self.limit = limit
        self.after = after
    }

    /// The names of the parameters.
    public static let parameterNames = ["phase", "source", "limit", "after"]

    /// Reads the part of a URL behind the `?`.
    ///
    /// No value that the API takes needs percent-encoding, so that an encoded one is refused like any other.
    ///
    /// - Parameter text: without the `?`; empty for none.
    /// - Returns: the query, with its defaults where the text says nothing.
    /// - Throws: `api.unknown_field` or `api.bad_value`, with the parameter as the field.
    public static func read(_ text: some StringProtocol) throws(APIError) -> RunsQuery {
        var query = RunsQuery()
        var seen: Set<Substring> = []
        let pieces = Substring(text).split(separator: "&", maxSplits: parameterNames.count)
        for piece in pieces {
            let pair = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard seen.insert(pair[0]).inserted else {
                throw bad(pair[0], "this parameter once")
            }
            try query.set(pair[0], pair.count == 2 ? pair[1] : "")
        }
        return query
    }

    private mutating func set(_ name: Substring, _ value: Substring) throws(APIError) {
        switch name {
        case "phase":
            guard let phase = Phase(rawValue: String(value)) else {
                throw Self.bad(name, "one of \(Phase.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            self.phase = phase
        case "source":
            guard let name = SourceName(checking: value) else { throw Self.bad(name, "a source's name") }
            source = name
        case "limit":
            let range = RequestLimits.pageRuns
            guard let limit = Int(value), range.contains(limit) else {
                throw Self.bad(name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            self.limit = limit
        case "after":
            guard let id = RunID(checking: value) else { throw Self.bad(name, "a run's id") }
            after = id
        default:
            throw APIError(
                .invalid,
                .unknownField,
                "there is no such parameter; there are \(Self.parameterNames.joined(separator: ", "))",
                field: printable(String(name), max: 64)
            )
        }
    }

    private static func bad(_ name: Substring, _ expected: String) -> APIError {
        APIError(.invalid, .badValue, "expected \(expected)", field: printable(String(name), max: 64))
    }

    /// As it stands behind the `?`; empty when everything is as by default.
    public var text: String {
        var pieces: [String] = []
        if let phase { pieces.append("phase=\(phase.rawValue)") }
        if let source { pieces.append("source=\(source)") }
        if limit != RequestLimits.pageRunsDefault { pieces.append("limit=\(limit)") }
        if let after { pieces.append("after=\(after)") }
        return pieces.joined(separator: "&")
    }
}
