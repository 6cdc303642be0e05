import Model
import SeededRandom
import Testing

@testable import API

@Suite("Times as the API writes them")
struct TimestampTests {
    @Test(
        "are RFC 3339 in UTC with milliseconds",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_795_465_260_123, "2026-11-23T20:21:00.123Z"), (4_107_542_399_000, "2100-02-28T23:59:59.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)]
    )
    func known(_ milliseconds: Int64, _ text: String) {
        #expect(Timestamp(Instant(milliseconds: milliseconds)).description == text)
        #expect(Timestamp(text)?.instant.milliseconds == milliseconds)
    }

    @Test("outside of four-digit years are the nearest inside")
    func outside() {
        #expect(Timestamp(Instant(milliseconds: .max)).description == "9999-12-31T23:59:59.999Z")
        #expect(Timestamp(Instant(milliseconds: .min)).description == "0000-01-01T00:00:00.000Z")
    }

    @Test("are read back as they were written")
    func roundTrip() {
        var random = SplitMix64(seed: 7)
        for _ in 0..<5_000 {
            let instant = Instant(milliseconds: .random(in: -62_167_219_200_000...253_402_300_799_999, using: &random))
            #expect(Timestamp(Timestamp(instant).description)?.instant == instant)
        }
    }

    @Test(
        "that do not exist are not read",
        arguments: [
            "", "2026-11-23T20:21:00Z", "2026-11-23 20:21:00.123Z", "2026-02-29T00:00:00.000Z",
            "2026-13-01T00:00:00.000Z",
            "2026-00-01T00:00:00.000Z", "2026-04-31T00:00:00.000Z", "2026-11-23T24:00:00.000Z",
            "2026-11-23T20:60:00.000Z",
            "2026-11-23T20:21:60.000Z", "2026-11-23T20:21:00.123+", "+026-11-23T20:21:00.123Z",
            "2026-11-23T20:21:00.12éZ",
        ]
    )
    func wrong(_ text: String) { #expect(Timestamp(text) == nil) }
}
