import StateStore
import Testing

extension StateStoreRule {
    static let limits = [
        StateStoreRule("a key of the most bytes is taken, one beyond is not") { medium in
            let longest = String(repeating: "k", count: StateLimits.keyBytesMax)
            try await expectEdge(medium, [.put(key: longest, value: [1])], [.put(key: longest + "k", value: [1])])
            try await expectEdge(medium, [.delete(key: longest)], [.delete(key: longest + "k")])
        },
        StateStoreRule("a value of the most bytes is taken, one beyond is not") { medium in
            let longest = [UInt8](repeating: 7, count: StateLimits.valueBytesMax)
            try await expectEdge(medium, [.put(key: "a", value: longest)], [.put(key: "a", value: longest + [7])])
        },
        StateStoreRule("a batch of the most bytes is taken, keys counted; one beyond is not") { medium in
            let half = [UInt8](repeating: 7, count: StateLimits.batchBytesMax / 2 - 2)
            let fullest = [StateChange.put(key: "a1", value: half), .put(key: "a2", value: half)]
            try await expectEdge(medium, fullest, fullest + [.put(key: "b", value: [])])
            try await expectEdge(medium, fullest, fullest + [.delete(key: "b")])
            try await expectEdge(medium, fullest, [.put(key: "a1", value: half), .put(key: "a2", value: half + [7])])
        },
        StateStoreRule("a batch of the most changes is taken, one beyond is not") { medium in
            let keyBytes = StateLimits.batchBytesMax / StateLimits.batchChangesMax
            let longest = String(repeating: "k", count: min(keyBytes, StateLimits.keyBytesMax) - 4)
            let most = (0..<StateLimits.batchChangesMax).map { StateChange.put(key: "\(longest)\($0)", value: [1]) }
            try await expectEdge(medium, most, most + [.delete(key: "b")])
            let deletes = most.map { StateChange.delete(key: $0.named) }
            try await expectEdge(medium, deletes, deletes + [.delete(key: "b")])
        },
        StateStoreRule("every letter, digit and mark of the alphabet is taken, alone and at either end") { medium in
            let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/-".map { String($0) }
            let keys = alphabet + alphabet.map { "\($0)x\($0)" } + ["a//b", "a/./b", "a/../b", "../../a"]
            var model = StateModel()
            let batch = keys.map { StateChange.put(key: $0, value: Array($0.utf8)) }
            model.apply(batch)
            try await medium.withOpenStore { store, state in _ = try await store.commit(batch, epoch: state.epoch) }
            #expect(try await medium.load().records == model.records)
        },
        StateStoreRule("a key with anything else in it is refused") { medium in
            let ascii = (0..<128).map { String(UnicodeScalar(UInt8($0))) }
            let bad = ascii.filter { !($0.allSatisfy { $0.isLetter || $0.isNumber } || "._/-".contains($0)) }
            #expect(bad.count == 128 - 66)
            let keys = bad.flatMap { [$0, "a\($0)", "\($0)a"] } + ["", "é", "e\u{301}", "ａ", "٣", "\u{1F642}"]
            try await medium.withOpenStore { store, state in
                for key in keys {
                    await expectRefusal(.limit, of: [.put(key: key, value: [1])], by: store, epoch: state.epoch)
                    await expectRefusal(.limit, of: [.delete(key: key)], by: store, epoch: state.epoch)
                }
            }
            #expect(try await medium.load().records.isEmpty)
        },
    ]

    /// The first batch is taken, the second refused without a trace.
    private static func expectEdge(
        _ medium: StateMedium,
        _ taken: [StateChange],
        _ refused: [StateChange],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var model = StateModel()
        try await medium.withOpenStore { store, state in
            for record in state.records { model.apply([.put(key: record.key, value: record.value)]) }
            model.apply(taken)
            let sequence = try await store.commit(taken, epoch: state.epoch)
            #expect(sequence == state.sequence + 1, sourceLocation: sourceLocation)
            await expectRefusal(.limit, of: refused, by: store, epoch: state.epoch, sourceLocation: sourceLocation)
            #expect(try await store.commit([], epoch: state.epoch) == sequence, sourceLocation: sourceLocation)
        }
        // Not by the macro alone: its words for half a megabyte would be as long.
        let isSame = try await medium.load().records == model.records
        #expect(isSame, "other records than the batch that was taken", sourceLocation: sourceLocation)
    }
}

extension StateChange {
    fileprivate var named: String {
        switch self {
        case .put(let key, _), .delete(let key): key
        }
    }
}
