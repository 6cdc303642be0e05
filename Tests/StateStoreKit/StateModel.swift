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

    /// In the order that a store gives them in.
    package var records: [StateRecord] {
        values.map(StateRecord.init).sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }
}
