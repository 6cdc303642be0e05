import SeededRandom
package import StateStore

/// A sequence of batches without end; the same seed gives the same one, in another process too.
package struct RandomBatches: Sendable {
    /// Few, so that batches meet on the same records; some are the beginnings of others.
    package static let keys =
        ["a", "a/b", "a/b/c", "B", "-", ".", "_", "ended", "ended-a"] + (0..<25).map { "run/r\($0)" } + lazyKeys
    private static let lazyKeys = (0..<6).map { "ended/\($0)" }
    /// Several of a database's pages of 4 KiB.
    private static let bytesMax = 20_000

    private var random: SplitMix64
    /// What a store holds after the batches so far.
    package private(set) var model = StateModel()

    /// Begins at the first batch.
    package init(seed: UInt64) { random = SplitMix64(seed: seed) }

    /// The next batch: 1 to 12 changes.
    package mutating func next() -> [StateChange] {
        let count = Int.random(in: 1...12, using: &random)
        let batch = (0..<count).map { _ in change() }
        model.apply(batch)
        return batch
    }

    private mutating func change() -> StateChange {
        let key = Self.keys[Int.random(in: Self.keys.indices, using: &random)]
        guard Int.random(in: 0..<4, using: &random) > 0 else { return .delete(key: key) }
        // As many short values as long ones.
        let bytes = Int.random(in: 0...Int.random(in: 0...Self.bytesMax, using: &random), using: &random)
        // One byte repeated: anything finer is slow to make in a debug build, and killed writers make it anew.
        return .put(key: key, value: Array(repeating: .random(in: .min ... .max, using: &random), count: bytes))
    }
}
