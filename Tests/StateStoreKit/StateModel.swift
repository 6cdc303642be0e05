package import StateStore

/// What a store has to hold, as a dictionary.
package struct StateModel: Sendable {
    private var values: [String: [UInt8]] = [:]
    /// Of the last batch.
    package private(set) var sequence: Int64 = 0

    /// An empty one.
    package init() {}

    /// Applies a batch as a store has to.
    package mutating func apply(_ changes: [StateChange]) {
        guard !changes.isEmpty else { return }
        for change in changes {
            switch change {
            case .put(let key, let value): values[key] = value
            case .delete(let key): values[key] = nil
            }
        }
        sequence += 1
    }

    /// What a store gives when it is opened, in that order.
    package var records: [StateRecord] { sorted { !$0 } }
    /// What it gives one at a time.
    package var lazyRecords: [StateRecord] { sorted { $0 } }

    private func sorted(_ isWanted: (_ isLazy: Bool) -> Bool) -> [StateRecord] {
        values.filter { isWanted($0.key.hasPrefix(StateLimits.lazyPrefix)) }.map(StateRecord.init)
            .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }
}
