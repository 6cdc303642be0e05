import Model

/// Time, as event streams meet it.
protocol StreamClock: Sendable {
    /// On a clock that never jumps; its origin does not matter.
    func now() -> Instant
    /// Waits until then, or until the task is cancelled.
    func sleep(until moment: Instant) async
}

/// Real time.
struct RealStreamClock: StreamClock {
    private let origin = ContinuousClock.now

    func now() -> Instant {
        let (seconds, attoseconds) = (ContinuousClock.now - origin).components
        return Instant(milliseconds: seconds * 1_000 + attoseconds / 1_000_000_000_000_000)
    }

    func sleep(until moment: Instant) async {
        let span = moment - now()
        // Whoever is cancelled looks at why by itself.
        if span > .zero { try? await Task.sleep(for: span.duration) }
    }
}
