import Cassandra
import Model
import Testing

@Suite("A line of Cassandra")
struct CassandraVersionTests {
    @Test(
        "is told by an image's tag",
        arguments: [
            ("cassandra:2.1", CassandraVersion.v2_1), ("cassandra:2.2.15", .v2_2), ("cassandra:3.0.19", .v3_0),
            ("cassandra:3.11", .v3_11), ("cassandra:3.11.5", .v3_11), ("h:5000/team/cassandra:4.0-jammy", .v4_0),
            ("cassandra:4.1@sha256:abc", .v4_1), ("cassandra:5.0-rc1", .v5_0),
        ]
    )
    func images(_ image: String, _ line: CassandraVersion) {
        #expect(CassandraVersion(image: image) == line)
    }

    @Test(
        "that nobody has looked into is none: 3.10 is no 3.1 and no 3.11",
        arguments: [
            "cassandra", "cassandra:latest", "cassandra:3", "cassandra:3.10", "cassandra:3.110", "cassandra:4.2",
            "cassandra:40", "h:5000/cassandra", "", ":", "cassandra@sha256:abc",
        ]
    )
    func unknown(_ image: String) {
        #expect(CassandraVersion(image: image) == nil)
    }

    @Test("from 4.0 on, drivers read a second table of peers, and compaction can be kept from starting")
    func table() {
        #expect(CassandraVersion.v3_11.peerTables == ["system.peers"])
        #expect(CassandraVersion.v4_0.peerTables == ["system.peers_v2", "system.peers"])
        #expect(CassandraVersion.v3_11.isolation.contains("cassandra.allow_unsafe_join=true"))
        for line in CassandraVersion.allCases {
            #expect(line.isolation.contains("cassandra.load_ring_state=false"), "\(line)")
            #expect(line.isolation.contains("cassandra.autocompaction_on_startup_enabled=false") == (line >= .v4_0))
            #expect(line.hasThrift == (line < .v4_0))
            #expect(line.hasHintsTable == (line < .v3_0))
            #expect(line.hasSchemaKeyspace == (line >= .v3_0))
            #expect(line.hasRoles == (line > .v2_1))
        }
        #expect(CassandraVersion.allCases.sorted() == CassandraVersion.allCases)
    }
}
