import Mesos
import SeededRandom
import Testing

@Suite("RecordIO")
struct RecordIODecoderTests {
    private func error(_ text: String) -> MesosError? {
        var decoder = RecordIODecoder()
        decoder.feed(Array(text.utf8))
        do throws(MesosError) {
            while try decoder.next() != nil {}
            try decoder.finish()
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "what is no decimal length is refused with the bytes shown",
        arguments: [
            ("\n", "\\x0a"), ("x", "x"), ("-1\n", "-1\\x0a"), ("+1\n", "+1\\x0a"), (" 1\n", " 1\\x0a"),
            ("1 \n", "1 \\x0a"),
            ("1\r\na", "1\\x0d\\x0aa"), ("01\na", "01\\x0aa"), ("0x10\n", "0x10\\x0a"),
            ("1\na\n2\nbb", "\\x0a2\\x0abb"),
            ("123456789012345678901\n", "123456789012345678901\\x0a"), ("1.0\n", "1.0\\x0a"),
        ]
    )
    func badLength(text: String, shown: String) {
        let error = error(text)
        #expect(error?.code == .recordioBadLength)
        #expect(error?.context["bytes"] == shown)
    }

    @Test("a record larger than the limit is refused by its announced length, before a byte of it is held")
    func tooLarge() {
        #expect(error("67108865\n")?.code == .recordioTooLarge)
        #expect(error("67108865\n")?.context["announced"] == "67108865")
        #expect(error("18446744073709551616\n")?.code == .recordioTooLarge)
        #expect(error("67108864\n")?.code == .recordioTruncated)
    }

    @Test(
        "an end inside a record or its length is truncated, an end between records is not",
        arguments: ["5\nabcd", "5\n", "5", "1\na5"]
    )
    func truncated(text: String) {
        #expect(error(text)?.code == .recordioTruncated)
        #expect(error("1\na") == nil)
        #expect(error("") == nil)
    }

    @Test("an error stays: nothing after it is taken for a record")
    func staysInError() {
        var decoder = RecordIODecoder()
        decoder.feed(Array("x1\na".utf8))
        for _ in 0..<3 { #expect(throws: MesosError.self) { try decoder.next() } }
        decoder.feed(Array("1\na".utf8))
        #expect(throws: MesosError.self) { try decoder.next() }
        #expect(throws: MesosError.self) { try decoder.finish() }
    }

    @Test("an empty record is a record")
    func emptyRecord() throws {
        var decoder = RecordIODecoder()
        decoder.feed(Array("0\n1\na".utf8))
        #expect(try decoder.next() == [])
        #expect(try decoder.next() == [UInt8(ascii: "a")])
        #expect(try decoder.next() == nil)
    }

    @Test("records come out the same wherever the stream is cut")
    func anyCut() throws {
        for seed in 0..<50 as Range<UInt64> { try cut(seed: seed) }
    }

    private func cut(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let records: [[UInt8]] = (0..<20).map { _ in
            (0..<Int.random(in: 0...300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
        var rest = records.flatMap { Array("\($0.count)\n".utf8) + $0 }[...]
        var decoder = RecordIODecoder()
        var found: [[UInt8]] = []
        while !rest.isEmpty {
            let count = Int.random(in: 1...200, using: &random)
            decoder.feed(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
            // Now and then two chunks are fed before records are taken.
            if Bool.random(using: &random), !rest.isEmpty { continue }
            while let record = try decoder.next() { found.append(record) }
        }
        try decoder.finish()
        #expect(found == records, "seed \(seed)")
    }

    @Test("random bytes end in a named error or in records, never in a crash")
    func randomBytes() {
        for seed in 0..<200 as Range<UInt64> { decodeRandomBytes(seed: seed) }
    }

    private func decodeRandomBytes(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let alphabet = Array("0123456789\n\n\nab".utf8)
        var decoder = RecordIODecoder()
        do throws(MesosError) {
            for _ in 0..<50 {
                decoder.feed(
                    (0..<Int.random(in: 0...20, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0
                    }
                )
                while try decoder.next() != nil {}
            }
            try decoder.finish()
        } catch {
            #expect([.recordioBadLength, .recordioTooLarge, .recordioTruncated].contains(error.code), "seed \(seed)")
        }
    }
}
