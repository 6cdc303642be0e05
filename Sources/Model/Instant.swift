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

extension Instant: CustomStringConvertible {
    /// RFC 3339 in UTC with milliseconds, `2026-11-23T20:12:17.042Z`; years outside 0000…9999 are clamped.
    public var rfc3339: String {
        let clamped = min(max(milliseconds, -62_167_219_200_000), 253_402_300_799_999)
        let (days, rest) = floorDivision(clamped, by: 86_400_000)
        let (year, month, day) = civilDate(daysSinceEpoch: days)
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        func padded(_ number: Int64, to width: Int) -> String {
            let text = "\(number)"
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let time = "\(two(rest / 3_600_000)):\(two(rest / 60_000 % 60)):\(two(rest / 1_000 % 60))"
        return "\(padded(year, to: 4))-\(two(month))-\(two(day))T\(time).\(padded(rest % 1_000, to: 3))Z"
    }

    /// As ``rfc3339``.
    public var description: String { rfc3339 }
}

private func floorDivision(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let remainder = ((value % divisor) + divisor) % divisor
    return ((value - remainder) / divisor, remainder)
}

/// The proleptic Gregorian date of a day number: counted in eras of 400 years that begin on 1 March.
private func civilDate(daysSinceEpoch days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let daysPerEra: Int64 = 146_097
    // From 0000-03-01 to 1970-01-01.
    let (era, dayOfEra) = floorDivision(days + 719_468, by: daysPerEra)
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
}
