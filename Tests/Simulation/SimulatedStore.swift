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
        let sorted = records.filter { !$0.key.hasPrefix(StateLimits.lazyPrefix) }.sorted { $0.key < $1.key }
            .map { StateRecord(key: $0.key, value: $0.value) }
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

    /// What a lazy record holds; nil when there is none.
    func read(_ key: String) -> [UInt8]? { records[key] }

    /// Keys of the lazy records.
    var lazyKeys: [String] { records.keys.filter { $0.hasPrefix(StateLimits.lazyPrefix) } }

    /// An operator has a framework that was torn down begin anew.
    mutating func forgetFramework() {
        records["framework"] = nil
        durable.frameworkID = nil
    }
}

/// What the records of a store stand for.
struct Durable: Sendable {
    var frameworkID: FrameworkID?
    var uninstallation: Uninstallation?
    var runs: [RunID: Run] = [:]
    var copies: [CopyName: Copy] = [:]
    /// What finds the runs of each chunk.
    var chunks: [Int: Archive.Chunk] = [:]
    /// What ended runs were when they went into the archive.
    var archived: [RunID: Run] = [:]

    fileprivate mutating func put(_ key: String, from state: SystemState) {
        switch Self.place(key) {
        case .run(let id): runs[id] = state.runs[id]
        case .copy(let name): copies[name] = state.copies[name]
        case .framework: frameworkID = state.frameworkID
        case .uninstallation: uninstallation = state.uninstallation
        case .source: break
        case .chunk: break
        case .index(let number):
            guard let chunk = state.archive.chunks.first(where: { $0.number == number }) else { return }
            chunks[number] = chunk
            for run in chunk.runs { archived[run.id] = runs[run.id] }
        }
    }

    fileprivate mutating func delete(_ key: String) {
        switch Self.place(key) {
        case .run(let id): runs[id] = nil
        case .copy(let name): copies[name] = nil
        case .framework: frameworkID = nil
        case .uninstallation: uninstallation = nil
        case .chunk, .source: break
        case .index(let number):
            for run in chunks.removeValue(forKey: number)?.runs ?? [] { archived[run.id] = nil }
        }
    }

    /// What a record is of.
    enum Place {
        case run(RunID)
        case copy(CopyName)
        case framework
        case uninstallation
        /// One that was given over the API; nobody gives one here.
        case source
        /// Runs of the archive.
        case chunk(Int)
        /// What finds them.
        case index(Int)
    }

    static func place(_ key: String) -> Place {
        if key.hasPrefix("run/") { return .run(RunID(String(key.dropFirst(4)))) }
        if key.hasPrefix("copy/") { return .copy(CopyName(String(key.dropFirst(5)))) }
        if key.hasPrefix("ended/") { return .chunk(Int(key.dropFirst(6)) ?? 0) }
        if key.hasPrefix("ended-index/") { return .index(Int(key.dropFirst(12)) ?? 0) }
        if key.hasPrefix("source/") { return .source }
        return key == "uninstall" ? .uninstallation : .framework
    }

    func load(_ settings: Settings, _ source: Source) -> SystemState {
        SystemState(
            settings: settings,
            install: Fixture.install,
            sources: [source],
            frameworkID: frameworkID,
            runs: runs.values.sorted { $0.id < $1.id },
            copies: copies.values.sorted { $0.name < $1.name },
            archive: Archive(Array(chunks.values)),
            uninstallation: uninstallation
        )
    }
}

extension World {
    /// Every run that is remembered.
    var allRuns: [Run] { Array(state.runs.values) + durable.archived.values }
}
