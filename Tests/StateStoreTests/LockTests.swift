import Foundation
import StateStore
import StateStoreKit
import Testing

@Suite("The lock of a state", .timeLimit(.minutes(6)))
struct LockTests {
    @Test("a second store in this process is refused, by whatever name; then another process is, still")
    func sameProcess() async throws {
        try await TestFolder.with { folder in
            let store = try SQLiteStateStore(path: folder.state)
            let epoch = try await store.open().epoch
            #expect(symlink(folder.state, "\(folder.path)/symbolic") == 0)
            #expect(link(folder.state, "\(folder.path)/hard") == 0)
            for name in ["state.db", "./state.db", "symbolic", "hard"] {
                #expect(
                    await code { _ = try SQLiteStateStore(path: "\(folder.path)/\(name)") } == .locked,
                    "\(name)"
                )
            }
            // The refused ones have closed no descriptor of the file: that would have given the lock away.
            #expect(try StoreProcess(in: folder, "state.db", "hold").end() == ["refused state.locked"])
            #expect(try await store.commit([.put(key: "a", value: [1])], epoch: epoch) == 1)
            await store.close()
            #expect(try await folder.load().records.count == 1)
        }
    }

    @Test("a store is held from when it is made, opened or not")
    func beforeOpen() async throws {
        try await TestFolder.with { folder in
            let store = try SQLiteStateStore(path: folder.state)
            #expect(try StoreProcess(in: folder, "state.db", "hold").end() == ["refused state.locked"])
            await store.close()
            let process = try StoreProcess(in: folder, "state.db", "hold")
            #expect(try process.line() == "open 1 0")
        }
    }

    @Test("what another process holds is refused and left alone until that process ends, well or not")
    func otherProcess() async throws {
        try await TestFolder.with { folder in
            for isKilled in [false, true] {
                let process = try StoreProcess(in: folder, "state.db", "hold")
                let line = try process.line()
                #expect(line.hasPrefix("open "))
                for _ in 0..<3 {
                    let error = try #require(throws: StateStoreError.self) { try SQLiteStateStore(path: folder.state) }
                    #expect(error.code == .locked)
                    #expect(error.message.contains(folder.state))
                }
                if isKilled { _ = process.kill() } else { #expect(process.finish()) }
                // The refused ones have taken no epoch.
                #expect(try await folder.load().epoch == (Int64(line.split(separator: " ")[1]) ?? 0) + 1)
            }
        }
    }

    @Test("close gives the lock back, once: repeated, it does not give away the next store's")
    func close() async throws {
        try await TestFolder.with { folder in
            let first = try SQLiteStateStore(path: folder.state)
            _ = try await first.open()
            await first.close()
            let second = try SQLiteStateStore(path: folder.state)
            await first.close()
            #expect(await code { _ = try SQLiteStateStore(path: folder.state) } == .locked)
            // Had a descriptor been opened and closed on the way, this one would get in.
            #expect(try StoreProcess(in: folder, "state.db", "hold").end() == ["refused state.locked"])
            #expect(try await second.open().epoch == 2)
            await second.close()
        }
    }

    @Test("a store that nobody has any more gives the lock back, and so does one that could not be made")
    func forgotten() async throws {
        try await TestFolder.with { folder in
            try folder.write(Array("no state".utf8))
            for _ in 0..<2 { #expect(await code { _ = try SQLiteStateStore(path: folder.state) } == .corrupt) }
            try folder.write([])
            for epoch: Int64 in 1...3 {
                let store = try SQLiteStateStore(path: folder.state)
                #expect(try await store.open().epoch == epoch)
            }
        }
    }

    @Test("of processes that start on a new file together, one at most has it, and nothing is broken")
    func race() async throws {
        try await TestFolder.with { folder in
            for _ in 0..<5 {
                let racers = try (0..<4).map { _ in try StoreProcess(in: folder, "state.db", "hold") }
                let lines = try racers.map { try $0.line() }
                #expect(lines.count { $0.hasPrefix("open ") } <= 1, "\(lines)")
                #expect(lines.count { $0 == "refused state.locked" } >= 3, "\(lines)")
                for racer in racers { _ = racer.kill() }
                #expect(try await folder.load().records.isEmpty)
                try FileManager.default.removeItem(atPath: folder.state)
            }
        }
    }
}
