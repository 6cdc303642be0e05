import Cassandra
import Model
import Testing

@Suite("How a keyspace is spread over a ring of copies")
struct FittedReplicationTests {
    private static let simple3 = ["class": "org.apache.cassandra.locator.SimpleStrategy", "replication_factor": "3"]
    private static let topology = ["class": "NetworkTopologyStrategy", "dc'1": "3", "dc2": "2"]
    private static let one = "{'class': 'SimpleStrategy', 'replication_factor': 1}"

    @Test(
        "as production has it, as far as there are nodes; once it is so, it stays so",
        arguments: [
            (simple3, 1, one), (simple3, 2, "{'class': 'SimpleStrategy', 'replication_factor': 2}"),
            (simple3, 5, "{'class': 'SimpleStrategy', 'replication_factor': 3}"),
            (["class": "SimpleStrategy", "replication_factor": "0"], 2, one), (["class": "SimpleStrategy"], 2, one),
            (topology, 1, one), (topology, 2, "{'class': 'NetworkTopologyStrategy', 'dc''1': 2}"),
            (topology, 3, "{'class': 'NetworkTopologyStrategy', 'dc''1': 3}"),
            (["class": "NetworkTopologyStrategy", "dc2": "2"], 3, "{'class': 'NetworkTopologyStrategy', 'dc''1': 1}"),
            (["class": "NetworkTopologyStrategy", "dc'1": "0"], 3, "{'class': 'NetworkTopologyStrategy', 'dc''1': 1}"),
            (["class": "com.example.Own", "replication_factor": "3"], 3, one), ([:], 3, one),
            (["class": "LocalStrategy"], 3, "{'class': 'LocalStrategy'}"),
            (["class": "LocalStrategy"], 1, "{'class': 'LocalStrategy'}"),
            (["class": "EverywhereStrategy"], 2, "{'class': 'EverywhereStrategy'}"),
        ]
    )
    func fitted(_ options: [String: String], _ nodes: Int, _ map: String) {
        let fitted = Replication(options).fitted(to: nodes, in: "dc'1")
        #expect(fitted.map == map)
        #expect(fitted.fitted(to: nodes, in: "dc'1") == fitted)
    }

    @Test("the roles are on every node: each has written the run's into its own copy")
    func roles() throws {
        let one = Replication(["class": "SimpleStrategy", "replication_factor": "1"])
        let topology = Replication(["class": "NetworkTopologyStrategy", "dc1": "2"])
        let (alone, ring) = (try order(), try order(place: 1))
        for now in [one, topology, .simple(3)] {
            #expect(ring.replication(of: "system_auth", now: now) == .simple(3))
            #expect(alone.replication(of: "system_auth", now: now) == .simple(1))
            #expect(alone.replication(of: "shop", now: now) == .simple(1))
        }
        #expect(ring.replication(of: "shop", now: one) == one)
        #expect(ring.replication(of: "shop", now: topology) == topology)
    }

    @Test("is said in CQL, whatever a keyspace is called")
    func statement() {
        #expect(
            SealStatements(.v3_11).replication(of: "a\"b", .simple(2))
                == "ALTER KEYSPACE \"a\"\"b\" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 2}"
        )
    }
}
