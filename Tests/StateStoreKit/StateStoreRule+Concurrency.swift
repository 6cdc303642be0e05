import StateStore
import Testing

extension StateStoreRule {
    static let concurrency = [
        StateStoreRule("commits at the same time come one after the other, each with a number of its own") { medium in
            let count = 50
            let sequences = try await medium.withOpenStore { store, state in
                try await withThrowingTaskGroup(of: Int64.self) { group in
                    for number in 0..<count {
                        group.addTask {
                            let batch = [
                                StateChange.put(key: "own/\(number)", value: [1]), .put(key: "last", value: [1]),
                            ]
                            return try await store.commit(batch, epoch: state.epoch)
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
            }
            #expect(sequences.sorted() == Array(1...Int64(count)))
            let state = try await medium.load()
            #expect(state.records.count == count + 1)
            #expect(state.sequence == Int64(count))
        },
        StateStoreRule("two batches on the same records never mix") { medium in
            try await medium.withOpenStore { store, state in
                try await withThrowingDiscardingTaskGroup { group in
                    for writer: UInt8 in 0..<20 {
                        group.addTask {
                            let batch = (0..<10).map { StateChange.put(key: "\($0)", value: [writer]) }
                            _ = try await store.commit(batch, epoch: state.epoch)
                        }
                    }
                }
            }
            let records = try await medium.load().records
            #expect(records.count == 10)
            #expect(Set(records.map(\.value)).count == 1)
        },
        StateStoreRule("opens at the same time give different epochs") { medium in
            let epochs = try await medium.withStore { store in
                try await withThrowingTaskGroup(of: Int64.self) { group in
                    for _ in 0..<10 { group.addTask { try await store.open().epoch } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
            }
            #expect(Set(epochs).count == 10)
        },
        StateStoreRule("what an open gives is all that whoever it fences ever commits") { medium in
            let (taken, state) = try await medium.withOpenStore { store, first in
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    for number in 0..<20 { group.addTask { try await isTaken(store, number, first.epoch) } }
                    let second = try await store.open()
                    for number in 20..<40 { group.addTask { try await isTaken(store, number, first.epoch) } }
                    return (try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }, second)
                }
            }
            #expect(state.records.count == taken)
            #expect(state.sequence == Int64(taken))
            #expect(try await medium.load().records == state.records)
        },
    ]

    /// False when somebody had opened the store by then.
    private static func isTaken(_ store: any StateStore, _ number: Int, _ epoch: Int64) async throws -> Bool {
        do throws(StateStoreError) {
            _ = try await store.commit([.put(key: "\(number)", value: [1])], epoch: epoch)
            return true
        } catch {
            guard error.code == .fenced else { throw error }
            return false
        }
    }
}
