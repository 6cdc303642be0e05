import Cassandra
import Testing

@Suite("Why Cassandra does not start, in its own words")
struct CassandraComplaintTests {
    @Test(
        "names the setting, and what the copy says it should be",
        arguments: [
            (
                "ERROR [main] 2026-11-25 - Saved cluster name prod-cluster != configured name Test Cluster",
                "cassandra.clusterName", "prod-cluster"
            ),
            (
                "Cannot start node if snitch's data center (datacenter1) differs from previous data center (dc1). Please",
                "cassandra.dataCenter", "dc1"
            ),
            ("Cannot start node if snitch's rack (rack1) differs from previous rack (r (1)", "cassandra.rack", "r (1"),
            ("Cannot change the number of tokens from 16 to 256", "cassandra.numTokens", "16"),
        ]
    )
    func settings(_ line: String, _ setting: String, _ saved: String) throws {
        let complaint = try #require(CassandraComplaint(line: line))
        #expect(complaint.kind == .setting(setting, shouldBe: saved))
        #expect(complaint.message.contains(setting) && complaint.message.hasSuffix("the copy says \(saved)"))
    }

    @Test(
        "is recognised where it is no setting's",
        arguments: [
            "java.lang.RuntimeException: Unable to gossip with any peers",
            "partitioner org.apache.cassandra.dht.Murmur3Partitioner does not match system partitioner Random",
            "This node was decommissioned and will not rejoin the ring unless cassandra.override_decommission=true",
            "java.net.BindException: Address already in use",
        ]
    )
    func others(_ line: String) throws {
        #expect(try #require(CassandraComplaint(line: line)).kind == .other)
    }

    @Test("is recognised where a ring leaves a node out, which ends no boot")
    func sameToken() throws {
        let line = "INFO Nodes /10.0.0.2 and /10.0.0.1 have the same token -3.  Ignoring /10.0.0.2"
        let complaint = try #require(CassandraComplaint(line: line))
        #expect(complaint.kind == .sameToken)
        #expect(complaint.message == "/10.0.0.2 and /10.0.0.1 have a token in common")
    }

    @Test(
        "is not heard where there is none",
        arguments: ["", "INFO Starting listening for CQL clients", "Saved cluster name x", "rack (a) differs", "("]
    )
    func none(_ line: String) {
        #expect(CassandraComplaint(line: line) == nil)
    }
}
