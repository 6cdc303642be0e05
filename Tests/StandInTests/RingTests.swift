import CQLClient
import Testing

@testable import StandIn

@Suite("A ring of stand-ins", .timeLimit(.minutes(6)))
struct RingTests {
    /// Serves a home at each address of loopback from 127.0.0.1 on, with the first for their seed.
    private func serving(
        _ homes: [Home],
        _ port: UInt16,
        names: [String] = [],
        clients: [CQLConnection] = [],
        _ body: ([CQLConnection]) async throws -> Void
    ) async throws {
        let place = clients.count
        guard place < homes.count else { return try await body(clients) }
        let host = "127.0.0.\(place + 1)"
        try await homes[place].serving {
            $0.identity.clusterName = place < names.count ? names[place] : "guestbook"
            $0.host = host
            $0.storagePort = port
            $0.seeds = ["127.0.0.1"]
        } _: { client in
            let clients = clients + [try Home.connect(client, host: host)]
            try await serving(homes, port, names: names, clients: clients, body)
        }
    }

    private static let columns = "rpc_address, data_center, rack, host_id, release_version, schema_version, tokens"

    /// A row for each, as its peers should have it.
    private func locals(_ clients: [CQLConnection]) throws -> [[String]] {
        try clients.flatMap { try $0.rows("SELECT broadcast_address, \(Self.columns) FROM system.local") }
    }

    private func peers(_ client: CQLConnection) throws -> [[String]] {
        try client.rows("SELECT peer, \(Self.columns) FROM system.peers").sorted { $0[0] < $1[0] }
    }

    private func peerAddresses(_ client: CQLConnection) throws -> [String] { try peers(client).map { $0[0] } }

    @Test("nodes that know nobody but their seed find each other, and name each other to clients")
    func three() async throws {
        try await serving([try Home(), try Home(), try Home()], 16_910) { clients in
            func isKnown() throws -> Bool {
                let locals = try locals(clients)
                return try clients.indices.allSatisfy { place in
                    try peers(clients[place]) == locals.indices.filter { $0 != place }.map { locals[$0] }
                }
            }
            try await Home.until("each names the two others") { try isKnown() }
            #expect(Set(try locals(clients).map { $0[6] }).count == 1, "one schema, one version")
            // A definition stays where it was made; that it is another schema is told.
            let create = "CREATE KEYSPACE g WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"
            _ = try clients[1].query(create)
            #expect(Set(try locals(clients).map { $0[6] }).count == 2)
            try await Home.until("each knows of the other schema") { try isKnown() }
            _ = try clients[2].query(create)
            _ = try clients[0].query(create)
            #expect(Set(try locals(clients).map { $0[6] }).count == 1)
        }
    }

    @Test("a member that comes back is known again, and remembers the others without their seed")
    func comesBack() async throws {
        let (first, second) = (try Home(), try Home())
        try await serving([first, second], 16_911) { clients in
            try await Home.until("they know each other") { try clients.allSatisfy { try peers($0).count == 1 } }
        }
        try await second.serving {
            $0.host = "127.0.0.2"
            $0.storagePort = 16_911
        } _: { _ in
            try await serving([first], 16_911) { _ in try await first.expect("gossip from /127.0.0.2, host id ") }
        }
    }

    @Test("a node of another cluster is logged as that, and neither learnt nor spoken to")
    func otherName() async throws {
        let homes = [try Home(), try Home(), try Home(StandInIdentity(clusterName: "ci-9"))]
        try await serving(homes, 16_912, names: ["guestbook", "guestbook", "ci-9"]) { clients in
            try await homes[0].expect("ClusterName mismatch from /127.0.0.3 ci-9!=guestbook, 4 datagrams")
            try await Home.until("the others are a ring") { try peerAddresses(clients[1]) == ["'127.0.0.1'"] }
            #expect(try peerAddresses(clients[0]) == ["'127.0.0.2'"])
            #expect(try peerAddresses(clients[2]) == [])
            #expect(!homes[2].lines.contains { $0.contains("mismatch") || $0.contains("gossip from") })
            #expect(!homes[0].lines.contains { $0.contains("gossip from /127.0.0.1") }, "it is its own seed")
        }
    }

    @Test("who has a host id or a token of another's is refused in Cassandra's words, once", arguments: [true, false])
    func refused(hasSameID: Bool) async throws {
        let (home, other) = (try Home(), try Home())
        let twin = try Home(copyOf: home)
        if !hasSameID {
            try await twin.serving { port in
                _ = try Home.connect(port).query("UPDATE system.local SET host_id = uuid() WHERE key = 'local'")
            }
        }
        try await serving([home, other, twin], hasSameID ? 16_913 : 16_914) { clients in
            let locals = try locals(clients)
            func words(_ own: String, _ other: String) -> String {
                hasSameID
                    ? "Host ID collision for \(locals[0][4]) between /\(own) and /\(other)"
                    : "Nodes /\(own) and /\(other) have the same token"
            }
            try await home.expect(words("127.0.0.1", "127.0.0.3"))
            try await twin.expect(words("127.0.0.3", "127.0.0.1"))
            try await home.expect("gossip from /127.0.0.3, host id \(locals[2][4]), 4 datagrams")
            #expect(home.lines.count { $0.contains("127.0.0.3 have the") || $0.contains("and /127.0.0.3") } == 1)
            try await Home.until("the others are a ring") { try peerAddresses(clients[1]) == ["'127.0.0.1'"] }
            #expect(try peerAddresses(clients[0]) == ["'127.0.0.2'"])
            #expect(try peerAddresses(clients[2]) == [])
            #expect(!other.lines.contains { $0.contains("127.0.0.3") })
        }
    }

    @Test("datagrams of strangers end nothing: neither those that are none, nor a member's of places without a way to")
    func strangers() async throws {
        let homes = [try Home(), try Home()]
        let noWay = try #require(IPv4Address("192.0.2.1"))
        let member = try RingMember.sample()
        func said(_ member: RingMember) -> [UInt8] {
            GossipMessage(clusterName: "guestbook", content: .member(member, heardFrom: [noWay])).bytes
        }
        let (message, other) = (said(member), said(try .sample("127.0.0.78")))
        try await serving(homes, 16_915) { clients in
            let longest = [UInt8](repeating: 0x2C, count: 65_507)
            let padded = other + longest.dropLast(other.count)
            for bytes in [[], [0xFF], longest, padded, Array(other.dropLast()), message] {
                try Datagram.send(bytes, from: "127.0.0.99", to: "127.0.0.1", port: 16_915)
            }
            try await homes[0].expect("gossip from /127.0.0.99, host id \(member.hostID), 1 datagrams")
            try await Home.until("what is a member's is learnt") {
                try peerAddresses(clients[0]) == ["'127.0.0.2'", "'\(member.address)'"]
            }
            let id = try locals(clients)[0][4]
            try await homes[1].expect("gossip from /127.0.0.1, host id \(id), 4 datagrams")
            #expect(homes[0].lines.count { $0.contains("127.0.0.99") } == 1)
        }
    }
}
