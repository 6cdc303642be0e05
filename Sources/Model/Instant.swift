/// A moment, in milliseconds since 1970-01-01T00:00:00Z.
///
/// Range: any; the core never reads a clock, it is told.
public struct Instant: Hashable, Comparable, Codable, Sendable {
    /// Milliseconds since the epoch.
    public let milliseconds: Int64

    /// Wraps a count of milliseconds since the epoch.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// The earlier moment is the smaller.
    public static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    /// The moment that lies this much later; saturates at the ends of the range.
    public static func + (left: Self, right: Span) -> Self {
        let (sum, overflow) = left.milliseconds.addingReportingOverflow(right.milliseconds)
        return Self(milliseconds: overflow ? (right.milliseconds > 0 ? .max : .min) : sum)
    }

    /// How much later the left moment is; negative when it is earlier.
    public static func - (left: Self, right: Self) -> Span {
        let (difference, overflow) = left.milliseconds.subtractingReportingOverflow(right.milliseconds)
        return Span(milliseconds: overflow ? (left > right ? .max : .min) : difference)
    }

    /// A number of milliseconds.
    public init(from decoder: any Decoder) throws {
        self.init(milliseconds: try decoder.singleValueContainer().decode(Int64.self))
    }

    /// A number of milliseconds.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }
}
