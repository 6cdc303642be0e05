import Model
import Synchronization
import Testing

@testable import understudy

@Suite("A suite's lines among ours")
struct MarkedLinesTests {
    private func written(_ body: (MarkedLines) -> Void) -> [String] {
        let said = Mutex<[String]>([])
        body(MarkedLines { line in said.withLock { $0.append(line) } })
        return said.withLock { $0 }
    }

    @Test("come whole, however they are cut, each stream for itself")
    func whole() {
        let text = written { lines in
            lines.write(.stdout, "on")
            lines.write(.stderr, "oh\nand")
            lines.write(.stdout, "e\ntwo\r\n\nthr")
            lines.write(.stdout, "ee")
            lines.flush()
            lines.flush()
        }
        #expect(text == ["  | oh", "  | one", "  | two", "  | ", "  | three", "  | and"])
    }

    @Test("are shown in pieces when they have no end")
    func endless() {
        let piece = String(repeating: "x", count: 20_000)
        #expect(written { $0.write(.stdout, piece) } == ["  | \(piece)"])
    }
}
