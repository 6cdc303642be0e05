import Model
import Testing

@testable import ControlAPI

@Suite("Wrong tokens")
struct WrongTokensTests {
    private let start = Instant(milliseconds: 1_000_000)

    @Test("wait longer, the more a client sends, up to a limit")
    func grows() {
        var wrong = WrongTokens()
        var delays: [Int64] = []
        for _ in 0..<100 {
            guard case .hold(let delay) = wrong.note("a", at: start) else { break }
            delays.append(delay.milliseconds)
            wrong.answered("a")
        }
        #expect(delays.prefix(7) == [250, 500, 1_000, 2_000, 4_000, 4_000, 4_000])
        #expect(delays.count == 100)
        #expect(wrong.note("b", at: start) == .hold(.milliseconds(250)), "another client begins anew")
        #expect(wrong.count == 101)
    }

    @Test("are forgotten after a silence, those still waiting are not")
    func forgets() {
        var wrong = WrongTokens()
        for _ in 0..<3 { _ = wrong.note("a", at: start) }
        let later = start + wrong.limits.memory
        #expect(wrong.note("a", at: start + .minutes(9)) == .hold(.seconds(2)))
        #expect(wrong.note("a", at: later) == .hold(.seconds(4)))
        #expect(wrong.note("a", at: later + wrong.limits.memory) == .hold(.milliseconds(250)))
        for _ in 0..<2 { _ = wrong.note("a", at: later + wrong.limits.memory) }
        #expect(wrong.note("a", at: later + wrong.limits.memory) == .tooMany, "eight wait by now")
    }

    @Test("do not wait where too many do already: of one client, or of all")
    func bounded() {
        var wrong = WrongTokens(limits: .init(heldMax: 3, heldPerClientMax: 2))
        #expect(wrong.note("a", at: start) == .hold(.milliseconds(250)))
        #expect(wrong.note("a", at: start) == .hold(.milliseconds(500)))
        #expect(wrong.note("a", at: start) == .tooMany)
        #expect(wrong.note("b", at: start) == .hold(.milliseconds(250)))
        #expect(wrong.note("c", at: start) == .tooMany)
        wrong.answered("a")
        #expect(wrong.note("c", at: start) == .hold(.milliseconds(500)))
        #expect(wrong.count == 6)
    }

    @Test("of more clients than are remembered push out the one that was silent longest, and none that waits")
    func table() {
        var wrong = WrongTokens(limits: .init(clientsMax: 3))
        for (seconds, client) in ["waits", "b", "c"].enumerated() {
            _ = wrong.note(client, at: start + .seconds(Int64(seconds)))
        }
        wrong.answered("b")
        wrong.answered("c")
        for index in 0..<1_000 {
            let client = "more\(index)"
            _ = wrong.note(client, at: start + .seconds(10))
            wrong.answered(client)
            #expect(wrong.clientCount == 3)
        }
        #expect(wrong.note("waits", at: start + .seconds(10)) == .hold(.milliseconds(500)))
        #expect(wrong.note("b", at: start + .seconds(10)) == .hold(.milliseconds(250)))
    }
}
