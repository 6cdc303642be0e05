import StateStore
import Testing

extension StateStoreRule {
    static let endings = [
        StateStoreRule("a closed store says so, to an empty batch too, and stays closed") { medium in
            try await medium.withOpenStore { store, state in
                _ = try await store.commit([.put(key: "a", value: [1])], epoch: state.epoch)
                for _ in 0..<2 {
                    await store.close()
                    await expectRefusal(.closed, of: [.put(key: "a", value: [2])], by: store, epoch: state.epoch)
                    await expectRefusal(.closed, of: [], by: store, epoch: state.epoch)
                    let error = await #expect(throws: StateStoreError.self) { try await store.open() }
                    #expect(error?.code == .closed)
                }
            }
            #expect(try await medium.load().records == [StateRecord(key: "a", value: [1])])
        },
        StateStoreRule("a store is destroyed only when it is empty, and whoever opens it then begins anew") { medium in
            try await medium.withOpenStore { store, state in
                let keys = ["a", "ended/1"]
                _ = try await store.commit(keys.map { .put(key: $0, value: [1]) }, epoch: state.epoch)
                let error = await #expect(throws: StateStoreError.self) { try await store.destroy() }
                #expect(error?.code == .io)
                _ = try await store.commit(keys.map { .delete(key: $0) }, epoch: state.epoch)
                try await store.destroy()
            }
            let next = try await medium.load()
            #expect(next.records.isEmpty && next.sequence == 0)
        },
        StateStoreRule("a store that was closed before it was opened is closed") { medium in
            try await medium.withStore { store in
                await store.close()
                let error = await #expect(throws: StateStoreError.self) { try await store.open() }
                #expect(error?.code == .closed)
            }
            #expect(try await medium.load().records.isEmpty)
        },
        StateStoreRule("close, while others commit: each commit is done or refused, and what was done is kept") {
            medium in
            let done = try await medium.withOpenStore { store, state in
                await withTaskGroup(of: Int64?.self) { group in
                    for number in 0..<40 {
                        group.addTask { await sequenceOrClosed(store, number, state.epoch) }
                        if number == 20 {
                            group.addTask {
                                await store.close(); return nil
                            }
                        }
                    }
                    return await group.reduce(into: Set<Int64>()) { all, sequence in
                        if let sequence { all.insert(sequence) }
                    }
                }
            }
            let state = try await medium.load()
            #expect(state.records.count == done.count)
            #expect(state.sequence == Int64(done.count))
        },
        StateStoreRule("a cancelled task's commit happens, or throws one of the store's own errors") { medium in
            var acknowledged: Set<String> = []
            var refused: Set<String> = []
            try await medium.withOpenStore { store, state in
                for number in 0..<40 {
                    let task = Task {
                        // Some are cancelled before they begin, some while they wait.
                        if number.isMultiple(of: 2) { withUnsafeCurrentTask { $0?.cancel() } }
                        return try await store.commit([.put(key: "\(number)", value: [1])], epoch: state.epoch)
                    }
                    task.cancel()
                    do {
                        _ = try await task.value
                        acknowledged.insert("\(number)")
                    } catch let error as StateStoreError where error.code != .io {
                        refused.insert("\(number)")
                    }
                }
            }
            let state = try await medium.load()
            #expect(Set(state.records.map(\.key)) == acknowledged)
            #expect(state.sequence == Int64(acknowledged.count))
            #expect(acknowledged.count + refused.count == 40)
        },
    ]

    /// Nil when the store had been closed by then.
    private static func sequenceOrClosed(_ store: any StateStore, _ number: Int, _ epoch: Int64) async -> Int64? {
        do throws(StateStoreError) {
            return try await store.commit([.put(key: "\(number)", value: [1])], epoch: epoch)
        } catch {
            #expect(error.code == .closed)
            return nil
        }
    }
}
