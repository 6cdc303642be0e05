import FoundationEssentials
import SeededRandom
import Testing

@testable import API

@Suite("The strict JSON parser")
struct JSONTreeParserTests {
    @Test("reads every kind of value")
    func kinds() throws {
        let text = #" { "a" : [1, -0.5e+3, true, false, null] , "b":"\u00e9\ud83d\ude00\n\/", "":{} } "#
        let tree = try JSONTreeParser.parse(Array(text.utf8))
        #expect(
            tree
                == .object([
                    .init(
                        name: "a",
                        value: .array([.number("1"), .number("-0.5e+3"), .bool(true), .bool(false), .null])
                    ),
                    .init(name: "b", value: .string("é😀\n/")),
                    .init(name: "", value: .object([])),
                ])
        )
    }

    @Test(
        "refuses what is nearly JSON",
        arguments: [
            "", " ", "{", "}", "[1,]", "[1 2]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "{'a':1}", "nul", "truee", "01",
            "1.", ".5", "+1", "1e", "-", "NaN", "\"a", "\"\\x\"", "\"\\u12\"", "\"\\u+123\"", "\"\\ud800\"",
            "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"a\nb\"", "1 2", "{} x", "\u{FEFF}{}", "/* */ 1", "[1", "{\"a\":",
        ]
    )
    func nearly(_ text: String) {
        #expect(throws: APIError.self) { try JSONTreeParser.parse(Array(text.utf8)) }
    }

    @Test("refuses strings that are not UTF-8")
    func notUTF8() {
        for bytes: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82]] {
            #expect(throws: APIError.self) { try JSONTreeParser.parse([0x22] + bytes + [0x22]) }
        }
    }

    @Test("refuses a name that appears twice, also when it is written in two ways")
    func twice() throws {
        let error = #expect(throws: APIError.self) {
            try JSONTreeParser.parse(Array("{\"source\":\"a\",\n \"sourc\\u0065\":\"b\"}".utf8))
        }
        #expect(error?.code == .badJSON)
        #expect(error?.message == "the name \"source\" appears twice, at line 2, column 2 (byte 16)")
    }

    @Test("refuses depth and number beyond its bounds, not within")
    func bounds() throws {
        let deepest = JSONTreeParser.nestingMax
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        _ = try JSONTreeParser.parse(nested(deepest))
        #expect(throws: APIError.self) { try JSONTreeParser.parse(nested(deepest + 1)) }
        #expect(throws: APIError.self) { try JSONTreeParser.parse(Array(repeating: UInt8(ascii: "["), count: 200_000)) }
        func many(_ count: Int) -> [UInt8] {
            Array(("[" + Array(repeating: "0", count: count).joined(separator: ",") + "]").utf8)
        }
        _ = try JSONTreeParser.parse(many(JSONTreeParser.valuesMax - 1))
        #expect(throws: APIError.self) { try JSONTreeParser.parse(many(JSONTreeParser.valuesMax)) }
    }

    private static let seed = #"""
        {"key":"k1","source":"guestbook","suite":{"image":"a/b:1","command":"x \u00e9\\ \"y\"","env":{"A":"b"},
        "cpus":0.5e0,"memoryMB":128},"lease":"1h","priority":-3,"none":null,"yes":[true,false,[],{}]}
        """#

    @Test("answers any bytes without a crash, and takes nothing that Foundation does not take", arguments: 0..<8)
    func fuzz(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let alphabet = Array(#"{}[]",:\u0123456789.eE+-tfn"#.utf8) + [0x00, 0x0A, 0x20, 0x7F, 0xC3, 0xA9, 0xED, 0xFF]
        for _ in 0..<1_500 {
            var bytes = Array(Self.seed.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                let byte = alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = byte
                case 1: bytes.insert(byte, at: place)
                case 2: bytes.remove(at: place)
                default: bytes.removeSubrange(place..<min(bytes.count, place + 9))
                }
                if bytes.isEmpty { bytes = [byte] }
            }
            // Only whether it is taken matters here.
            guard (try? JSONTreeParser.parse(bytes)) != nil else { continue }
            #expect(throws: Never.self, "seed \(seed): \(String(decoding: bytes, as: UTF8.self))") {
                try JSONDecoder().decode(Anything.self, from: Data(bytes))
            }
        }
    }

    @Test("answers random requests without a crash", arguments: 100..<104)
    func fuzzRequests(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<1_000 {
            let count = Int.random(in: 0..<64, using: &random)
            let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            #expect(throws: APIError.self) { try RunRequest.read(bytes) }
        }
    }
}

/// Takes any JSON.
private enum Anything: Decodable {
    case list([Anything])
    case object([String: Anything])
    case plain

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // One of these fits any value; which one does not matter.
        if let list = try? container.decode([Anything].self) {
            self = .list(list)
        } else if let object = try? container.decode([String: Anything].self) {
            self = .object(object)
        } else {
            self = .plain
        }
    }
}
