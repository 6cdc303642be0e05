import CQL
import Foundation
import SeededRandom
import Testing

@testable import StandIn

@Suite("The stand-in's statements")
struct EngineTests {
    @Test("rows are written, read, changed and deleted, in the order of their clustering columns")
    func rows() throws {
        let book = try Book()
        for (day, name) in [(1, "Ada"), (3, "Grace"), (2, "Zoë")] {
            try book.run(
                "INSERT INTO guests (book, signed, id, name) VALUES ('b', '2026-11-0\(day) 10:00+0000', uuid(), '\(name)')"
            )
        }
        #expect(try book.run("SELECT name FROM guests WHERE book = 'b'") == [["Grace"], ["Zoë"], ["Ada"]])
        let turned = "SELECT name FROM guests WHERE book = 'b' ORDER BY signed ASC LIMIT 2"
        #expect(try book.run(turned) == [["Ada"], ["Zoë"]])
        let later = "SELECT name FROM guests WHERE book = 'b' AND signed >= '2026-11-02' AND signed < '2026-11-03'"
        #expect(try book.run(later) == [["Zoë"]])
        #expect(try book.run("SELECT count(*) FROM guests") == [["3"]])
        let id = try #require(try book.run("SELECT id FROM guests WHERE book = 'b' LIMIT 1").first?.first)
        let key = "book = 'b' AND signed = '2026-11-03T10:00:00Z' AND id = \(id)"
        try book.run("UPDATE guests SET visits = 7, tags = {'b', 'a', 'b'} WHERE \(key)")
        #expect(try book.run("SELECT name, visits, tags FROM guests WHERE \(key)") == [["Grace", "7", "{'a', 'b'}"]])
        try book.run("UPDATE guests SET visits = null WHERE \(key)")
        #expect(try book.run("SELECT visits FROM guests WHERE \(key)") == [["null"]])
        try book.run("DELETE FROM guests WHERE book = 'b' AND signed > '2026-11-01 12:00+0100'")
        #expect(try book.run("SELECT name FROM guests") == [["Ada"]])
        try book.run("TRUNCATE guests")
        #expect(try book.run("SELECT * FROM guests") == [])
    }

    @Test(
        "texts keep every character",
        arguments: ["", "it's", "名前", "\u{1F480}\u{0}\n\t", "e\u{301}", "'; DROP TABLE guests; --"]
    )
    func texts(text: String) throws {
        let book = try Book()
        let quoted = CQLValue.text(text).literal
        try book.run("INSERT INTO guests (book, signed, id, name) VALUES ('b', 0, uuid(), \(quoted))")
        try book.run("INSERT INTO guests (book, signed, id, name) VALUES ('b', 1, uuid(), ?)", [.text(text)])
        let names = try book.run("SELECT name FROM guests WHERE book = 'b'").flatMap { $0 }
        #expect(names.map { Array($0.unicodeScalars) } == [Array(text.unicodeScalars), Array(text.unicodeScalars)])
    }

    @Test("conditions are judged by what is there")
    func conditions() throws {
        let book = try Book()
        try book.run("CREATE TABLE once (k int PRIMARY KEY, v text)")
        #expect(try book.run("INSERT INTO once (k, v) VALUES (1, 'a') IF NOT EXISTS") == [["true"]])
        #expect(try book.run("INSERT INTO once (k, v) VALUES (1, 'b') IF NOT EXISTS") == [["false", "1", "a"]])
        #expect(try book.run("UPDATE once SET v = 'c' WHERE k = 2 IF EXISTS") == [["false"]])
        #expect(try book.run("DELETE FROM once WHERE k = 1 IF EXISTS") == [["true"]])
        #expect(try book.run("SELECT * FROM once") == [])
    }

    @Test("a batch is done in whole or not at all")
    func batch() throws {
        let book = try Book()
        try book.run("CREATE TABLE once (k int PRIMARY KEY, v text)")
        try book.run("BEGIN BATCH INSERT INTO once (k) VALUES (1); INSERT INTO once (k) VALUES (2); APPLY BATCH")
        #expect(try book.run("SELECT count(*) FROM once") == [["2"]])
        let bad = "BEGIN BATCH INSERT INTO once (k) VALUES (3); INSERT INTO nowhere (k) VALUES (2); APPLY BATCH"
        #expect(try book.refusal(bad)?.code == .invalid)
        #expect(try book.run("SELECT count(*) FROM once") == [["2"]])
    }

