package import StateStore

/// What several stores of one kind share: a file, or a node of ZooKeeper with all that is under it.
package struct StateMedium: Sendable {
    private let makeStore: @Sendable () async throws -> any StateStore

    /// Wraps it.
    ///
    /// - Parameter makeStore: gives a store that has not been opened, of the same state at each call.
    package init(_ makeStore: @escaping @Sendable () async throws -> any StateStore) { self.makeStore = makeStore }

    /// Lets the body have a store of its own, and closes it whatever happens.
    func withStore<Value>(_ body: (any StateStore) async throws -> Value) async throws -> Value {
        let store = try await makeStore()
        let result: Result<Value, any Error>
        do { result = .success(try await body(store)) } catch { result = .failure(error) }
        await store.close()
        return try result.get()
    }

    /// Lets the body have a store that has been opened, and what was in it.
    func withOpenStore<Value>(_ body: (any StateStore, StoredState) async throws -> Value) async throws -> Value {
        try await withStore { store in try await body(store, try await store.open()) }
    }

    /// What the next scheduler will find.
    func load() async throws -> StoredState { try await withOpenStore { _, state in state } }
}
