import CQL
import SeededRandom
import Testing

@Suite("CQL values")
struct ValueTests {
    private static let uuid = CQLUUID("550e8400-e29b-41d4-a716-446655440000")

    @Test("values are read as they were written")
    func roundTrip() throws {
        let uuid = try #require(Self.uuid)
        let values: [(CQLValue, DataType)] = [
            (.text("Zoë 名前 \u{1F480}"), .simple(.text)), (.text("Ada"), .simple(.ascii)),
            (.bigint(.min), .simple(.bigint)), (.blob([0, 255]), .simple(.blob)), (.boolean(true), .simple(.boolean)),
            (.double(-0.5), .simple(.double)),
            (.float(1.5), .simple(.float)), (.int(-7), .simple(.int)), (.timestamp(-1), .simple(.timestamp)),
            (.uuid(uuid), .simple(.uuid)), (.inet([127, 0, 0, 1]), .simple(.inet)), (.date(1 << 31), .simple(.date)),
            (.smallint(-2), .simple(.smallint)), (.tinyint(-3), .simple(.tinyint)), (.text(""), .simple(.text)),
            (.list([.int(1), .int(1)]), .list(.simple(.int))), (.set([.text("a")]), .set(.simple(.text))),
            (.map([.init(.text("class"), .text("SimpleStrategy"))]), .map(.simple(.text), .simple(.text))),
            (.list([.set([.int(4)])]), .list(.set(.simple(.int)))),
        ]
        for (value, type) in values { #expect(try CQLValue(value.bytes, type) == value, "\(type.name)") }
    }

    @Test("what is not of its type is refused")
    func refused() {
        let bad: [([UInt8], DataType)] = [
            ([0xFF], .simple(.text)), ([0x80], .simple(.ascii)), ([1, 2, 3], .simple(.int)), ([], .simple(.bigint)),
            ([1], .simple(.uuid)), (Array(repeating: 0, count: 16), .simple(.timeuuid)), ([1, 2], .simple(.inet)),
            ([0, 0, 0, 9], .list(.simple(.int))), ([0xFF, 0xFF, 0xFF, 0xFF], .set(.simple(.int))),
            ([0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF], .list(.simple(.int))), ([1, 0], .simple(.boolean)),
        ]
        for (bytes, type) in bad { #expect(throws: CQLError.self, "\(type.name)") { try CQLValue(bytes, type) } }
    }

    @Test("bytes by chance are a value that can be written again, or an error")
    func noise() throws {
        var messages = RandomMessages(seed: 11)
        for _ in 0..<20_000 {
            let type = messages.type()
            let bytes = (0..<Int.random(in: 0...24, using: &messages.random)).map { _ in
                UInt8.random(in: 0...3, using: &messages.random)
            }
            guard let value = try? CQLValue(bytes, type) else { continue }
            // A boolean is true in 255 ways; what was read is what counts.
            #expect(try CQLValue(value.bytes, type) == value)
        }
    }

    @Test("a UUID is read in either case, and written in lower")
    func uuids() throws {
        let text = "550E8400-E29B-41D4-A716-446655440000"
        #expect(CQLUUID(text)?.description == text.lowercased())
        for bad in ["", "550e8400", "550e8400-e29b-41d4-a716-44665544000g", "550e8400e29b-41d4-a716-4466554400000-"] {
            #expect(CQLUUID(bad) == nil)
        }
        var random = SplitMix64(seed: 1)
        let chance = CQLUUID(random: &random)
        #expect(chance.version == 4)
        #expect(CQLUUID(chance.description) == chance)
        let timed = CQLUUID(ticks: 0x123_4567_89AB_CDEF, sequence: 0x3FFF, node: 0xFFFF_FFFF_FFFF)
        #expect(timed.version == 1)
        #expect(timed.ticks == 0x123_4567_89AB_CDEF)
        #expect(timed.description == "89abcdef-4567-1123-bfff-ffffffffffff")
    }
}
