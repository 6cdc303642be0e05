import StateStore
import Testing

extension StateStoreRule {
    static let epochs = [
        StateStoreRule("each open gives a greater epoch, in the same store and in a new one") { medium in
            var epochs: [Int64] = []
            for _ in 0..<3 {
                try await medium.withOpenStore { store, state in
                    epochs.append(state.epoch)
                    epochs.append(try await store.open().epoch)
                }
            }
            #expect(zip(epochs, epochs.dropFirst()).allSatisfy { $0 < $1 }, "\(epochs)")
        },
        StateStoreRule("a later open fences an earlier one, whose empty batch hears of it too") { medium in
            let batch = [StateChange.put(key: "a", value: [2])]
            let last = try await medium.withOpenStore { store, first in
                _ = try await store.commit([.put(key: "a", value: [1])], epoch: first.epoch)
                let second = try await store.open()
                await expectRefusal(.fenced, of: batch, by: store, epoch: first.epoch)
                await expectRefusal(.fenced, of: [], by: store, epoch: first.epoch)
                _ = try await store.commit([.put(key: "b", value: [1])], epoch: second.epoch)
                return second.epoch
            }
            // Also one from before the store was given back.
            try await medium.withOpenStore { store, _ in
                await expectRefusal(.fenced, of: batch, by: store, epoch: last)
            }
            let state = try await medium.load()
            #expect(state.records.map(\.value) == [[1], [1]])
            #expect(state.sequence == 2)
        },
        StateStoreRule("a second store at the same time is refused, or fences the first") { medium in
            let batch = [StateChange.put(key: "a", value: [1])]
            try await medium.withOpenStore { first, state in
                let isSecondOpen: Bool
                do {
                    _ = try await medium.load()
                    isSecondOpen = true
                } catch let error as StateStoreError {
                    #expect(error.code == .locked)
                    isSecondOpen = false
                }
                guard isSecondOpen else {
                    #expect(try await first.commit(batch, epoch: state.epoch) == 1)
                    return
                }
                await expectRefusal(.fenced, of: batch, by: first, epoch: state.epoch)
                await expectRefusal(.fenced, of: [], by: first, epoch: state.epoch)
            }
        },
        StateStoreRule("an epoch that nobody was given is refused, 0 among them") { medium in
            try await medium.withStore { store in
                // Before anybody has opened it, the store itself may be at 0.
                for epoch: Int64 in [0, 1, -1] {
                    await expectRefusal(.fenced, of: [.put(key: "a", value: [1])], by: store, epoch: epoch)
                    await expectRefusal(.fenced, of: [], by: store, epoch: epoch)
                }
                let own = try await store.open().epoch
                for epoch in [0, -1, own - 1, own + 1, -own, .min, .max] {
                    await expectRefusal(.fenced, of: [.put(key: "a", value: [1])], by: store, epoch: epoch)
                    await expectRefusal(.fenced, of: [], by: store, epoch: epoch)
                }
                #expect(try await store.commit([], epoch: own) == 0)
            }
            #expect(try await medium.load().records.isEmpty)
        },
    ]
}
