import API
import FoundationEssentials
import Glibc
import Model
import Testing

@testable import understudy

@Suite("The file that says where the copy answers")
struct EndpointFileTests {
    private func view(_ endpoint: RunView.Endpoint?) -> RunView {
        RunView(id: RunID("abc"), source: SourceName("guestbook"), phase: .ready, endpoint: endpoint)
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = "/tmp/understudy-test-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }  // what is left is the test's, not the user's
        try body(folder)
    }

    @Test("is whole, its owner's alone, and follows the endpoint to where it goes")
    func writes() throws {
        try withFolder { folder in
            let path = "\(folder)/endpoint.env"
            let file = try EndpointFile(path)
            #expect(file.see(view(nil)) == nil)
            #expect(access(path, F_OK) != 0, "there is nothing to say yet")
            #expect(file.see(view(.init(host: "agent-3", port: 31_002, user: ""))) == nil)
            func text() throws -> String { try String(contentsOf: URL(filePath: path), encoding: .utf8) }
            let first = "CASSANDRA_HOST=agent-3\nCASSANDRA_PORT=31002\nCASSANDRA_CONTACT_POINTS=agent-3\n"
            #expect(try text() == first + "UNDERSTUDY_RUN=abc\n")
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
            #expect(file.see(view(.init(host: "2001:db8::1", port: 9_042, user: ""))) == nil)
            let second = "CASSANDRA_HOST=2001:db8::1\nCASSANDRA_PORT=9042\nCASSANDRA_CONTACT_POINTS=2001:db8::1\n"
            #expect(try text() == second + "UNDERSTUDY_RUN=abc\n")
            #expect(file.see(view(nil)) == nil)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["endpoint.env"], "no draft is left")
        }
    }

    @Test("of a ring names every node, which all have one port")
    func ring() throws {
        let nodes = ["10.0.0.1", "10.0.0.2"].map { RunView.Endpoint(host: $0, port: 31_000, user: "") }
        let text = try EndpointFile.text(nodes[0], ring: nodes, of: RunID("abc"))
        let lines = ["CASSANDRA_HOST=10.0.0.1", "CASSANDRA_PORT=31000", "CASSANDRA_CONTACT_POINTS=10.0.0.1,10.0.0.2"]
        #expect(text == lines.joined(separator: "\n") + "\nUNDERSTUDY_RUN=abc\n")
        let bad = RunView.Endpoint(host: "$(id)", port: 31_000, user: "")
        #expect(throws: EndpointFile.Fault.self) {
            try EndpointFile.text(nodes[0], ring: [nodes[0], bad], of: RunID("abc"))
        }
    }

    @Test(
        "takes no host that would be more than a value",
        arguments: ["", "a\nLD_PRELOAD=x", "$(id)", "a b", "a'", "é", "`x`"]
    )
    func hostile(_ host: String) throws {
        try withFolder { folder in
            let file = try EndpointFile("\(folder)/endpoint.env")
            #expect(file.see(view(.init(host: host, port: 1, user: ""))) != nil)
            #expect(file.fault != nil)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
        }
    }

    @Test("cannot be where nothing can be written", arguments: ["", "/tmp/", "/no/such/folder/file"])
    func nowhere(_ path: String) {
        #expect(throws: EndpointFile.Fault.self) { try EndpointFile(path) }
    }

    @Test("says why it could not be written, once")
    func unwritable() throws {
        try withFolder { folder in
            let file = try EndpointFile("\(folder)/endpoint.env")
            try FileManager.default.removeItem(atPath: folder)
            let there = view(.init(host: "a", port: 1, user: ""))
            #expect(file.see(there)?.description.contains("No such file or directory") == true)
            #expect(file.see(there) == nil)
            #expect(file.fault != nil)
        }
    }
}
