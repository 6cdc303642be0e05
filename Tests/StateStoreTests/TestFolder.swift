import Foundation
import StateStore
import StateStoreKit
import Testing

/// A folder of a test's own.
struct TestFolder: Sendable {
    struct Failure: Error { let step: String }

    let path: String
    /// Where most tests have their state.
    var state: String { "\(path)/state.db" }

    /// Makes one, lets the body use it, and removes it whatever happens.
    static func with<Value>(_ body: (TestFolder) async throws -> Value) async throws -> Value {
        var template = Array("/tmp/understudy-state-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(step: "mkdtemp") }
        let folder = TestFolder(
            path: String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        )
        defer { try? FileManager.default.removeItem(atPath: folder.path) }  // what is left is in /tmp
        return try await body(folder)
    }

    /// Leaves a state behind that the first batches of a seed have made, and gives what is in it.
    func makeState(batches count: Int, seed: UInt64 = 1) async throws -> StateModel {
        let store = try SQLiteStateStore(path: state)
        let epoch = try await store.open().epoch
        var batches = RandomBatches(seed: seed)
        for _ in 0..<count { _ = try await store.commit(batches.next(), epoch: epoch) }
        await store.close()
        return batches.model
    }

    /// What is in the state that is there.
    func load() async throws -> StoredState {
        let store = try SQLiteStateStore(path: state)
        let result: Result<StoredState, StateStoreError>
        do throws(StateStoreError) { result = .success(try await store.open()) } catch { result = .failure(error) }
        await store.close()
        return try result.get()
    }

    /// Every file's bytes, by name.
    ///
    /// Not while a store of this process is open: closing a file gives up all the process's locks on it.
    func contents() throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: path)
        return Dictionary(uniqueKeysWithValues: try names.map { ($0, try read($0)) })
    }

    func read(_ name: String = "state.db") throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))
    }

    func write(_ bytes: some Sequence<UInt8>, to name: String = "state.db") throws {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    }
}

/// The error's code, or nil when there was no error.
func code(_ body: () async throws -> Void) async -> StateStoreError.Code? {
    do {
        try await body()
    } catch let error as StateStoreError {
        return error.code
    } catch {
        Issue.record(error, "an error of another kind than the store's")
    }
    return nil
}
