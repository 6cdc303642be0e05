public import Model

/// The wall clock as it was when the process began, and from then on the time that has passed.
///
/// Somebody may set the wall clock meanwhile. What the core measures must not: a look at a clone would count as fresh
/// for as long as the clock was set back, and a lease would end by as much too early as it was set forward.
public struct EvenClock: Sendable {
    private let start: Instant
    private let elapsed: @Sendable () -> Duration

    /// Begins at a moment.
    ///
    /// - Parameters:
    ///   - start: what the wall clock says now.
    ///   - elapsed: since then; never smaller than it was before.
    public init(_ start: Instant, elapsed: @escaping @Sendable () -> Duration) {
        self.start = start
        self.elapsed = elapsed
    }

    /// Begins at a moment, by the machine's own count of time.
    public init(_ start: Instant) {
        let began = ContinuousClock.now
        self.init(start) { ContinuousClock.now - began }
    }

    /// The moment that it is now; never earlier than before.
    public func now() -> Instant { start + Span(milliseconds: Int64(elapsed() / .milliseconds(1))) }
}
