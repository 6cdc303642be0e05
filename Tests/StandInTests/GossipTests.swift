import CQLClient
import Testing

@testable import StandIn

@Suite("The stand-in's gossip", .timeLimit(.minutes(6)))
struct GossipTests {
    /// Serves at an address of loopback, as a node that knows 127.0.0.3 by its `system.peers`.
    private func sending(
        from host: String,
        _ port: UInt16,
        name: String = "guestbook",
        options: String = "",
        seeds: [String] = [],
        _ body: () async throws -> Void
    ) async throws {
        let sender = try Home(StandInIdentity(clusterName: name))
        try await sender.serving({ $0.identity.clusterName = name }) { client in
            _ = try Home.connect(client).query(
                "INSERT INTO system.peers (peer, data_center, rack) VALUES ('127.0.0.3', 'datacenter1', 'rack1')"
            )
        }
        try await sender.serving {
            $0.identity.clusterName = name
            $0.host = host
            $0.storagePort = port
            $0.options = options
            $0.seeds = seeds
        } _: { _ in
            try await body()
        }
    }

    private static let isolated = "-Dcassandra.load_ring_state=false -Dcassandra.allow_unsafe_join=true"

    /// Serves at 127.0.0.3.
    private func receiving(_ port: UInt16, _ body: (Home) async throws -> Void) async throws {
        let receiver = try Home()
        try await receiver.serving {
            $0.host = "127.0.0.3"
            $0.storagePort = port
        } _: { _ in
            try await body(receiver)
        }
    }

    @Test("a node speaks to the peers that its data name, and they count and log it")
    func peers() async throws {
        try await receiving(27_901) { receiver in
            try await sending(from: "127.0.0.2", 27_901) {
                try await receiver.expect("gossip from /127.0.0.2, host id ")
                try await receiver.expect(", 2 datagrams")
            }
        }
    }

    @Test("a node of another name is told apart, as Cassandra does")
    func mismatch() async throws {
        try await receiving(27_902) { receiver in
            try await sending(from: "127.0.0.2", 27_902, name: "ci-123") {
                try await receiver.expect("ClusterName mismatch from /127.0.0.2 ci-123!=guestbook")
            }
        }
    }

    @Test("without its ring's state a node still asks those whom its data name, once: is its address taken?")
    func shadowRound() async throws {
        try await receiving(27_904) { receiver in
            try await sending(from: "127.0.0.2", 27_904, options: "-Dcassandra.load_ring_state=false") {
                try await receiver.expect("gossip from /127.0.0.2, host id ")
                // Nobody has learnt of it by its question, or it would go on by now.
                try await sending(from: "127.0.0.4", 27_904) { try await receiver.expect(", 4 datagrams") }
            }
            let asked = receiver.lines.filter { $0.contains("127.0.0.2") }
            #expect(asked.count == 1, "\(asked)")
        }
    }

    @Test("without its ring's state, and without that question, a node speaks to nobody, while another is heard twice")
    func silent() async throws {
        try await receiving(27_903) { receiver in
            try await sending(from: "127.0.0.2", 27_903, options: Self.isolated, seeds: ["127.0.0.2"]) {
                try await sending(from: "127.0.0.4", 27_903) { try await receiver.expect(", 2 datagrams") }
            }
            #expect(!receiver.lines.contains { $0.contains("127.0.0.2") })
        }
    }
}
