import Model
import SeededRandom
import Testing

@testable import Sealing

@Suite("The operator's CQL")
struct MaskScriptTests {
    @Test("is taken apart at its semicolons, and nowhere else")
    func statements() throws {
        let script = """
            -- who they were; nobody has to know
            UPDATE shop.users SET name = 'a; -- b' WHERE id = 1;
            /* and; their */ TRUNCATE shop.sessions ; ;
            // mail
            UPDATE "odd;name".t SET m = 'it''s' WHERE k = $$a;'b$$
            """
        #expect(
            try MaskScript.statements(of: script) == [
                "UPDATE shop.users SET name = 'a; -- b' WHERE id = 1", "TRUNCATE shop.sessions",
                "UPDATE \"odd;name\".t SET m = 'it''s' WHERE k = $$a;'b$$",
            ]
        )
        #expect(try MaskScript.statements(of: " ;\n-- nothing\n") == [])
    }

    @Test("a batch is one statement")
    func batch() throws {
        let script = "begin batch INSERT INTO a (b) VALUES (1); INSERT INTO a (b) VALUES (2); APPLY BATCH; SELECT x;"
        #expect(
            try MaskScript.statements(of: script) == [
                "begin batch INSERT INTO a (b) VALUES (1); INSERT INTO a (b) VALUES (2); APPLY BATCH", "SELECT x",
            ]
        )
    }

    @Test(
        "is refused where it does not end, or has no end",
        arguments: ["SELECT 'a", "SELECT \"a", "SELECT $$a$", "/* a", "BEGIN BATCH INSERT x;", "/*"]
    )
    func open(_ script: String) {
        #expect(throws: SealFailure.self) { try MaskScript.statements(of: script) }
    }

    @Test("has a limit")
    func limit() {
        let script = String(repeating: "TRUNCATE a;", count: MaskScript.statementsMax + 1)
        #expect { try MaskScript.statements(of: script) } throws: { ($0 as? SealFailure)?.fault == .maskRefused }
    }

    @Test("whatever it holds, it is taken apart or refused")
    func fuzz() {
        var random = SplitMix64(seed: 11)
        let parts = ["'", "\"", "$$", "$", ";", "--", "/*", "*/", "//", "\n", "BEGIN ", "APPLY BATCH", "é", "a "]
        for _ in 0..<20_000 {
            let script = (0..<Int.random(in: 0...20, using: &random))
                .map { _ in parts[Int.random(in: parts.indices, using: &random)] }.joined()
            if let found = try? MaskScript.statements(of: script) { #expect(!found.contains(""), "\(script)") }
        }
    }
}
