import StateStoreKit
import Testing

@testable import StateStore

@Suite("A disk that is full", .timeLimit(.minutes(6)))
struct FullDiskTests {
    private func big(_ key: String) -> StateChange { .put(key: key, value: [UInt8](repeating: 7, count: 100_000)) }

    @Test("a commit that does not fit is state.io, leaves nothing, and a smaller one is taken after it")
    func full() async throws {
        try await TestFolder.with { folder in
            let store = try SQLiteStateStore(path: folder.state, pageCountMax: 100)
            let epoch = try await store.open().epoch
            #expect(try await store.commit([.put(key: "small", value: [1]), big("a"), big("b")], epoch: epoch) == 1)
            let batch: [StateChange] = [
                .put(key: "small", value: [2]), .delete(key: "a"), big("c"), big("d"), big("e"),
            ]
            for _ in 0..<3 {
                #expect(await code { _ = try await store.commit(batch, epoch: epoch) } == .io)
                #expect(try await store.commit([], epoch: epoch) == 1)
            }
            #expect(try await store.commit([.put(key: "after", value: [3])], epoch: epoch) == 2)
            #expect(try await store.commit([.delete(key: "b")], epoch: epoch) == 3)
            // What was deleted makes room.
            #expect(try await store.commit([big("c")], epoch: epoch) == 4)
            await store.close()
            let state = try await folder.load()
            #expect(state.records.map(\.key) == ["a", "after", "c", "small"])
            #expect(state.records.last?.value == [1])
            #expect(state.sequence == 4)
        }
    }

    @Test("a disk that refuses a write in the middle of a batch leaves what was acknowledged, and no half batch")
    func refusedWrite() async throws {
        try await TestFolder.with { folder in
            // In blocks of 512 bytes; the log meets the limit first.
            let writer = try StoreProcess(in: folder, "state.db", "write", "7", shell: "ulimit -f 2000; trap '' XFSZ")
            let lines = writer.end()
            #expect(lines.first == "open 1 0")
            #expect(lines.last == "refused state.io")
            let acknowledged = Int64(lines.count - 2)
            #expect(lines.dropFirst().dropLast() == (1...acknowledged).map { "done \($0)" }[...])
            let state = try await folder.load()
            #expect(state.sequence == acknowledged)
            var batches = RandomBatches(seed: 7)
            while batches.model.sequence < acknowledged { _ = batches.next() }
            let isSame = state.records == batches.model.records
            #expect(isSame, "other records than those of batch \(acknowledged)")
        }
    }
}
