import CQL
import CQLClient
import Testing

@testable import StandIn

@Suite("The version of a stand-in's schema", .timeLimit(.minutes(6)))
struct SchemaVersionTests {
    private func version(_ book: Book) throws -> String {
        let rows = try book.run("SELECT schema_version FROM system.local")
        #expect(rows == [[book.engine.schemaVersion.description]])
        return try #require(rows.first?.first)
    }

    private static let keyspace =
        "CREATE KEYSPACE h WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"
    private static let tables = [
        "CREATE TABLE h.a (k int, c text, v blob, w set<text>, PRIMARY KEY (k, c))",
        "CREATE TABLE h.b (k int PRIMARY KEY)",
        "CREATE TABLE once (k int PRIMARY KEY, v text) WITH comment = 'twice'",
    ]

    @Test("equal schemas have equal versions, in whatever order and after whatever they were made")
    func equal() throws {
        let (one, other) = (try Book(), try Book())
        #expect(try version(one) == version(other))
        for statement in [Self.keyspace] + Self.tables { try one.run(statement) }
        let before = try version(one)
        for statement in [Self.keyspace] + Self.tables.reversed() { try other.run(statement) }
        #expect(try version(other) == before)
        try other.run("CREATE TABLE h.c (k int PRIMARY KEY)")
        #expect(try version(other) != before)
        try other.run("DROP TABLE h.c")
        #expect(try version(other) == before)
        try other.run("DROP TABLE h.b")
        try other.run(Self.tables[1])
        #expect(try version(other) == before, "a table's id is no part of it")
        try other.run("CREATE TABLE IF NOT EXISTS h.b (k text PRIMARY KEY)")
        try other.run("INSERT INTO once (k, v) VALUES (1, 'a')")
        #expect(try version(other) == before)
    }

    @Test("every change makes another version, and no two the same")
    func changes() throws {
        let book = try Book()
        var versions = [try version(book)]
        for statement in [Self.keyspace] + Self.tables + [
            "ALTER TABLE once ADD more text", "ALTER TABLE h.b ADD more text", "DROP TABLE h.a",
            "CREATE TABLE h.a (k int, c text, v blob, w set<text>, PRIMARY KEY (c, k))", "DROP TABLE h.a",
            "CREATE TABLE h.a (k int, c text, v blob, w set<text>, PRIMARY KEY ((k, c)))", "DROP TABLE h.a",
            "CREATE TABLE h.a (k int, c text, v blob, w set<text>, PRIMARY KEY (k, c))"
                + " WITH CLUSTERING ORDER BY (c DESC)",
            "DROP TABLE h.a", "CREATE TABLE h.a (k int, c text, v blob, w list<text>, PRIMARY KEY (k, c))",
            "ALTER KEYSPACE h WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 2}",
            "ALTER KEYSPACE system_auth WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 2}",
            "DROP KEYSPACE h",
        ] {
            try book.run(statement)
            let version = try version(book)
            #expect(version != versions.last, "\(statement)")
            versions.append(version)
        }
        // Without h.a, whatever it was before.
        #expect(Set(versions).count == versions.count - 3)
    }

    @Test("it is found anew at each start, whatever the data say")
    func starts() async throws {
        let home = try Home()
        let question = "SELECT schema_version FROM system.local"
        let before = try await home.serving { port in
            let connection = try Home.connect(port)
            let version = try connection.rows(question)
            _ = try connection.query("UPDATE system.local SET schema_version = uuid() WHERE key = 'local'")
            #expect(try connection.rows(question) != version)
            return version
        }
        #expect(try await home.serving { try Home.connect($0).rows(question) } == before)
    }
}
