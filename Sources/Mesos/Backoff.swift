public import Model

/// How long to wait before the next attempt to subscribe.
///
/// After a stream that worked the first attempt comes at once; with the standard values the ceilings are then:
///
/// | attempt in a row | 1 | 2 | 3 | 4 | 5 | 6 | 7 and later |
/// |---|---|---|---|---|---|---|---|
/// | waits at most | 0 | 0.5 s | 1 s | 2 s | 4 s | 8 s | 15 s |
///
/// The real wait is drawn evenly between half the ceiling and the ceiling: enough to spread many schedulers after a master's
/// restart, never so little as to hammer it. A standby knows the new leader some 5 to 10 s after the old one died
/// (`recordings/mesos/17-zk-two-masters`), so 15 s loses little.
public struct Backoff: Hashable, Sendable {
    /// The ceiling of the second attempt.
    public var first: Span
    /// No ceiling is higher.
    public var longest: Span
    /// A stream that lived at least so long starts the count anew; one that broke at once does not.
    public var livedAfter: Span

    /// Wraps the three.
    public init(
        first: Span = .milliseconds(500),
        longest: Span = .seconds(15),
        livedAfter: Span = .seconds(5)
    ) {
        self.first = first
        self.longest = longest
        self.livedAfter = livedAfter
    }

    /// The wait before an attempt.
    ///
    /// - Parameters:
    ///   - attempt: 1 for the first one after a stream that worked, or after the start.
    ///   - random: 0..<1, evenly.
    /// - Returns: zero, or between half the ceiling and the ceiling.
    public func wait(beforeAttempt attempt: Int, random: Double) -> Span {
        guard attempt > 1 else { return .zero }
        var ceiling = first.milliseconds
        // Sixteen doublings are past any sensible ceiling, and cannot overflow from one.
        for _ in 2..<min(max(attempt, 2), 18) { ceiling = min(ceiling * 2, longest.milliseconds) }
        ceiling = min(ceiling, longest.milliseconds)
        return Span(milliseconds: Int64(Double(ceiling) * (0.5 + random.clamped / 2)))
    }
}

extension Double {
    fileprivate var clamped: Double { isNaN ? 0 : min(max(self, 0), 1) }
}
