import StateStore
import Testing

extension StateStoreRule {
    static let batches = [
        StateStoreRule("the changes of a batch are applied in their order") { medium in
            try await medium.withOpenStore { store, state in
                _ = try await store.commit([.put(key: "old", value: [1])], epoch: state.epoch)
                let batch: [StateChange] = [
                    .put(key: "brief", value: [1]), .delete(key: "brief"),
                    .delete(key: "old"), .put(key: "old", value: [2]),
                    .put(key: "twice", value: [1]), .put(key: "twice", value: [2]),
                    .put(key: "back", value: [1]), .delete(key: "back"), .put(key: "back", value: [3]),
                ]
                _ = try await store.commit(batch, epoch: state.epoch)
            }
            let expected = [("back", 3), ("old", 2), ("twice", 2)].map { StateRecord(key: $0.0, value: [$0.1]) }
            #expect(try await medium.load().records == expected)
        },
        StateStoreRule("a record that is not there can be deleted, and a record is not its neighbours") { medium in
            try await medium.withOpenStore { store, state in
                let batch = ["a", "a/b", "a/bc"].map { StateChange.put(key: $0, value: [1]) }
                _ = try await store.commit(batch, epoch: state.epoch)
                let changes = ["a", "nothing", "nothing", "a/b/c"].map { StateChange.delete(key: $0) }
                #expect(try await store.commit(changes, epoch: state.epoch) == 2)
            }
            #expect(try await medium.load().records.map(\.key) == ["a/b", "a/bc"])
        },
        StateStoreRule("the sequence grows by one with each batch, by none with an empty one") { medium in
            let batch: [StateChange] = [.put(key: "a", value: [1]), .put(key: "b", value: [1])]
            let some: [[StateChange]] = [[], batch, batch, [], [.delete(key: "nothing")]]
            let numbers = try await medium.withOpenStore { store, state in
                try await sequences(of: some, by: store, epoch: state.epoch)
            }
            #expect(numbers == [0, 1, 2, 2, 3])
            let more = try await medium.withOpenStore { store, state in
                [state.sequence] + (try await sequences(of: [[], [.delete(key: "a")]], by: store, epoch: state.epoch))
            }
            #expect(more == [3, 3, 4])
        },
        StateStoreRule("of a batch with one bad change nothing is kept, wherever that change stands") { medium in
            try await medium.withOpenStore { store, state in
                _ = try await store.commit([.put(key: "old", value: [1])], epoch: state.epoch)
                let good: [StateChange] = [
                    .put(key: "new", value: [1]), .put(key: "old", value: [2]), .delete(key: "old"),
                ]
                for position in 0...good.count {
                    for bad in [StateChange.put(key: "a b", value: []), .delete(key: "")] {
                        var batch = good
                        batch.insert(bad, at: position)
                        await expectRefusal(.limit, of: batch, by: store, epoch: state.epoch)
                    }
                }
                #expect(try await store.commit([], epoch: state.epoch) == 1)
            }
            #expect(try await medium.load().records == [StateRecord(key: "old", value: [1])])
        },
    ]

    private static func sequences(
        of batches: [[StateChange]],
        by store: any StateStore,
        epoch: Int64
    ) async throws -> [Int64] {
        var sequences: [Int64] = []
        for batch in batches { sequences.append(try await store.commit(batch, epoch: epoch)) }
        return sequences
    }

    static func expectRefusal(
        _ code: StateStoreError.Code,
        of batch: [StateChange],
        by store: any StateStore,
        epoch: Int64,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        do throws(StateStoreError) {
            let sequence = try await store.commit(batch, epoch: epoch)
            Issue.record("taken as \(sequence), where \(code) was due", sourceLocation: sourceLocation)
        } catch {
            #expect(error.code == code, sourceLocation: sourceLocation)
        }
    }
}
