import StateStore
import Testing

extension StateStoreRule {
    static let records = [
        StateStoreRule("a new store is empty, at sequence 0, and gives an epoch above 0") { medium in
            let state = try await medium.load()
            #expect(state.records.isEmpty)
            #expect(state.sequence == 0)
            #expect(state.epoch > 0)
        },
        StateStoreRule("everything is loaded, sorted by key, byte by byte") { medium in
            let sorted = [
                "-", "-a", ".", "..", "/", "//", "0", "10", "9", "A", "Z", "_", "a", "a-", "a/", "a/b", "aa", "b",
            ]
            try await medium.withOpenStore { store, state in
                let batch = sorted.shuffled().map { StateChange.put(key: $0, value: Array($0.utf8)) }
                _ = try await store.commit(batch, epoch: state.epoch)
            }
            let expected = sorted.map { StateRecord(key: $0, value: Array($0.utf8)) }
            #expect(try await medium.load().records == expected)
        },
        StateStoreRule("a value is any bytes, or none") { medium in
            let values: [[UInt8]] = [
                [], [0], [0, 0, 0], Array(.min ... .max), [0xFF, 0xFE, 0x00, 0xC3, 0x28], Array("'; DROP TABLE".utf8),
            ]
            let expected = values.enumerated().map { StateRecord(key: "value/\($0.offset)", value: $0.element) }
            try await medium.withOpenStore { store, state in
                let batch = expected.map { StateChange.put(key: $0.key, value: $0.value) }
                _ = try await store.commit(batch, epoch: state.epoch)
            }
            #expect(try await medium.load().records == expected)
        },
        StateStoreRule("a store opened again, and a store made anew, have everything") { medium in
            let expected = [StateRecord(key: "a", value: [2]), StateRecord(key: "b", value: [3])]
            try await medium.withOpenStore { store, state in
                _ = try await store.commit([.put(key: "a", value: [1])], epoch: state.epoch)
                let batch = [StateChange.put(key: "a", value: [2]), .put(key: "b", value: [3])]
                _ = try await store.commit(batch, epoch: state.epoch)
                let again = try await store.open()
                #expect(again.records == expected)
                #expect(again.sequence == 2)
            }
            let anew = try await medium.load()
            #expect(anew.records == expected)
            #expect(anew.sequence == 2)
        },
        StateStoreRule("a lazy record is left out of what is opened, and is read alone") { medium in
            let prefix = StateLimits.lazyPrefix
            let bytes = [UInt8](repeating: 9, count: StateLimits.valueBytesMax)
            try await medium.withOpenStore { store, state in
                let batch = [StateChange.put(key: prefix + "1", value: bytes), .put(key: "ended-index/1", value: [1])]
                _ = try await store.commit(batch, epoch: state.epoch)
                #expect(try await store.read(prefix + "1") == bytes)
                #expect(try await store.read(prefix + "2") == nil)
                #expect(try await store.read(prefix) == nil)
            }
            try await medium.withOpenStore { store, state in
                #expect(state.records == [StateRecord(key: "ended-index/1", value: [1])])
                let batch = [StateChange.put(key: prefix + "1", value: []), .put(key: prefix + "2", value: [2])]
                _ = try await store.commit(batch, epoch: state.epoch)
                #expect(try await store.read(prefix + "1") == [])
                _ = try await store.commit([.delete(key: prefix + "1")], epoch: state.epoch)
                #expect(try await store.read(prefix + "1") == nil)
                #expect(try await store.read(prefix + "2") == [2])
            }
        },
        StateStoreRule("a record that is not lazy is not read alone, nor is what is no key") { medium in
            try await medium.withOpenStore { store, state in
                _ = try await store.commit([.put(key: "a", value: [1])], epoch: state.epoch)
                for key in [
                    "a", "", "ended", "ended-index/1", "ended/ü", "ended/" + String(repeating: "k", count: 200),
                ] {
                    let error = await #expect(throws: StateStoreError.self) { _ = try await store.read(key) }
                    #expect(error?.code == .limit)
                }
            }
        },
    ]
}
