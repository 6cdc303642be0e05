import Model
import Testing

@testable import Sealing

@Suite("What a node's table of peers says of its ring")
struct RingPeersTests {
    private let peers = RingPeers(others: ["10.0.0.7", "10.0.0.9"], schema: "s1", tokens: ["-1", "5"])

    private func row(
        _ address: String,
        _ token: String,
        _ change: (inout RingPeers.Row) -> Void = { _ in }
    ) -> RingPeers.Row {
        var row = RingPeers.Row(peer: address, clients: address, schema: "s1", tokens: [token])
        change(&row)
        return row
    }

    private func reason(_ rows: [RingPeers.Row]) -> String? {
        if case .apart(let why) = peers.judge(rows) { return why }
        return nil
    }

    @Test("all others, with this node's schema and other tokens, are together")
    func together() {
        #expect(peers.judge([row("10.0.0.9", "2"), row("10.0.0.7", "3")]) == .together)
    }

    @Test("who is not there yet, or has not told all of itself, is named")
    func apart() {
        #expect(reason([]) == "10.0.0.7 is missing")
        #expect(reason([row("10.0.0.7", "3")]) == "10.0.0.9 is missing")
        let first = row("10.0.0.7", "3")
        #expect(reason([first, row("10.0.0.9", "2") { $0.clients = nil }])?.hasPrefix("clients of 10.0.0.9") == true)
        #expect(reason([first, row("10.0.0.9", "2") { $0.clients = "10.0.0.7" }])?.hasSuffix("to 10.0.0.7") == true)
        #expect(reason([first, row("10.0.0.9", "2") { $0.tokens = [] }]) == "10.0.0.9 has no tokens yet")
    }

    @Test("another schema is named with both versions, and none is not the same")
    func schema() {
        let others = [row("10.0.0.7", "3"), row("10.0.0.9", "2") { $0.schema = "s2" }]
        #expect(reason(others) == "10.0.0.9 has schema s2, and this node has s1")
        #expect(reason([row("10.0.0.7", "3"), row("10.0.0.9", "2") { $0.schema = nil }])?.contains("none yet") == true)
        let young = RingPeers(others: ["10.0.0.7"], schema: nil, tokens: ["1"])
        #expect(young.judge([row("10.0.0.7", "3") { $0.schema = nil }]) != .together)
        let tokenless = RingPeers(others: ["10.0.0.7"], schema: "s1", tokens: [])
        #expect(tokenless.judge([row("10.0.0.7", "3")]) != .together)
    }

    @Test("a stranger counts before all others: where nodes are, and where clients are sent")
    func strangers() {
        let all = [row("10.0.0.7", "3"), row("10.0.0.9", "2")]
        #expect(peers.judge(all + [row("10.1.1.1", "4")]) == .stranger("10.1.1.1"))
        #expect(peers.judge([row("10.1.1.1", "5")]) == .stranger("10.1.1.1"))
        #expect(peers.judge([row("10.0.0.7", "3") { $0.clients = "10.1.1.1" }]) == .stranger("10.1.1.1"))
        #expect(RingPeers.stranger(among: all, []) == "10.0.0.7", "a ring of one knows nobody")
        #expect(RingPeers.stranger(among: [], []) == nil)
    }

    @Test("a token in common is a copy of this very node, whoever is missing")
    func twins() {
        #expect(peers.judge([row("10.0.0.9", "5")]) == .twin("10.0.0.9"))
    }

    @Test("a machine's own address is the one that packets leave with; nothing has to answer")
    func ownAddress() throws {
        #expect(try OwnAddress.facing("127.0.0.9", 7_000) == "127.0.0.1")
        #expect(throws: SealFailure.self) { try OwnAddress.facing("agent", 7_000) }
    }
}
