/// Own arithmetic, since Foundation's formatters bring ICU and its megabytes with them.
extension Instant: CustomStringConvertible {
    /// The years that four digits can write, 0000-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z.
    private static let range: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999
    private static let millisecondsPerDay: Int64 = 86_400_000

    /// RFC 3339 in UTC with milliseconds, `2026-11-23T20:21:00.123Z`: 24 characters.
    ///
    /// A moment outside the years 0000 to 9999 is written as the nearest inside.
    public var rfc3339: String {
        let clamped = min(max(milliseconds, Self.range.lowerBound), Self.range.upperBound)
        let day = clamped.flooredQuotient(by: Self.millisecondsPerDay)
        let rest = clamped - day * Self.millisecondsPerDay
        let date = CalendarDate(daysSinceEpoch: day)
        let (seconds, fraction) = rest.quotientAndRemainder(dividingBy: 1_000)
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T"
            + "\(padded(seconds / 3_600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
            + ".\(padded(fraction, 3))Z"
    }

    /// Reads the written form, exactly as ``rfc3339`` gives it; nil for anything else.
    public init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 24, Self.separators.allSatisfy({ bytes[$0.index] == $0.byte }) else { return nil }
        guard
            let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10]),
            let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]),
            let second = number(bytes[17..<19]), let fraction = number(bytes[20..<23]),
            hour < 24, minute < 60, second < 60,
            let date = CalendarDate(year: year, month: month, day: day)
        else { return nil }
        let seconds = hour * 3_600 + minute * 60 + second
        self.init(milliseconds: date.daysSinceEpoch * Self.millisecondsPerDay + seconds * 1_000 + fraction)
    }

    private static let separators: [(index: Int, byte: UInt8)] = [
        (4, 0x2D), (7, 0x2D), (10, 0x54), (13, 0x3A), (16, 0x3A), (19, 0x2E), (23, 0x5A),
    ]

    /// As ``rfc3339``.
    public var description: String { rfc3339 }
}

/// A day of the proleptic Gregorian calendar.
///
/// Counted in cycles of 400 years (146,097 days) from 0000-03-01, so that a leap day is the last of its year.
private struct CalendarDate {
    let year: Int64
    let month: Int64
    let day: Int64

    private static let daysPerCycle: Int64 = 146_097
    /// From 0000-03-01 to 1970-01-01.
    private static let epochOffset: Int64 = 719_468

    init(daysSinceEpoch: Int64) {
        let days = daysSinceEpoch + Self.epochOffset
        let cycle = days.flooredQuotient(by: Self.daysPerCycle)
        let dayOfCycle = days - cycle * Self.daysPerCycle
        let yearOfCycle = (dayOfCycle - dayOfCycle / 1_460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
        let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0)
    }

    /// nil for a day that does not exist.
    init?(year: Int64, month: Int64, day: Int64) {
        guard (1...12).contains(month), (1...31).contains(day) else { return nil }
        self.year = year
        self.month = month
        self.day = day
        let again = CalendarDate(daysSinceEpoch: daysSinceEpoch)
        guard again.month == month, again.day == day else { return nil }
    }

    var daysSinceEpoch: Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let cycle = shifted.flooredQuotient(by: 400)
        let yearOfCycle = shifted - cycle * 400
        let monthFromMarch = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        let dayOfCycle = yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100 + dayOfYear
        return cycle * Self.daysPerCycle + dayOfCycle - Self.epochOffset
    }
}

extension Int64 {
    /// Rounds down, where `/` rounds towards zero.
    fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

private func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}

/// ASCII digits alone; nil for anything else.
private func number(_ digits: ArraySlice<UInt8>) -> Int64? {
    guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
}
