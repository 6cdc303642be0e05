/// A part of what a task said; every field is in every answer, null where there is none.
public struct LogView: Hashable, Codable, Sendable {
    /// Which launch of the run it is of; null before the first.
    public var attempt: Int?
    /// The text; what is no UTF-8 in it is U+FFFD.
    public var data: String
    /// Where it begins in the stream, in bytes: as asked for, but when only the end was kept.
    public var offset: Int64
    /// What to ask for next, in bytes.
    public var next: Int64
    /// True when nothing comes after it.
    public var ended: Bool
    /// What there is to be said about it, for people: that it is only the end, or why there is nothing; null for nothing.
    public var note: String?

    /// Wraps all of it.
    public init(
        attempt: Int?,
        data: String = "",
        offset: Int64,
        next: Int64? = nil,
        ended: Bool = false,
        note: String? = nil
    ) {
        self.attempt = attempt
        self.data = data
        self.offset = offset
        self.next = next ?? offset
        self.ended = ended
        self.note = note
    }

    /// Writes every field, null where there is none.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(attempt, forKey: .attempt)
        try container.encode(data, forKey: .data)
        try container.encode(offset, forKey: .offset)
        try container.encode(next, forKey: .next)
        try container.encode(ended, forKey: .ended)
        try container.encode(note, forKey: .note)
    }
}
