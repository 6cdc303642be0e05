import CQL
import SeededRandom
import Testing

@testable import StandIn

@Suite("The stand-in's datagrams")
struct GossipMessageTests {
    /// As large as one can be.
    private func largest() throws -> GossipMessage {
        var member = try RingMember.sample("255.255.255.255")
        member.tokens = Set((0..<Int64(StandInIdentity.tokenCounts.upperBound)).map { .min + $0 })
        let name = String(repeating: "é", count: 127)
        member.dataCenter = name
        member.rack = name
        let addresses = try (100..<164).map { try #require(IPv4Address("223.255.255.\($0)")) }
        return GossipMessage(clusterName: name, content: .member(member, heardFrom: addresses))
    }

    @Test("what a node says is what another reads, up to the most that there can be to say")
    func roundTrips() throws {
        let question = GossipMessage(clusterName: "a\u{301}'!=", content: .question(hostID: UUIDSource().random()))
        let alone = GossipMessage(clusterName: "a", content: .member(try .sample(), heardFrom: []))
        for message in [question, alone, try largest()] {
            #expect(GossipMessage(message.bytes) == message)
            #expect(message.bytes.count <= GossipMessage.bytesMax)
        }
    }

    @Test("a part of a member's is nothing, and neither is one with more behind it")
    func parts() throws {
        let address = try #require(IPv4Address("10.0.0.1"))
        let bytes = GossipMessage(clusterName: "a", content: .member(try .sample(), heardFrom: [address])).bytes
        for count in bytes.indices { #expect(GossipMessage(Array(bytes.prefix(count))) == nil) }
        for more in [[0x0A], [0x61], [0xFF], [UInt8](repeating: 0x0A, count: 60_000)] {
            #expect(GossipMessage(bytes + more) == nil)
        }
        let question = GossipMessage(clusterName: "a", content: .question(hostID: UUIDSource().random())).bytes
        for count in question.indices { #expect(GossipMessage(Array(question.prefix(count))) == nil) }
        #expect(GossipMessage(question + [0xFF]) == nil)
        #expect(GossipMessage(question + [0x0A]) == nil)
        #expect(GossipMessage(question + [UInt8](repeating: 0x61, count: 255)) == nil)
    }

    /// By a line's number, what it cannot be.
    private static let wrong: [(Int, [String])] = [
        (0, ["", "understudy stand-in gossip 1", "understudy stand-in gossip 3"]),
        (1, ["", "1", "550e8400-e29b-41d4-a716-44665544000g"]),
        (2, ["", "a\tb", "a\r", String(repeating: "a", count: 256), "a\nb"]),
        (3, ["", "localhost", "::1", "127.0.0", "127.0.0.256", "1.1.1.1.1", "1.1.1.01", "+1.0.0.1", "1.1.1.1 "]),
        (4, ["", "a", "10.0.0.-1"]),
        (5, ["", "\u{0}"]),
        (6, ["", String(repeating: "a", count: 256)]),
        (7, ["", "\u{7}"]),
        (8, ["", "a"]),
        (9, [",", "10.0.0.1,", "10.0.0.1,,10.0.0.2", "0.0.0.0", "239.0.0.1", "1.1.1.1 1.1.1.2"]),
        (10, ["", ",", "1,", "1,1", "x", "+1", "01", "1.0", "9223372036854775808", "1 ,2"]),
        (11, ["a"]),
    ]

    /// A message with another text in one of its lines.
    private func changed(_ place: Int, _ text: String) throws -> [UInt8] {
        let message = GossipMessage(clusterName: "a", content: .member(try .sample(), heardFrom: []))
        let written = String(decoding: message.bytes, as: UTF8.self)
        var lines = written.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        try #require(lines.count == 12)
        lines[place] = text
        return Array(lines.joined(separator: "\n").utf8)
    }

    @Test("one line that is wrong makes it nothing", arguments: wrong)
    func wrongLines(place: Int, texts: [String]) throws {
        for text in texts {
            #expect(GossipMessage(try changed(place, text)) == nil, "\(text.debugDescription)")
        }
    }

    @Test("more addresses or tokens than there may be make it nothing, and as many do not")
    func tooMany() throws {
        func list(_ count: Int, _ start: String = "") -> String {
            (1...count).map { start + String($0) }.joined(separator: ",")
        }
        for (place, start, most) in [(9, "1.1.1.", 64), (10, "", 1_536)] {
            #expect(GossipMessage(try changed(place, list(most, start))) != nil)
            #expect(GossipMessage(try changed(place, list(most + 1, start))) == nil)
        }
    }

    @Test("bytes by chance are a message or nothing, never a crash")
    func noise() throws {
        let address = try #require(IPv4Address("10.0.0.1"))
        let bytes = GossipMessage(clusterName: "a", content: .member(try .sample(), heardFrom: [address])).bytes
        var random = SplitMix64(seed: 3)
        var readable = 0
        for _ in 0..<20_000 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                changed[Int.random(in: 0..<changed.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            guard let message = GossipMessage(changed) else { continue }
            readable += 1
            #expect(GossipMessage(message.bytes) == message)
        }
        #expect((100..<19_900).contains(readable), "\(readable)")
    }
}
