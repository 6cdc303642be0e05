import FoundationEssentials
import Glibc
import Model
import Testing

@testable import ControlAPI

@Suite("A tokens file that changes")
struct TokenFileTests {
    private let clock = FakeClock()
    private let log = RecordedLog()

    private func file(_ disk: TokensOnDisk) throws -> TokenFile {
        try TokenFile(path: disk.path, logger: log.logger, now: { [clock] in clock.now })
    }

    private func list(_ token: String) -> String { #"[{"name":"a","role":"view","token":"\#(token)"}]"# }

    private func knows(_ file: TokenFile, _ token: String) -> Bool {
        file.table().caller(presenting: Array(token.utf8)) != nil
    }

    @Test("is read again, no sooner than a second after the last look")
    func reread() throws {
        let disk = try TokensOnDisk(list("first-0123456789"))
        let file = try file(disk)
        #expect(knows(file, "first-0123456789"))
        try disk.put(list("other-0123456789"))
        clock.pass(.milliseconds(999))
        #expect(knows(file, "first-0123456789"))
        clock.pass(.milliseconds(1))
        #expect(knows(file, "other-0123456789"))
        #expect(!knows(file, "first-0123456789"))
        clock.pass(.seconds(5))
        #expect(knows(file, "other-0123456789"))
        #expect(log.lines.count { $0.hasPrefix("notice read the tokens again") } == 1)
        try disk.put("[]")
        clock.pass(.seconds(1))
        #expect(!knows(file, "other-0123456789"), "an empty list takes every token away")
    }

    @Test("and becomes bad, or goes, leaves the tokens as they were and is logged once each time")
    func bad() throws {
        let disk = try TokensOnDisk(list("first-0123456789"))
        let file = try file(disk)
        func look() -> Bool {
            clock.pass(.seconds(1))
            return knows(file, "first-0123456789")
        }
        for (count, text) in ["oops", nil, "["].enumerated() {
            if let text { try disk.put(text) } else { try disk.remove() }
            for _ in 0..<3 { #expect(look()) }
            #expect(log.lines.count { $0.hasPrefix("error the tokens stay as they were") } == count + 1)
        }
        try disk.put(list("other-0123456789"))
        #expect(!look())
        #expect(!log.lines.contains { $0.contains("0123456789") })
    }

    @Test("in place, size and all, is noticed")
    func inPlace() throws {
        let disk = try TokensOnDisk(list("first-0123456789"))
        let file = try file(disk)
        let handle = try #require(fopen(disk.path, "r+"))
        let text = list("other-0123456789")
        #expect(fwrite(text, 1, text.utf8.count, handle) == text.utf8.count)
        // The clock of a file system is coarse: a moment of its own for this change.
        fclose(handle)
        var times = [timespec(tv_sec: 1_000, tv_nsec: 0), timespec(tv_sec: 1_000, tv_nsec: 0)]
        #expect(utimensat(AT_FDCWD, disk.path, &times, 0) == 0)
        clock.pass(.seconds(1))
        #expect(knows(file, "other-0123456789"))
    }

    @Test("has to be there and good at the beginning")
    func beginning() throws {
        let disk = try TokensOnDisk("oops")
        let bad = #expect(throws: ControlAPIError.self) { try file(disk) }
        #expect(bad?.message.hasPrefix("the tokens file \(disk.path): expected a value") == true)
        let folder = #expect(throws: ControlAPIError.self) { try TokenFile(path: "/tmp", logger: .silent) }
        #expect(folder?.message == "the tokens file /tmp: is no regular file")
        try disk.remove()
        let missing = #expect(throws: ControlAPIError.self) { try file(disk) }
        #expect(missing?.message.contains("No such file") == true)
        #expect(mkfifo(disk.path, 0o600) == 0)
        let pipe = #expect(throws: ControlAPIError.self) { try file(disk) }
        #expect(pipe?.message.hasSuffix("is no regular file") == true, "and does not wait for a writer")
    }

    @Test("that everybody may read is warned about", arguments: [(0o600, 0), (0o640, 0), (0o644, 1), (0o660, 1)])
    func modes(_ mode: Int, _ warnings: Int) throws {
        let disk = try TokensOnDisk()
        try disk.put(TokensOnDisk.all, mode: mode)
        _ = try file(disk)
        #expect(log.lines.count { $0.hasPrefix("warning") } == warnings)
    }
}
