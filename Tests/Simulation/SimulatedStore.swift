import Lifecycle
import Model
import Scheduler
import StateStore

/// A store in memory that keeps what was committed as bytes, and beside it what those bytes stand for.
struct SimulatedStore: Sendable {
    /// What becomes of a commit.
    enum Fate: Hashable {
        case taken
        /// Nothing is written, and the answer says so.
        case full
        /// The answer is an error, and it was written or was not.
        case torn(isWritten: Bool)
    }

    private var records: [String: [UInt8]] = [:]
    private var epoch: Int64 = 0
    private var sequence: Int64 = 0
    private(set) var durable = Durable()

    /// Claims it: commits of an earlier epoch are refused from now on.
    mutating func open() -> StoredState {
        epoch += 1
        let sorted = records.sorted { $0.key < $1.key }.map { StateRecord(key: $0.key, value: $0.value) }
        return StoredState(epoch: epoch, sequence: sequence, records: sorted)
    }

    /// Takes a batch that was made from this state, or does what else fate wills.
    mutating func commit(
        _ batch: [StateChange],
        epoch: Int64,
        _ fate: Fate,
        from state: SystemState
    ) -> Result<Int64, StateStoreError> {
        do throws(StateStoreError) { try StateLimits.check(batch) } catch { return .failure(error) }
        guard epoch == self.epoch else { return .failure(StateStoreError(.fenced, "epoch \(self.epoch) has begun")) }
        switch fate {
        case .full: return .failure(StateStoreError(.io, "the disk is full"))
        case .torn(let isWritten):
            if isWritten { write(batch, from: state) }
            return .failure(StateStoreError(.io, "nobody knows"))
        case .taken:
            write(batch, from: state)
            return .success(sequence)
        }
    }

    private mutating func write(_ batch: [StateChange], from state: SystemState) {
        sequence += 1
        for change in batch {
            switch change {
            case .put(let key, let value):
                records[key] = value
                durable.put(key, from: state)
            case .delete(let key):
                records[key] = nil
                durable.delete(key)
            }
        }
    }

    /// An operator has a framework that was torn down begin anew.
    mutating func forgetFramework() {
        records["framework"] = nil
        durable.frameworkID = nil
    }
}

/// What the records of a store stand for.
struct Durable: Sendable {
    var frameworkID: FrameworkID?
    var runs: [RunID: Run] = [:]
    var copies: [CopyName: Copy] = [:]

    fileprivate mutating func put(_ key: String, from state: SystemState) {
        switch Self.place(key) {
        case .run(let id): runs[id] = state.runs[id]
        case .copy(let name): copies[name] = state.copies[name]
        case .framework: frameworkID = state.frameworkID
        }
    }

    fileprivate mutating func delete(_ key: String) {
        switch Self.place(key) {
        case .run(let id): runs[id] = nil
        case .copy(let name): copies[name] = nil
        case .framework: frameworkID = nil
        }
    }

    /// What a record is of.
    enum Place {
        case run(RunID)
        case copy(CopyName)
        case framework
    }

    static func place(_ key: String) -> Place {
        if key.hasPrefix("run/") { return .run(RunID(String(key.dropFirst(4)))) }
        if key.hasPrefix("copy/") { return .copy(CopyName(String(key.dropFirst(5)))) }
        return .framework
    }

    func load(_ settings: Settings, _ source: Source) -> SystemState {
        SystemState(
            settings: settings,
            install: Fixture.install,
            sources: [source],
            frameworkID: frameworkID,
            runs: runs.values.sorted { $0.id < $1.id },
            copies: copies.values.sorted { $0.name < $1.name }
        )
    }
}
