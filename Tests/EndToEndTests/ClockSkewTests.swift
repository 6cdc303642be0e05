import Model
import Testing

@testable import understudy

/// How far another's clock is off, told by the dates of its answers, which have whole seconds.
@Suite("The skew of a clock")
struct ClockSkewTests {
    private static let now = Instant(milliseconds: 1_800_000_000_400)

    /// A peer whose clock is so far off, asked at several moments; each answer takes 20 ms.
    private static func skew(of offset: Span, asked moments: [Span]) -> ClockSkew {
        var skew = ClockSkew()
        for moment in moments {
            let sent = now + moment
            let theirs = sent + .milliseconds(10) + offset
            let seconds = Instant(milliseconds: theirs.milliseconds - theirs.milliseconds % 1_000)
            skew.add(seconds, sent: sent, received: sent + .milliseconds(20))
        }
        return skew
    }

    @Test("the whole second of a date is no skew", arguments: [Int64(-1_900), -900, 0, 900, 1_900])
    func tolerated(_ milliseconds: Int64) {
        let skew = Self.skew(of: .milliseconds(milliseconds), asked: [.zero, .milliseconds(30), .milliseconds(60)])
        #expect(!skew.isNoticeable && !skew.isHarmful)
        #expect(skew.words == "within 2 s of ours")
    }

    @Test("one that is off is told with its direction, and never more than it is", arguments: [Int64(-40), -5, 5, 40])
    func noticed(_ seconds: Int64) {
        let skew = Self.skew(of: .seconds(seconds), asked: [.zero, .milliseconds(30)])
        #expect(skew.isNoticeable)
        #expect(skew.isHarmful == (abs(seconds) > 30))
        #expect(abs(skew.smallest.milliseconds) <= abs(seconds) * 1_000)
        #expect(skew.words.contains(seconds > 0 ? "ahead of ours" : "behind ours"))
    }

    @Test("more samples narrow it down")
    func narrows() {
        let once = Self.skew(of: .milliseconds(2_300), asked: [.zero])
        let often = Self.skew(of: .milliseconds(2_300), asked: (0..<10).map { .milliseconds($0 * 100) })
        #expect(!once.isNoticeable && often.isNoticeable)
    }

    @Test("a clock that is set in between counts as it is now")
    func set() {
        var skew = Self.skew(of: .hours(1), asked: [.zero])
        let sent = Self.now + .seconds(1)
        skew.add(Instant(milliseconds: 1_800_000_001_000), sent: sent, received: sent + .milliseconds(20))
        #expect(!skew.isNoticeable)
    }

    @Test("the one form of a date is read")
    func date() {
        #expect(ClockSkew.moment("Sun, 06 Nov 1994 08:49:37 GMT")?.rfc3339 == "1994-11-06T08:49:37.000Z")
    }

    @Test(
        "anything else is no date",
        arguments: [
            "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 06 Nov -994 08:49:37 GMT",
        ]
    )
    func noDate(_ text: String) { #expect(ClockSkew.moment(text) == nil) }
}
