import FoundationEssentials
import Glibc
import Model
import Testing

@testable import Sealing

@Suite("The helper's files")
struct SmallFileTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = "/tmp/understudy-files-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }  // what is left is the test's
        try body(folder)
    }

    @Test("a folder is emptied of its files, and of nothing that they could lead to")
    func deletes() throws {
        try withFolder { folder in
            let (hints, outside) = (folder + "/hints", folder + "/outside")
            for path in [hints, outside, hints + "/below"] { mkdir(path, 0o755) }
            for path in [hints + "/a", hints + "/b", hints + "/below/c", outside + "/d"] {
                try SmallFile.write("x", to: path)
            }
            symlink(outside, hints + "/link")
            try SmallFile.deleteFiles(in: hints)
            #expect(try FileManager.default.contentsOfDirectory(atPath: hints).sorted() == ["below", "link"])
            #expect(SmallFile.text(outside + "/d", bytesMax: 10) == "x")
            #expect(SmallFile.text(hints + "/below/c", bytesMax: 10) == "x")
            try SmallFile.deleteFiles(in: folder + "/never")
            #expect(throws: SealFailure.self) { try SmallFile.deleteFiles(in: hints + "/link") }
        }
    }

    @Test("what is too long is not read, and a link is not written through")
    func limits() throws {
        try withFolder { folder in
            try SmallFile.write("12345", to: folder + "/a")
            #expect(SmallFile.read(folder + "/a", bytesMax: 4) == nil)
            #expect(SmallFile.read(folder + "/a", bytesMax: 5)?.count == 5)
            #expect(SmallFile.read(folder + "/b", bytesMax: 5) == nil)
            symlink(folder + "/a", folder + "/c.new")
            #expect(throws: SealFailure.self) { try SmallFile.write("x", to: folder + "/c") }
            #expect(SmallFile.text(folder + "/a", bytesMax: 10) == "12345")
        }
    }

    @Test("a file for its owner alone is nobody else's to read, whatever was there before")
    func owned() throws {
        try withFolder { folder in
            for path in ["/data", "/data/system"] { mkdir(folder + path, 0o755) }
            // Only root can give a folder away.
            let user: uid_t = geteuid() == 0 ? 65_534 : geteuid()
            if Owner.isRoot { #expect(chown(folder + "/data", user, user) == 0) }
            for path in ["/a", "/a.new"] { try SmallFile.write("old", to: folder + path) }
            try SmallFile.write("x", to: folder + "/a", for: Owner(ofDataIn: folder))
            var information = stat()
            #expect(stat(folder + "/a", &information) == 0)
            #expect(information.st_mode & 0o7777 == 0o600 && information.st_uid == user)
            try SmallFile.write("y", to: folder + "/a")
            #expect(stat(folder + "/a", &information) == 0 && information.st_mode & 0o044 != 0)
        }
    }

    @Test("a report is JSON, whatever is in it, and its code is found without a parser")
    func report() throws {
        var report = SealReport(
            code: 23,
            fault: "wrongSettings",
            message: "a \"quoted\" \\ line\n\u{1} ü 🦆\u{2028}",
            release: "3.11.11",
            ring: 3,
            keyspaces: [.init(name: "a", replication: "SimpleStrategy 1", complete: nil)],
            masked: 2,
            steps: [.init(step: "preparing", milliseconds: 5), .init(step: "isolating", milliseconds: nil)]
        )
        let read = try JSONDecoder().decode(SealReport.self, from: Data(report.json.utf8))
        #expect(read == report)
        #expect(SealReport.code(of: Array(report.json.utf8)) == 23)
        #expect(SealReport.code(of: Array("{}".utf8)) == nil)
        #expect(report.complete == nil)
        report.keyspaces[0].complete = true
        #expect(report.complete == true)
        report.message = String(repeating: "\n", count: 5_000)
        report.keyspaces = Array(repeating: report.keyspaces[0], count: 500)
        #expect(report.bounded.message == String(repeating: " ", count: 300))
        #expect(report.bounded.keyspaces.count == SealReport.keyspacesMax)
    }
}
