import Cassandra
import Model
import Testing

@Suite("Whether one node's copy holds a whole keyspace")
struct ReplicationTests {
    private typealias Node = Replication.Node

    private static func nodes(_ places: (String?, String?)...) -> [Node] {
        places.map { Node(dataCenter: $0.0, rack: $0.1) }
    }

    private func simple(_ factor: Int) -> Replication {
        Replication(["class": "org.apache.cassandra.locator.SimpleStrategy", "replication_factor": "\(factor)"])
    }

    private func topology(_ factors: [String: String]) -> Replication {
        Replication(factors.merging(["class": "NetworkTopologyStrategy"]) { $1 })
    }

    private let own = Node(dataCenter: "dc1", rack: "r1")

    @Test("one replica on three nodes is a part: 61 of 200 rows, silently, were measured")
    func measured() {
        let peers = Self.nodes(("dc1", "r1"), ("dc1", "r1"))
        #expect(simple(1).isComplete(on: own, among: peers) == false)
        #expect(simple(2).isComplete(on: own, among: peers) == false)
        #expect(simple(3).isComplete(on: own, among: peers) == true)
        #expect(simple(1).isComplete(on: own, among: []) == true)
    }

    @Test("as many replicas as nodes in its data centre are whole, whatever there is in others")
    func dataCentres() {
        let peers = Self.nodes(("dc1", "r1"), ("dc2", "r1"), ("dc2", "r1"))
        #expect(topology(["dc1": "2", "dc2": "1"]).isComplete(on: own, among: peers) == true)
        #expect(topology(["dc1": "1", "dc2": "2"]).isComplete(on: own, among: peers) == false)
        #expect(topology(["dc2": "2"]).isComplete(on: own, among: peers) == false)
        #expect(topology(["dc1": "2/1"]).isComplete(on: own, among: peers) == true)
    }

    @Test("a node that is alone in its rack is whole when every rack has a replica")
    func racks() {
        let peers = Self.nodes(("dc1", "r2"), ("dc1", "r3"), ("dc1", "r3"))
        #expect(topology(["dc1": "3"]).isComplete(on: own, among: peers) == true)
        #expect(topology(["dc1": "2"]).isComplete(on: own, among: peers) == false)
        let crowded = Self.nodes(("dc1", "r1"), ("dc1", "r2"), ("dc1", "r3"))
        #expect(topology(["dc1": "3"]).isComplete(on: own, among: crowded) == false)
        let oneRack = Self.nodes(("dc1", "r1"), ("dc1", "r1"))
        #expect(topology(["dc1": "1"]).isComplete(on: own, among: oneRack) == false)
    }

    @Test("what cannot be told is not guessed")
    func unknown() {
        #expect(topology(["dc1": "1"]).isComplete(on: own, among: Self.nodes((nil, "r1"))) == nil)
        #expect(topology(["dc1": "1"]).isComplete(on: own, among: Self.nodes(("dc1", nil))) == nil)
        #expect(Replication(["class": "com.example.Own"]).isComplete(on: own, among: []) == nil)
        #expect(Replication([:]).isComplete(on: own, among: []) == nil)
        #expect(Replication(["class": "SimpleStrategy"]).isComplete(on: own, among: []) == nil)
    }

    @Test(
        "copies of some nodes are whole where fewer nodes are missing than there are replicas",
        arguments: [
            // replicas, nodes, copies, whole
            (1, 3, 3, true), (1, 3, 2, false), (2, 3, 2, true), (2, 3, 1, false), (3, 3, 1, true), (2, 4, 2, false),
            (3, 5, 3, true), (3, 5, 2, false), (1, 2, 2, true), (1, 2, 16, true),
        ]
    )
    func copies(_ factor: Int, _ nodes: Int, _ copies: Int, _ isWhole: Bool) {
        let peers = Array(repeating: own, count: nodes - 1)
        #expect(simple(factor).isComplete(on: own, among: peers, copies: copies) == isWhole)
        #expect(topology(["dc1": "\(factor)"]).isComplete(on: own, among: peers, copies: copies) == isWhole)
        let elsewhere = peers + [Node(dataCenter: "dc2", rack: "r1")]
        #expect(topology(["dc1": "\(factor)"]).isComplete(on: own, among: elsewhere, copies: copies) == isWhole)
        #expect(topology(["dc2": "9"]).isComplete(on: own, among: elsewhere, copies: copies) == false)
    }

    @Test("what more than one copy holds of racks cannot be told")
    func copiesOfRacks() {
        let peers = Self.nodes(("dc1", "r2"), ("dc1", "r3"), ("dc1", "r3"))
        #expect(topology(["dc1": "2"]).isComplete(on: own, among: peers, copies: 2) == nil)
        #expect(topology(["dc1": "3"]).isComplete(on: own, among: peers, copies: 2) == true)
        let unplaced = Self.nodes(("dc1", nil), ("dc1", "r1"), ("dc1", "r1"))
        #expect(topology(["dc1": "2"]).isComplete(on: own, among: unplaced, copies: 2) == nil)
        #expect(topology(["dc1": "2"]).isComplete(on: own, among: unplaced, copies: 3) == true)
        #expect(topology(["dc1": "1"]).isComplete(on: own, among: Self.nodes((nil, nil)), copies: 2) == nil)
    }

    @Test("is told in a word or two")
    func words() {
        #expect(simple(2).words == "SimpleStrategy 2")
        #expect(topology(["dc2": "2", "dc1": "3"]).words == "dc1 3, dc2 2")
        #expect(Replication(["class": "org.apache.cassandra.locator.LocalStrategy"]).isLocal)
    }
}

@Suite("The statements that make a copy another database")
struct SealStatementsTests {
    @Test(
        "the name is written before the ring is forgotten: that puts it on the disk",
        arguments: CassandraVersion.allCases
    )
    func identity(_ version: CassandraVersion) {
        let statements = SealStatements(version).identity(clusterName: "ci-a'b", hostID: "0-0")
        #expect(
            statements.first
                == "UPDATE system.local SET cluster_name = 'ci-a''b', host_id = 0-0 WHERE key = 'local'"
        )
        #expect(statements.dropFirst().allSatisfy { $0.hasPrefix("TRUNCATE system.") })
        #expect(statements.contains("TRUNCATE system.peers"))
        #expect(statements.contains("TRUNCATE system.peers_v2") == (version >= .v4_0))
        #expect(statements.contains("TRUNCATE system.hints") == (version < .v3_0))
    }

    @Test("2.1 knows users, all others roles")
    func logins() {
        let role = BootOrder.Role(name: "ci_a", saltedHash: "$2a$04$x")
        #expect(SealStatements(.v2_1).admit(role).count == 2)
        #expect(SealStatements(.v2_1).admit(role).allSatisfy { !$0.contains("roles") })
        #expect(SealStatements(.v2_2).admit(role).count == 1)
        #expect(SealStatements(.v5_0).lock("o'h").hasSuffix("SET can_login = false WHERE role = 'o''h'"))
        #expect(SealStatements(.v3_11).members(in: "system.peers").contains("rpc_address"))
        #expect(SealStatements(.v4_0).members(in: "system.peers_v2").contains("native_address"))
    }
}
