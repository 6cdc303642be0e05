import Foundation
import StateStore
import StateStoreKit
import Testing

@Suite("The file of a state", .timeLimit(.minutes(6)))
struct OpeningTests {
    @Test("it, and its log, can be read by their owner alone; a closed one has no log")
    func mode() async throws {
        try await TestFolder.with { folder in
            let store = try SQLiteStateStore(path: folder.state)
            let epoch = try await store.open().epoch
            _ = try await store.commit([.put(key: "a", value: [1])], epoch: epoch)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            #expect(names == ["state.db", "state.db-wal"])
            for name in names {
                var status = stat()
                #expect(stat("\(folder.path)/\(name)", &status) == 0)
                #expect(status.st_mode == S_IFREG | 0o600, "\(name)")
            }
            await store.close()
            #expect(try folder.contents().keys.sorted() == ["state.db"])
        }
    }

    @Test(
        "names that mean something to SQLite are names",
        arguments: [":memory:", "file:x?mode=memory", "", "x%20y", "-x"]
    )
    func plainNames(_ name: String) async throws {
        try await TestFolder.with { folder in
            let process = try StoreProcess(in: folder, name, "hold")
            guard !name.isEmpty else {
                #expect(process.end() == ["refused state.io"])
                #expect(try folder.contents().isEmpty)
                return
            }
            #expect(try process.line() == "open 1 0")
            #expect(process.finish())
            #expect(try folder.contents().keys.sorted() == [name])
            let again = try StoreProcess(in: folder, name, "hold")
            #expect(try again.line() == "open 2 0")
        }
    }

    @Test("a path with NUL in it is refused before anything is made")
    func nul() async throws {
        try await TestFolder.with { folder in
            #expect(await code { _ = try SQLiteStateStore(path: "\(folder.state)\u{0}x") } == .badAddress)
            let left = try folder.contents()
            #expect(left.isEmpty)
        }
    }

    @Test("a path at which no file can be is state.io, in words that name it")
    func noFile() async throws {
        try await TestFolder.with { folder in
            try folder.write([], to: "file")
            #expect(mkfifo("\(folder.path)/pipe", 0o600) == 0)
            #expect(symlink("missing/state.db", "\(folder.path)/dangling") == 0)
            let long = String(repeating: "x", count: 256)
            for name in ["missing/state.db", "", "pipe", "file/state.db", "dangling", long] {
                let path = "\(folder.path)/\(name)"
                let error = try #require(throws: StateStoreError.self) { try SQLiteStateStore(path: path) }
                #expect(error.code == .io, "\(name)")
                #expect(error.message.contains(path))
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 3)
        }
        #expect(await code { _ = try SQLiteStateStore(path: "/dev/null") } == .io)
    }

    @Test("an empty file is a new state")
    func empty() async throws {
        try await TestFolder.with { folder in
            try folder.write([])
            let state = try await folder.load()
            #expect(state.records.isEmpty)
            #expect(state.epoch == 1)
        }
    }

    @Test("a state that was moved has everything")
    func moved() async throws {
        try await TestFolder.with { folder in
            let model = try await folder.makeState(batches: 20)
            try FileManager.default.moveItem(atPath: folder.state, toPath: "\(folder.path)/other")
            try FileManager.default.copyItem(atPath: "\(folder.path)/other", toPath: folder.state)
            #expect(try await folder.load().records == model.records)
        }
    }
}
