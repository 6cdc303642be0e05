/// A UUID as Cassandra writes it: 16 bytes, in text 8-4-4-4-12 hexadecimal digits.
public struct CQLUUID: Hashable, Sendable, CustomStringConvertible {
    private static let digits = Array("0123456789abcdef".utf8)
    /// Where a text has a dash.
    private static let dashes: Set = [8, 13, 18, 23]

    /// Always 16.
    public let bytes: [UInt8]

    /// nil unless there are 16.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Of version 4, by chance.
    public init(random generator: inout some RandomNumberGenerator) {
        var bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        self.bytes = bytes
    }

    /// Of version 1: a time and a place.
    ///
    /// - Parameters:
    ///   - ticks: of 100 ns since 1582-10-15; the lower 60 bits count.
    ///   - sequence: the lower 14 bits count.
    ///   - node: the lower 48 bits count.
    public init(ticks: UInt64, sequence: UInt16, node: UInt64) {
        var writer = ByteWriter()
        writer.int(Int32(truncatingIfNeeded: ticks))
        writer.short(UInt16(truncatingIfNeeded: ticks >> 32))
        writer.short(UInt16(truncatingIfNeeded: ticks >> 48) & 0x0FFF | 0x1000)
        writer.short(sequence & 0x3FFF | 0x8000)
        writer.short(UInt16(truncatingIfNeeded: node >> 32))
        writer.int(Int32(truncatingIfNeeded: node))
        bytes = writer.bytes
    }

    /// nil unless it is written as ``description`` is, in either case.
    public init?(_ text: some StringProtocol) {
        let characters = Array(text.utf8)
        guard characters.count == 36 else { return nil }
        var nibbles: [UInt8] = []
        for (place, character) in characters.enumerated() {
            if Self.dashes.contains(place) {
                guard character == UInt8(ascii: "-") else { return nil }
            } else {
                let lower = character | 0x20
                let isDigit = character < 0x40
                guard let value = Self.digits.firstIndex(of: isDigit ? character : lower) else { return nil }
                nibbles.append(UInt8(value))
            }
        }
        bytes = stride(from: 0, to: 32, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
    }

    /// 1 to 15; 4 by chance, 1 by time.
    public var version: UInt8 { bytes[6] >> 4 }

    /// Of version 1: 100 ns since 1582-10-15.
    public var ticks: UInt64 {
        let parts = [bytes[6] & 0x0F] + [bytes[7]] + bytes[4..<6] + bytes[0..<4]
        return parts.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// In lower case.
    public var description: String {
        var text: [UInt8] = []
        for byte in bytes {
            if Self.dashes.contains(text.count) { text.append(UInt8(ascii: "-")) }
            text.append(Self.digits[Int(byte >> 4)])
            text.append(Self.digits[Int(byte & 0x0F)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
