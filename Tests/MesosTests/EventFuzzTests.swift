import Mesos
import Model
import SeededRandom
import Testing

@Suite("Event fuzzing")
struct EventFuzzTests {
    /// One record of each kind that was recorded, the larger ones among them.
    private func records() throws -> [[UInt8]] {
        var found: [[UInt8]] = []
        for recording in Recording.all(".events.jsonl") {
            var decoder = RecordIODecoder()
            decoder.feed(try recording.response().body)
            while let record = try decoder.next() { found.append(record) }
        }
        return found
    }

    /// True when it decoded; any other error than ours is let through, and fails the test.
    private func decodes(_ record: [UInt8]) -> Bool {
        do throws(MesosError) {
            _ = try SchedulerEvent(record: record)
            return true
        } catch {
            #expect([.malformed, .missingField, .badValue].contains(error.code))
            return false
        }
    }

    @Test("a truncated event is an error or another event, never a crash")
    func truncated() throws {
        var random = SplitMix64(seed: 1)
        for record in try records() where record.count > 2 {
            for _ in 0..<20 { _ = decodes(Array(record.prefix(Int.random(in: 0..<record.count, using: &random)))) }
        }
    }

    @Test("an event with changed bytes is an error or another event, never a crash")
    func mutated() throws {
        let all = try records()
        for seed in 0..<40 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            for record in all {
                var copy = record
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    let place = Int.random(in: 0..<copy.count, using: &random)
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: copy[place] = UInt8.random(in: 0...255, using: &random)
                    case 1: copy[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                    case 2: copy.insert(UInt8.random(in: 0...255, using: &random), at: place)
                    default: if copy.count > 1 { copy.remove(at: place) }
                    }
                }
                _ = decodes(copy)
            }
        }
    }

    @Test("random bytes behind every type are an error or an event, never a crash")
    func random() {
        var random = SplitMix64(seed: 3)
        for round in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                // Small bytes are likely tags and lengths, so that decoding gets somewhere.
                UInt8.random(in: 0...(Bool.random(using: &random) ? 0x2f : 0xff), using: &random)
            }
            _ = decodes([0x08, UInt8(round % 13)] + bytes)
        }
    }

    @Test("an event with millions of empty offers is read up to a limit, and says so once")
    func endlessOffers() throws {
        let list = (0..<1_000_000).flatMap { _ in [0x0a, 0x00] as [UInt8] }
        let record = WireMessage().with(1, 2).with(3, .bytes(list)).bytes
        guard case .offers(let good, let undecodable) = try SchedulerEvent(record: record) else {
            throw CancellationError()
        }
        #expect(good.isEmpty && undecodable.count == 250_001)
        #expect(undecodable.last?.fault.code == "mesos.bad_value")
    }

    @Test("a few bytes that ask for much memory are refused, not served")
    func amplification() throws {
        // Two bytes on the wire are a struct of a hundred in memory.
        let resource = WireMessage().with(1, "cpus").with(2, 0).with(3, WireMessage().with(1, 1.0)).bytes
        let reservations = (0..<500_000).flatMap { _ in [0x6a, 0x00] as [UInt8] }
        let offer = WireMessage().with(1, value: "o").with(2, value: "F").with(3, value: "S").with(4, "h")
            .with(5, .bytes(resource + reservations))
        let record = WireMessage().with(1, 2).with(3, WireMessage().with(1, offer)).bytes
        guard case .offers(let good, let undecodable) = try SchedulerEvent(record: record) else {
            throw CancellationError()
        }
        #expect(good.isEmpty)
        #expect(undecodable.map { $0.id?.value } == ["o"])
    }
}
