import StateStore
import StateStoreKit
import Testing

@Suite("A state in SQLite keeps the contract of all stores", .timeLimit(.minutes(6)))
struct ContractTests {
    @Test("every rule of it", arguments: StateStoreRule.all)
    func rule(_ rule: StateStoreRule) async throws {
        try await TestFolder.with { folder in
            try await rule.check(StateMedium { try SQLiteStateStore(path: folder.state) })
        }
    }
}
