import SeededRandom
import Testing

@testable import API

@Suite("Server-sent events, read")
struct EventStreamParserTests {
    private func read(_ text: String) throws -> [ServerSentEvent] {
        var parser = EventStreamParser()
        return try parser.feed(Array(text.utf8))
    }

    private func event(_ data: String, name: String = "message", id: String? = nil) -> ServerSentEvent {
        ServerSentEvent(name: name, data: data, id: id)
    }

    @Test("as the specification has them")
    func specification() throws {
        #expect(try read("data: YHOO\ndata: +2\ndata: 10\n\n") == [event("YHOO\n+2\n10")])
        #expect(
            try read(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n")
                == [event("first event", id: "1"), event("second event", id: "")],
            "the third has not ended"
        )
        #expect(try read("data\n\ndata\ndata\n\ndata:") == [event(""), event("\n")])
        #expect(try read("data:test\n\ndata: test\n\n") == [event("test"), event("test")])
        #expect(try read("\u{FEFF}event: phase\ndata: a\n\ndata: b\n\n") == [event("a", name: "phase"), event("b")])
        #expect(try read("id: 1\ndata: a\n\nid: 2\u{0}\ndata: b\n\n") == [event("a", id: "1"), event("b", id: "1")])
        #expect(try read("event: x\n\nretry: 5\nunknown: y\ndata: a: b\n\n") == [event("a: b")])
    }

    @Test("with every kind of line end, wherever the bytes are cut")
    func cuts() throws {
        var random = SplitMix64(seed: 7)
        let lines = ["id: 1", "event: phase", "data: Zoë 🎭", "", ": c", "data: b", "", "data: c", ""]
        let expected = [event("Zoë 🎭", name: "phase", id: "1"), event("b", id: "1"), event("c", id: "1")]
        for _ in 0..<500 {
            // A return alone before a line feed alone would be one line end.
            let end = ["\n", "\r\n", "\r"].randomElement(using: &random) ?? "\n"
            var rest = Array(lines.map { $0 + end }.joined().utf8)[...]
            var parser = EventStreamParser()
            var events: [ServerSentEvent] = []
            while !rest.isEmpty {
                let count = Int.random(in: 1...9, using: &random)
                events += try parser.feed(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            #expect(events == expected)
        }
    }

    @Test("no longer than there is room for, line by line and all in all")
    func limits() throws {
        var parser = EventStreamParser(bytesMax: 16)
        #expect(throws: APIError.self) { try parser.feed(Array(repeating: 0x61, count: 17)) }
        var long = EventStreamParser(bytesMax: 16)
        #expect(throws: APIError.self) {
            for _ in 0..<10 { _ = try long.feed(Array("data: 123\n".utf8)) }
        }
        var fits = EventStreamParser(bytesMax: 16)
        for _ in 0..<100 { #expect(try fits.feed(Array(": 123\ndata: 12345678\n\n".utf8)) == [event("12345678")]) }
    }

    @Test("no text that is none")
    func noText() {
        var parser = EventStreamParser()
        #expect(throws: APIError.self) { try parser.feed([0x64, 0x61, 0x74, 0x61, 0x3A, 0xFF, 0x0A]) }
    }

    @Test("whatever comes, without an end to it")
    func anything() {
        var random = SplitMix64(seed: 11)
        let pieces = ["data", "id", "event", ":", " ", "\n", "\r", "\u{FEFF}", "\u{0}", "é", "{", "1"].map {
            Array($0.utf8)
        }
        for _ in 0..<2_000 {
            var parser = EventStreamParser(bytesMax: 64)
            for _ in 0..<20 {
                var bytes = (0..<8).flatMap { _ in pieces.randomElement(using: &random) ?? [] }
                if Int.random(in: 0..<10, using: &random) == 0 {
                    bytes.append(UInt8.random(in: 0...255, using: &random))
                }
                do {
                    for event in try parser.feed(bytes) { #expect(event.data.utf8.count <= 64) }
                } catch {
                    #expect(error.code == .badAnswer)
                    break
                }
            }
        }
    }
}
