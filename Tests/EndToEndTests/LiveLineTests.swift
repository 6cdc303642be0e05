import Model
import Testing

@testable import understudy

@Suite("The line that moves")
struct LiveLineTests {
    private func at(_ seconds: Int64) -> Instant { Instant(milliseconds: seconds * 1_000) }

    @Test("says what goes on, and for how long")
    func text() {
        var line = LiveLine(at: at(5))
        #expect(line.next(at: at(6), columns: 80) == "/ asking for the run, 1s in all")
        line.see(.cloning, at: at(7))
        #expect(line.next(at: at(8), columns: 80) == "- cloning 1s, 3s in all")
        line.see(.cloning, at: at(60))
        #expect(line.next(at: at(69), columns: 80) == "\\ cloning 1m02s, 1m04s in all")
        line.see(.testing, at: at(7_205))
        #expect(line.next(at: at(7_205), columns: 80) == "| testing 0s, 2h00m in all")
    }

    @Test("never wraps")
    func narrow() {
        var line = LiveLine(at: at(0))
        #expect(line.next(at: at(1), columns: 10) == "/ asking ")
        #expect(line.next(at: at(1), columns: 0) == "")
    }
}
