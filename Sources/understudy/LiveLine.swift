import Model

/// The line that a terminal shows while a run goes on: it moves, and says how long.
struct LiveLine: Hashable, Sendable {
    private static let frames = ["|", "/", "-", "\\"]
    /// Back to the first column, and nothing left of what was there.
    static let erase = "\r\u{1B}[K"

    private var phase: Phase?
    private var phaseSince = Instant(milliseconds: 0)
    private let begin: Instant
    private var frame = 0

    /// Begins before there is a run.
    init(at now: Instant) {
        begin = now
        phaseSince = now
    }

    /// The run is in this phase.
    mutating func see(_ phase: Phase, at now: Instant) {
        guard phase != self.phase else { return }
        self.phase = phase
        phaseSince = now
    }

    /// The next picture, without a line feed.
    ///
    /// - Parameters:
    ///   - now: on the clock that it began with.
    ///   - columns: of the terminal; what does not fit is cut, since a line that wraps cannot be taken back.
    /// - Returns: characters of one column each.
    mutating func next(at now: Instant, columns: Int) -> String {
        frame = (frame + 1) % Self.frames.count
        let whole = Self.length(now - begin)
        let part = phase.map { "\($0.rawValue) \(Self.length(now - phaseSince))" } ?? "asking for the run"
        return String("\(Self.frames[frame]) \(part), \(whole) in all".prefix(max(0, columns - 1)))
    }

    /// `4s`, `1m04s`, `2h00m`.
    private static func length(_ span: Span) -> String {
        let seconds = max(0, span.milliseconds / 1_000)
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        if seconds < 60 { return "\(seconds)s" }
        if seconds < 3_600 { return "\(seconds / 60)m\(two(seconds % 60))s" }
        return "\(seconds / 3_600)h\(two(seconds / 60 % 60))m"
    }
}