    @Test("what cannot be is refused with Cassandra's kind of error")
    func refused() throws {
        let book = try Book()
        for (statement, code, words) in [
            ("SELEC * FROM guests", .syntax, ""), ("SELECT * FROM guests WHERE", .syntax, ""),
            ("SELECT * FROM nowhere", .invalid, "unconfigured table nowhere"),
            ("SELECT * FROM h.guests", .invalid, "Keyspace h does not exist"),
            ("SELECT nothing FROM guests", .invalid, "Undefined column name nothing"),
            ("SELECT * FROM guests WHERE name = 'Ada'", .invalid, "ALLOW FILTERING"),
            ("SELECT * FROM guests WHERE book = 'b' AND id = 550e8400-e29b-41d4-a716-446655440000", .invalid, "signed"),
            ("SELECT * FROM guests WHERE book = 'b' ORDER BY id ASC", .invalid, "Order by"),
            ("SELECT * FROM guests ORDER BY signed ASC", .invalid, "ORDER BY is only supported"),
            ("SELECT * FROM guests LIMIT 0", .invalid, "LIMIT must be strictly positive"),
            ("INSERT INTO guests (book) VALUES ('b')", .invalid, "Some clustering keys are missing: signed"),
            ("INSERT INTO guests (book, signed, id, visits) VALUES ('b', 0, uuid(), 'x')", .invalid, "of type int"),
            ("INSERT INTO guests (book, signed, id) VALUES ('b', '2026-02-30', uuid())", .invalid, "of type timestamp"),
            ("UPDATE guests SET book = 'c' WHERE book = 'b'", .invalid, "PRIMARY KEY part book found in SET part"),
            ("UPDATE guests SET name = 'c' WHERE book = 'b'", .invalid, "Some clustering keys are missing"),
            ("DELETE FROM guests WHERE name = 'Ada'", .invalid, "Non PRIMARY KEY columns found"),
            ("CREATE TABLE guests (k int PRIMARY KEY)", .alreadyExists, ""),
            ("CREATE TABLE t (k int)", .invalid, "No PRIMARY KEY"),
            ("CREATE TABLE t (entries int PRIMARY KEY)", .syntax, "entries"),
            ("CREATE KEYSPACE k WITH replication = {'class': 'NoStrategy'}", .configuration, "NoStrategy"),
            ("DROP KEYSPACE system", .unauthorized, "not user-modifiable"),
            ("TRUNCATE system_schema.tables", .unauthorized, "not user-modifiable"),
            ("INSERT INTO guests (book, signed, id) VALUES (?, ?, ?)", .invalid, "bound variables"),
            ("CREATE TABLE t (k counter PRIMARY KEY)", .invalid, "this stand-in has no type counter"),
            ("INSERT INTO guests (book, signed, id) VALUES ('b', 0, uuid()) USING TTL 5", .invalid, "this stand-in"),
        ] as [(String, ErrorMessage.Code, String)] {
            let refusal = try book.refusal(statement)
            #expect(refusal?.code == code, "\(statement): \(String(describing: refusal))")
            #expect(
                refusal?.message.contains(words) == true || words.isEmpty,
                "\(statement): \(String(describing: refusal))"
            )
        }
    }

    @Test("the schema is in the schema's tables, and over a restart")
    func schema() throws {
        let book = try Book()
        try book.run("ALTER TABLE guests ADD mail text")
        try book.run("INSERT INTO guests (book, signed, id, mail) VALUES ('b', 0, uuid(), 'a@b')")
        let columns = try book.run(
            "SELECT column_name, kind, position, clustering_order, type FROM system_schema.columns"
                + " WHERE keyspace_name = 'g' AND table_name = 'guests'"
        )
        #expect(columns.contains(["signed", "clustering", "0", "desc", "timestamp"]))
        #expect(columns.contains(["tags", "regular", "-1", "none", "set<text>"]))
        let again = try Engine(book.engine.store)
        var keyspace: String? = "g"
        guard case .rows(let rows) = try again.query("SELECT mail FROM guests", using: &keyspace) else {
            Issue.record("no rows")
            return
        }
        #expect(rows.rows == [[Array("a@b".utf8)]])
        try book.run("DROP TABLE guests")
        #expect(try book.refusal("SELECT * FROM guests")?.code == .invalid)
        try book.run("CREATE TABLE guests (k int PRIMARY KEY)")
        #expect(try book.run("SELECT * FROM guests") == [], "a dropped table's rows do not come back")
    }

    @Test("sealing's statements work: a new name and host id, and no peers")
    func sealing() throws {
        let book = try Book()
        try book.run("INSERT INTO system.peers (peer, host_id) VALUES ('10.0.0.2', uuid())")
        try book.run("UPDATE system.local SET cluster_name = 'ci-1', host_id = uuid() WHERE key = 'local'")
        try book.run("TRUNCATE system.peers")
        try book.run("ALTER KEYSPACE g WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
        #expect(try book.run("SELECT cluster_name FROM system.local") == [["ci-1"]])
        #expect(try book.run("SELECT * FROM system.peers") == [])
    }

    @Test("words by chance are a statement or an error, never a crash")
    func noise() throws {
        let book = try Book()
        let words = [
            "SELECT", "*", "FROM", "guests", "WHERE", "book", "=", "'b'", "AND", "IN", "(", ")", ",", "INSERT", "INTO",
            "VALUES", "1", "-1", "1e9", "0xff", "0xf", "{", "}", "[", "]", ":", "?", ":n", "UPDATE", "SET", "DELETE",
            "'", "\"",
            "CREATE", "TABLE", "text", "PRIMARY", "KEY", "LIMIT", "ORDER", "BY", "list<", ">", "$$", "--", "/*",
            "now()",
            "uuid()", "null", "true", ";", "BEGIN", "BATCH", "APPLY", "USING", "\u{301}", "é", "<=", "count(*)",
            "system.local",
        ]
        let statements = [
            "SELECT * FROM guests WHERE book = 'b' LIMIT 1",
            "INSERT INTO guests ( book , signed , id ) VALUES ( 'b' , 1 , uuid() )",
            "DELETE FROM guests WHERE book IN ( 'b' , 'b' )", "SELECT count(*) FROM system.local",
        ].map { $0.split(separator: " ").map(String.init) }
        var random = SplitMix64(seed: 5)
        var readable = 0
        for _ in 0..<20_000 {
            var chosen = statements[Int.random(in: 0..<statements.count, using: &random)]
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let place = Int.random(in: 0..<chosen.count, using: &random)
                chosen[place] = words[Int.random(in: 0..<words.count, using: &random)]
            }
            if try book.refusal(chosen.joined(separator: " ")) == nil { readable += 1 }
        }
        #expect((5_000..<15_000).contains(readable), "\(readable)")
        let deep = String(repeating: "[", count: 100_000)
        #expect(try book.refusal("INSERT INTO guests (book) VALUES (\(deep)")?.code == .syntax)
    }
}
