@testable import HTTPTransport
import SeededRandom
import Testing

@Suite("header lines")
struct HeadReaderTests {

    @Test("any bytes are a head, more to come or a refusal, and never pass the limit", arguments: 0..<20)
    func fuzz(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let pieces = [
            "HTTP/1.1 ", "200", " ", ":", "\r\n", "\n", "\t", "A", "é", "\u{301}", "\0", "-1", "99999999999999999999",
        ]
        for _ in 0..<500 {
            var reader = HeadReader(bytesMax: 200)
            var taken = 0
            reading: for _ in 0..<50 {
                var line: [UInt8] = Bool.random(using: &random) ? Array("HTTP/1.1 200 OK\r\n".utf8) : []
                for _ in 0..<Int.random(in: 0..<6, using: &random) {
                    line += pieces.randomElement(using: &random).map { Array($0.utf8) } ?? []
                    if Int.random(in: 0..<4, using: &random) == 0 { line.append(.random(in: 0...255, using: &random)) }
                }
                if Int.random(in: 0..<8, using: &random) > 0 { line.append(0x0a) }
                switch reader.line(line) {
                case .more:
                    taken += line.count
                    #expect(taken <= 200)
                case .head(let head):
                    taken += line.count
                    #expect((200...999).contains(head.status))
                    for field in head.headers {
                        #expect(RequestCheck.isToken(field.name))
                        #expect(!field.value.utf8.contains(0))
                    }
                case .tooLarge, .malformed:
                    break reading
                }
            }
        }
    }

    @Test("lines become a head", arguments: ["\r\n", "\n"])
    func lines(end: String) throws {
        var reader = HeadReader(bytesMax: 1000)
        for line in ["HTTP/1.1 404 Not Found", "Content-Type:text/plain", "X:  a b\t", "Empty:"] {
            guard case .more = reader.line(Array((line + end).utf8)) else { Issue.record("\(line)"); return }
        }
        guard case .head(let head) = reader.line(Array(end.utf8)) else { Issue.record("no head"); return }
        #expect(head.status == 404)
        #expect(head.headers.map { "\($0.name)=\($0.value)" } == ["Content-Type=text/plain", "X=a b", "Empty="])
        #expect(head.header("x") == "a b")
        #expect(head.header("y") == nil)
    }

    @Test(
        "lines that are none are refused",
        arguments: ["HTTP/1.1 20 OK", "HTTP/1.1", "HTTP/1.1 099 x", "HTTP/1.1 2x0 OK", "x 200 OK", ""]
    )
    func badStatusLines(line: String) {
        var reader = HeadReader(bytesMax: 1000)
        guard case .malformed = reader.line(Array((line + "\r\n").utf8)) else {
            Issue.record("\(line) was accepted")
            return
        }
    }

    @Test("durations become whole milliseconds, rounded up and within poll's range")
    func milliseconds() {
        #expect(Duration.zero.wholeMilliseconds == 1)
        #expect(Duration.seconds(-5).wholeMilliseconds == 1)
        #expect(Duration.microseconds(1500).wholeMilliseconds == 2)
        #expect(Duration.seconds(5).wholeMilliseconds == 5000)
        #expect(Duration.seconds(Int64.max).wholeMilliseconds == Int(Int32.max) - 1)
    }
}
