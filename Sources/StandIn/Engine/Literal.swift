import CQL
import FoundationEssentials

/// Constants of a statement, read as values of the types without parts.
enum Literal {
    /// nil for one that is not of this type.
    static func value(_ term: Term, _ type: DataType.Simple) -> CQLValue? {
        switch (term, type) {
        case (.text(let text), .text): .text(text)
        case (.text(let text), .ascii): text.utf8.allSatisfy { $0 < 0x80 } ? .text(text) : nil
        case (.text(let text), .timestamp): timestamp(text).map { .timestamp($0) }
        case (.text(let text), .inet): address(text).map { .inet($0) }
        case (.number(let number), .int): Int32(number).map { .int($0) }
        case (.number(let number), .bigint): Int64(number).map { .bigint($0) }
        case (.number(let number), .timestamp): Int64(number).map { .timestamp($0) }
        case (.number(let number), .double): Double(number).map { .double($0) }
        case (.number(let number), .float): Float(number).map { .float($0) }
        case (.boolean(let isTrue), .boolean): .boolean(isTrue)
        case (.uuid(let uuid), .uuid): .uuid(uuid)
        case (.uuid(let uuid), .timeuuid): uuid.version == 1 ? .uuid(uuid) : nil
        case (.blob(let bytes), .blob): .blob(bytes)
        default: nil
        }
    }

    /// `2026-11-25`, `2026-11-25 10:11[:12[.345]][+0100]`, also with a `T` or a `Z`; without a zone, UTC.
    static func timestamp(_ text: String) -> Int64? {
        let parts = text.split(maxSplits: 1) { $0 == " " || $0 == "T" }
        let day = parts.first?.split(separator: "-").map { digits($0) } ?? []
        guard day.count == 3, let year = day[0], let month = day[1], let date = day[2],
            (1...9_999).contains(year), (1...12).contains(month), (1...31).contains(date)
        else { return nil }
        var components = DateComponents(year: year, month: month, day: date)
        var milliseconds: Int64 = 0
        var zone: Int64 = 0
        if parts.count > 1 {
            guard let time = time(parts[1]) else { return nil }
            (milliseconds, zone) = time
        }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        components.hour = 0
        guard let midnight = calendar.date(from: components),
            // 30 February is a day to the calendar, and none to Cassandra.
            calendar.component(.day, from: midnight) == date
        else { return nil }
        return Int64(midnight.timeIntervalSince1970) * 1_000 + milliseconds - zone
    }

    /// Milliseconds since midnight, and the zone's from UTC.
    private static func time(_ text: Substring) -> (Int64, Int64)? {
        var clock = text
        var zone: Int64 = 0
        if text.last == "Z" {
            clock = text.dropLast()
        } else if let sign = text.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            let written = text[text.index(after: sign)...].filter { $0 != ":" }
            guard written.count == 4, let number = digits(written[...]), number % 100 < 60 else { return nil }
            zone = Int64(number / 100 * 60 + number % 100) * 60_000 * (text[sign] == "-" ? -1 : 1)
            clock = text[..<sign]
        }
        let parts = clock.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), let hour = digits(parts[0]), let minute = digits(parts[1]), hour < 24,
            minute < 60
        else { return nil }
        var seconds: Int64 = 0
        if parts.count == 3 {
            let fraction = parts[2].split(separator: ".", maxSplits: 1)
            guard let whole = fraction.first.flatMap({ digits($0) }), whole < 60 else { return nil }
            seconds = Int64(whole) * 1_000
            if fraction.count == 2 {
                guard fraction[1].count <= 3,
                    let part = digits(fraction[1] + repeatElement("0", count: 3 - fraction[1].count))
                else { return nil }
                seconds += Int64(part)
            }
        }
        return (Int64(hour * 60 + minute) * 60_000 + seconds, zone)
    }

    private static func digits(_ text: Substring) -> Int? {
        guard (1...4).contains(text.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
    }

    /// An IPv4 address; this stand-in knows no other.
    static func address(_ text: String) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard parts.count == 4, !parts.contains(nil) else { return nil }
        return parts.compactMap { $0 }
    }
}
