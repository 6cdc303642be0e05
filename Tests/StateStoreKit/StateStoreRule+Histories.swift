import SeededRandom
import StateStore
import Testing

extension StateStoreRule {
    /// One for each seed, so that the rule's name says which.
    static let histories = (1...8).map { seed in
        StateStoreRule("a random history is what a dictionary makes of it, seed \(seed)") { medium in
            try await follow(seed: seed, medium)
        }
    }

    private static func follow(seed: UInt64, _ medium: StateMedium) async throws {
        var random = SplitMix64(seed: ~seed)
        var batches = RandomBatches(seed: seed)
        for _ in 0..<5 {
            try await medium.withOpenStore { store, state in
                var state = state
                for _ in 0..<Int.random(in: 0...12, using: &random) {
                    // By the same store, or by the next one.
                    if Int.random(in: 0..<6, using: &random) == 0 { state = try await store.open() }
                    let batch = batches.next()
                    #expect(try await store.commit(batch, epoch: state.epoch) == batches.model.sequence)
                }
            }
            let state = try await medium.load()
            let isSame = state.records == batches.model.records
            try #require(isSame, "other records than the model's after batch \(batches.model.sequence)")
            #expect(state.sequence == batches.model.sequence)
            try await compareLazy(batches.model, medium)
        }
    }

    private static func compareLazy(_ model: StateModel, _ medium: StateMedium) async throws {
        let expected = Dictionary(uniqueKeysWithValues: model.lazyRecords.map { ($0.key, $0.value) })
        try await medium.withOpenStore { store, _ in
            for key in RandomBatches.keys where key.hasPrefix(StateLimits.lazyPrefix) {
                let isSame = try await store.read(key) == expected[key]
                #expect(isSame, "another \(key) than the model's after batch \(model.sequence)")
            }
        }
    }
}
