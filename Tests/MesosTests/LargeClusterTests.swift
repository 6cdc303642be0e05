import Model
import Testing

@testable import Mesos

/// A master puts all agents of one allocation into one event; clients that hold 4 MiB at most never come back from it.
@Suite("Large clusters", .timeLimit(.minutes(6)))
struct LargeClusterTests {
    private static let agents = 2_000
    /// As one read of a socket brings them.
    private static let chunkBytes = 16_384

    private func scalar(_ name: String, _ value: Double) -> WireMessage {
        WireMessage().with(1, name).with(2, 0).with(3, WireMessage().with(1, value)).with(
            11,
            WireMessage().with(1, "r")
        )
    }

    private func offer(_ number: Int) -> WireMessage {
        var offer = WireMessage().with(1, value: "master-O\(number)").with(2, value: "F").with(
            3,
            value: "master-S\(number)"
        )
        .with(4, "agent-\(number)").with(5, scalar("cpus", 4)).with(5, scalar("mem", Double(number)))
        for name in ["px", "px_tier", "rack", "os"] {
            offer = offer.with(7, WireMessage().with(1, name).with(2, 3).with(5, value: "\(name)-\(number % 40)"))
        }
        // Brings it to the 640 bytes that a real offer has.
        return offer.with(7, WireMessage().with(1, "pad").with(2, 3).with(5, value: String(repeating: "x", count: 280)))
    }

    private func steps() -> [FakeMaster.Step] {
        let event = WireMessage().with(1, 2)
            .with(3, .bytes((0..<Self.agents).flatMap { WireMessage().with(1, offer($0)).bytes })).bytes
        let framed = Array("\(event.count)\n".utf8) + event
        return stride(from: 0, to: framed.count, by: Self.chunkBytes).map {
            .bytes(Array(framed[$0..<min($0 + Self.chunkBytes, framed.count)]))
        }
    }

    @Test("one event with 2,000 agents arrives whole, and is declined in one call")
    func oneEvent() async throws {
        let harness = try ClientHarness([.stream([.subscribed()] + steps() + [.heartbeat, .end]), .answer(202)])
        let client = harness.client
        let result = await harness.run { event in
            guard case .event(.offers(let offers, _)) = event else { return }
            let answer = await client.send(.decline(offers: offers.map(\.id), refuse: .seconds(120)))
            guard case .done = answer else {
                Issue.record("DECLINE was not accepted")
                return
            }
        }
        let found = result.events.compactMap {
            if case .event(.offers(let offers, let bad)) = $0 { (offers, bad) } else { nil }
        }
        let (offers, undecodable) = try #require(found.first)
        #expect(found.count == 1 && undecodable.isEmpty && offers.count == Self.agents)
        for (number, offer) in offers.enumerated() {
            #expect(offer.id.value == "master-O\(number)" && offer.agentID.value == "master-S\(number)")
            #expect(offer.resources.last?.value == .scalar(thousandths: Int64(number) * 1_000))
            #expect(offer.attributes.count == 5)
        }
        #expect(result.events.contains(.event(.heartbeat)))
        let decline = try #require(harness.master.requests.last.flatMap { WireMessage($0.body) })
        #expect(decline.number(2) == 4)
        #expect(decline.message(5)?.messages(1).compactMap { $0.text(1) } == offers.map(\.id.value))
    }

    @Test("the decoder holds nothing between two records, however large the last one was")
    func nothingHeld() throws {
        var decoder = RecordIODecoder()
        decoder.feed(Array("\(1 << 21)\n".utf8) + [UInt8](repeating: 7, count: 1 << 21))
        #expect(try decoder.next()?.count == 1 << 21)
        #expect(try decoder.next() == nil)
        #expect(decoder.heldBytes == 0)
    }

    @Test("a record's room is taken once, at the length that its line announces")
    func growsOnce() throws {
        var decoder = RecordIODecoder()
        decoder.feed(Array("1000000\n".utf8) + [1])
        #expect(try decoder.next() == nil)
        let room = decoder.heldBytes
        #expect(room >= 1_000_000 && room < 1_100_000)
        decoder.feed([UInt8](repeating: 1, count: 500_000))
        #expect(try decoder.next() == nil)
        #expect(decoder.heldBytes == room)
    }
}
