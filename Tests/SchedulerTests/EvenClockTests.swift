import Model
import Scheduler
import Testing

@Suite("The scheduler's clock")
struct EvenClockTests {
    @Test("it begins with the wall clock's time and goes on by what has passed")
    func begins() {
        let start = Instant(milliseconds: 1_700_000_000_000)
        #expect(EvenClock(start) { .zero }.now() == start)
        #expect(EvenClock(start) { .milliseconds(90_001) }.now() == start + .milliseconds(90_001))
        #expect(EvenClock(start) { .seconds(90 * 24 * 3_600) }.now() == start + .days(90))
    }

    @Test("by the machine's own count it never goes back")
    func goesOn() {
        let clock = EvenClock(Instant(milliseconds: 5))
        var last = clock.now()
        #expect(last >= Instant(milliseconds: 5))
        for _ in 0..<1_000 {
            let now = clock.now()
            #expect(now >= last)
            last = now
        }
    }
}
