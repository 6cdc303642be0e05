public import Model

/// One page of `GET /v1/runs`.
public struct RunList: Hashable, Codable, Sendable {
    /// The youngest first.
    public var runs: [RunView]
    /// What to give as `after` for the next page; null on the last.
    public var next: RunID?

    /// Wraps both.
    public init(runs: [RunView], next: RunID? = nil) {
        self.runs = runs
        self.next = next
    }

    /// Writes both, null where there is none.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(runs, forKey: .runs)
        try container.encode(next, forKey: .next)
    }
}
