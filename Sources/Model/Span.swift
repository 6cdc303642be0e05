/// A length of time in whole milliseconds, written `90s`, `30m`, `2h`, `7d`, `2w` (and `250ms`).
///
/// Swift's `Duration` has no text form and encodes as two numbers; this one is what users and the store read.
public struct Span: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    /// How many milliseconds.
    public let milliseconds: Int64

    /// Wraps a count of milliseconds.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// No time at all.
    public static let zero = Span(milliseconds: 0)
    /// So many milliseconds.
    public static func milliseconds(_ count: Int64) -> Self { Self(milliseconds: count) }
    /// So many seconds.
    public static func seconds(_ count: Int64) -> Self { Self(milliseconds: count * 1_000) }
    /// So many minutes.
    public static func minutes(_ count: Int64) -> Self { Self(milliseconds: count * 60_000) }
    /// So many hours.
    public static func hours(_ count: Int64) -> Self { Self(milliseconds: count * 3_600_000) }
    /// So many days.
    public static func days(_ count: Int64) -> Self { Self(milliseconds: count * 86_400_000) }

    /// In seconds, with the fraction.
    public var seconds: Double { Double(milliseconds) / 1_000 }

    /// For APIs of the standard library.
    public var duration: Duration { .milliseconds(milliseconds) }

    /// The shorter is the smaller.
    public static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    /// Both, one after the other; saturates.
    public static func + (left: Self, right: Self) -> Self {
        let (sum, overflow) = left.milliseconds.addingReportingOverflow(right.milliseconds)
        return Self(milliseconds: overflow ? .max : sum)
    }

    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]

    /// Reads `90s`, `30m`, `2h`, `7d`, `2w` or `250ms`; nil when the text is anything else or does not fit.
    ///
    /// - Parameter text: ASCII digits and one unit, nothing else; 1 to 12 digits.
    public init?(_ text: String) {
        let digits = text.utf8.prefix { $0 >= 0x30 && $0 <= 0x39 }
        guard (1...12).contains(digits.count), let count = Int64(String(text.prefix(digits.count))) else { return nil }
        let suffix = String(text.dropFirst(digits.count))
        guard let unit = Self.units.first(where: { $0.suffix == suffix }) else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: unit.milliseconds)
        guard !overflow else { return nil }
        self.init(milliseconds: product)
    }

    /// The largest unit that divides it: `90s`, `2h`.
    public var description: String {
        guard milliseconds > 0 else { return "\(milliseconds)ms" }
        for unit in Self.units where milliseconds % unit.milliseconds == 0 {
            return "\(milliseconds / unit.milliseconds)\(unit.suffix)"
        }
        return "\(milliseconds)ms"
    }

    /// Reads the written form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let span = Span(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "not a length of time such as 90s, 30m, 2h, 7d or 2w: \(text.prefix(40))"
            )
        }
        self = span
    }

    /// Writes the written form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
