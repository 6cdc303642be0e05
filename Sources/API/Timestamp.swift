public import Model

/// A moment as the API writes it: RFC 3339, UTC, milliseconds (`2026-11-23T20:21:00.123Z`).
public struct Timestamp: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    /// The moment.
    public var instant: Instant

    /// Wraps a moment.
    public init(_ instant: Instant) { self.instant = instant }

    /// The earlier is the smaller.
    public static func < (left: Self, right: Self) -> Bool { left.instant < right.instant }

    /// The written form, 24 characters.
    public var description: String { instant.rfc3339 }

    /// Reads the written form, exactly as ``description`` gives it; nil for anything else.
    public init?(_ text: String) {
        guard let instant = Instant(rfc3339: text) else { return nil }
        self.init(instant)
    }

    /// Reads the written form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let timestamp = Timestamp(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "not a time such as 2026-11-23T20:21:00.123Z"
            )
        }
        self = timestamp
    }

    /// Writes the written form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
