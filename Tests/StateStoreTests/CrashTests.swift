import SeededRandom
import StateStore
import StateStoreKit
import Testing

@Suite("kill -9 of the process that has the state", .timeLimit(.minutes(5)), .serialized)
struct CrashTests {
    @Test("every commit that was acknowledged is there in full, and of the next one all or nothing")
    func committing() async throws {
        let seed: UInt64 = 3
        var random = SplitMix64(seed: seed)
        try await TestFolder.with { folder in
            var batches = RandomBatches(seed: seed)
            var epoch: Int64 = 0
            for round in 0..<25 {
                let writer = try StoreProcess(in: folder, "state.db", "write", "\(seed)")
                let opened = try writer.line()
                #expect(opened == "open \(epoch + 1) \(batches.model.sequence)")
                var lines = [opened]
                for _ in 0..<Int.random(in: 0...25, using: &random) { lines.append(try writer.line()) }
                // Anywhere in a commit, not only just after one.
                try await Task.sleep(for: .microseconds(Int.random(in: 0...5_000, using: &random)))
                lines += writer.kill()
                let acknowledged = lines.compactMap(number).last ?? batches.model.sequence
                let state = try await folder.load()
                #expect(state.epoch == epoch + 2)
                epoch = state.epoch
                // One more, when it was killed between the commit and the word.
                try #require((acknowledged...(acknowledged + 1)).contains(state.sequence))
                while batches.model.sequence < state.sequence { _ = batches.next() }
                let isSame = state.records == batches.model.records
                try #require(isSame, "other records than those of batch \(state.sequence), in round \(round)")
            }
            // Otherwise the writer is no writer.
            #expect(batches.model.sequence > 100)
        }
    }

    @Test("of a file whose maker was killed, there is nothing, or all of a new state")
    func making() async throws {
        var random = SplitMix64(seed: 4)
        // From the start of the process to its first word, in the worst case.
        var longest = Duration.zero
        for _ in 0..<3 {
            try await TestFolder.with { folder in
                let began = ContinuousClock.now
                _ = try StoreProcess(in: folder, "state.db", "hold").line()
                longest = max(longest, ContinuousClock.now - began)
            }
        }
        for _ in 0..<30 {
            try await TestFolder.with { folder in
                let maker = try StoreProcess(in: folder, "state.db", "write", "1")
                try await Task.sleep(for: longest * Double.random(in: 0...1.2, using: &random))
                let acknowledged = maker.kill().compactMap(number).last ?? 0
                let state = try await folder.load()
                #expect(state.sequence >= acknowledged)
                #expect((1...2).contains(state.epoch))
            }
        }
    }

    /// Of `done SEQUENCE`; nil for any other line.
    private func number(_ line: String) -> Int64? { line.hasPrefix("done ") ? Int64(line.dropFirst(5)) : nil }
}
