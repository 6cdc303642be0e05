import Glibc
import Model
import Testing

@testable import understudy

@Suite("A suite's lines among ours")
struct MarkedLinesTests {
    /// What is written to a pipe meanwhile.
    private func written(_ body: (MarkedLines) -> Void) throws -> String {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let lines = MarkedLines(Output(descriptor: ends[1]))
        body(lines)
        close(ends[1])
        defer { close(ends[0]) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(ends[0], &buffer, buffer.count), count > 0 { bytes += buffer.prefix(count) }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("come whole, however they are cut, each stream for itself")
    func whole() throws {
        let text = try written { lines in
            lines.write(.stdout, "on")
            lines.write(.stderr, "oh\nand")
            lines.write(.stdout, "e\ntwo\r\n\nthr")
            lines.write(.stdout, "ee")
            lines.flush()
            lines.flush()
        }
        #expect(text == "  | oh\n  | one\n  | two\n  | \n  | three\n  | and\n")
    }

    @Test("are shown in pieces when they have no end")
    func endless() throws {
        let piece = String(repeating: "x", count: 20_000)
        #expect(try written { $0.write(.stdout, piece) } == "  | \(piece)\n")
    }
}
