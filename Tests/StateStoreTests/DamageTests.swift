import Foundation
import GRDB
import SeededRandom
import StateStore
import StateStoreKit
import Testing

/// What a mishap makes of the file's bytes.
struct Mishap: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let apply: @Sendable (Data) -> Data

    init(_ description: String, _ apply: @escaping @Sendable (Data) -> Data) {
        testDescription = description
        self.apply = apply
    }

    static let all = [
        Mishap("a text") { _ in Data("production: true\n".utf8) },
        Mishap("one byte") { _ in Data([0]) },
        Mishap("zeros") { Data(count: $0.count) },
        Mishap("noise") { data in
            var random = SplitMix64(seed: 1)
            return Data(data.map { _ in UInt8.random(in: .min ... .max, using: &random) })
        },
        Mishap("a header short of a byte") { $0.prefix(99) },
        Mishap("a header alone") { $0.prefix(100) },
        Mishap("half a page") { $0.prefix(2_048) },
        Mishap("the first page alone") { $0.prefix(4_096) },
        Mishap("the last page cut off") { $0.prefix($0.count - 4_096) },
        Mishap("the last byte cut off") { $0.dropLast() },
        Mishap("a page cut in half") { $0.prefix($0.count - 2_048) },
        Mishap("another magic") { $0.replacing(0..<1, by: [0x73]) },
        Mishap("another program's mark") { $0.replacing(68..<72, by: [0, 0, 0, 1]) },
        Mishap("no mark") { $0.replacing(68..<72, by: [0, 0, 0, 0]) },
        Mishap("an impossible page size") { $0.replacing(16..<18, by: [0, 3]) },
        Mishap("a first page of zeros behind the header") { $0.replacing(100..<4_096, by: Data(count: 3_996)) },
        Mishap("every page but the first zeroed") { $0.replacing(4_096..<$0.count, by: Data(count: $0.count - 4_096)) },
        Mishap("noise over every page's beginning but the first's") { data in
            stride(from: 4_096, to: data.count, by: 4_096).reduce(data) { data, start in
                data.replacing(start..<(start + 16), by: Data(repeating: 0xA5, count: 16))
            }
        },
    ]
}

extension Data {
    fileprivate func replacing(_ range: Range<Int>, by bytes: some Collection<UInt8>) -> Data {
        var copy = self
        copy.replaceSubrange(range, with: bytes)
        return copy
    }
}

@Suite("A file that is damaged, or not ours", .timeLimit(.minutes(6)))
struct DamageTests {
    @Test("it is refused and left as it is", arguments: Mishap.all)
    func refused(_ mishap: Mishap) async throws {
        try await TestFolder.with { folder in
            _ = try await folder.makeState(batches: 30)
            try folder.write(mishap.apply(try folder.read()))
            try await expectLeftAlone(folder, .corrupt)
        }
    }

    @Test("another program's database is left as it is, and so is its log")
    func otherProgram() async throws {
        try await TestFolder.with { folder in
            var configuration = Configuration()
            // As a program leaves it that was killed.
            configuration.prepareDatabase { try $0.execute(sql: "PRAGMA journal_mode = WAL") }
            let queue = try DatabaseQueue(path: folder.state, configuration: configuration)
            try await queue.write { try $0.execute(sql: "CREATE TABLE account (name TEXT)") }
            let live = try folder.contents()
            try queue.close()
            for (name, bytes) in live { try folder.write(bytes, to: name) }
            try await expectLeftAlone(folder, .corrupt)
        }
    }

    @Test("a state that a newer version has written is left as it is")
    func newer() async throws {
        try await TestFolder.with { folder in
            _ = try await folder.makeState(batches: 10)
            let queue = try DatabaseQueue(path: folder.state)
            try await queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('2 something new')") }
            try queue.close()
            try await expectLeftAlone(folder, .newerFormat)
        }
    }

    @Test("damage beneath a log that a crash has left is found, each time")
    func damageBeneathLog() async throws {
        try await TestFolder.with { folder in
            _ = try await folder.makeState(batches: 30)
            let writer = try StoreProcess(in: folder, "state.db", "write", "1")
            for _ in 0..<5 { _ = try writer.line() }
            _ = writer.kill()
            #expect(try folder.read("state.db-wal").count > 0)
            let damaged = Mishap.all.last?.apply(try folder.read())
            try folder.write(try #require(damaged))
            // Not left as it is: SQLite gives the log to the file as it closes it, and has no pragma against that.
            for _ in 0..<3 { #expect(await code { _ = try await folder.load() } == .corrupt) }
        }
    }

    @Test("a page that a crash has cut off is written again from the log, also by another name")
    func cutOffBeneathLog() async throws {
        try await TestFolder.with { folder in
            var batches = RandomBatches(seed: 1)
            let writer = try StoreProcess(in: folder, "state.db", "write", "1")
            for _ in 0..<10 { _ = try writer.line() }
            _ = writer.kill()
            // The file itself has its first page alone: the log has all the rest, and that page too.
            #expect(symlink(folder.state, "\(folder.path)/link") == 0)
            try folder.write(try folder.read() + Data(count: 100))
            let store = try SQLiteStateStore(path: "\(folder.path)/link")
            let state = try await store.open()
            await store.close()
            while batches.model.sequence < state.sequence { _ = batches.next() }
            #expect(state.sequence >= 9)
            let isSame = state.records == batches.model.records
            #expect(isSame, "other records than those of batch \(state.sequence)")
        }
    }

    @Test("the records of epoch and sequence are not made up when they are missing")
    func noHead() async throws {
        try await TestFolder.with { folder in
            _ = try await folder.makeState(batches: 3)
            let queue = try DatabaseQueue(path: folder.state)
            try await queue.write { try $0.execute(sql: "DELETE FROM head") }
            try queue.close()
            #expect(await code { _ = try await folder.load() } == .corrupt)
        }
    }

    @Test(
        "whatever bytes are flipped, the file is refused and left as it is, or loads",
        arguments: 1...4 as ClosedRange<UInt64>
    )
    func flipped(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        try await TestFolder.with { folder in
            _ = try await folder.makeState(batches: 10, seed: seed)
            let sound = try folder.read()
            for _ in 0..<40 {
                var bytes = sound
                for _ in 0..<Int.random(in: 1...20, using: &random) {
                    // Where pages begin is what SQLite goes by.
                    let page = Int.random(in: 0..<(bytes.count / 4_096), using: &random) * 4_096
                    let offset = Int.random(in: 0..<Int.random(in: 1...4_096, using: &random), using: &random)
                    bytes[page + offset] = UInt8.random(in: .min ... .max, using: &random)
                }
                try folder.write(bytes)
                do {
                    try await SQLiteStateStore(path: folder.state).close()
                } catch {
                    #expect(try folder.contents() == ["state.db": bytes], "\(error)")
                    continue
                }
                // A value has no check sum; what the store finds only now, it says in its own words.
                _ = await code { _ = try await folder.load() }
            }
        }
    }

    private func expectLeftAlone(
        _ folder: TestFolder,
        _ expected: StateStoreError.Code,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try folder.contents()
        for _ in 0..<2 {
            #expect(await code { _ = try await folder.load() } == expected, sourceLocation: sourceLocation)
        }
        let isSame = try folder.contents() == before
        #expect(isSame, "the files have changed", sourceLocation: sourceLocation)
    }
}
