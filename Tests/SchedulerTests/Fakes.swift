import Lifecycle
import Logging
import Model
import StateStore
import Synchronization

@testable import Scheduler

/// A store in memory that can be told to fail, and that tells what was committed.
actor MemoryStore: StateStore {
    private var records: [String: [UInt8]] = [:]
    private(set) var commits: [[StateChange]] = []
    private var failure: StateStoreError?
    private var gate: CheckedContinuation<Void, Never>?
    private var isHeld = false
    private var arrival: CheckedContinuation<Void, Never>?

    func open() async throws(StateStoreError) -> StoredState {
        let sorted = records.filter { !$0.key.hasPrefix(StateLimits.lazyPrefix) }.sorted { $0.key < $1.key }
            .map { StateRecord(key: $0.key, value: $0.value) }
        return StoredState(epoch: 1, sequence: Int64(commits.count), records: sorted)
    }

    func commit(_ changes: [StateChange], epoch: Int64) async throws(StateStoreError) -> Int64 {
        if isHeld {
            arrival?.resume()
            arrival = nil
            await withCheckedContinuation { gate = $0 }
        }
        if let failure { throw failure }
        commits.append(changes)
        for change in changes {
            switch change {
            case .put(let key, let value): records[key] = value
            case .delete(let key): records[key] = nil
            }
        }
        return Int64(commits.count)
    }

    func read(_ key: String) async throws(StateStoreError) -> [UInt8]? {
        try StateLimits.check(lazy: key)
        return records[key]
    }

    func destroy() async throws(StateStoreError) {}
    func close() async {}

    func fail(with error: StateStoreError) { failure = error }

    /// Commits wait from now on.
    func hold() { isHeld = true }

    /// Returns once a commit waits.
    func held() async {
        if gate == nil { await withCheckedContinuation { arrival = $0 } }
    }

    func letGo() {
        isHeld = false
        gate?.resume()
        gate = nil
    }
}

/// A cluster and a storage that write down what they are asked for, and do nothing.
final class Recorder: ClusterPort, VolumePort {
    private let lines = Mutex<[String]>([])

    var calls: [String] { lines.withLock { $0 } }

    private func note(_ line: String) { lines.withLock { $0.append(line) } }

    func flush(_ order: FlushOrder) async -> Outcome<Void> {
        note("flush \(order.run.id)")
        return .done(())
    }

    func launch(_ order: LaunchOrder) async -> Outcome<Void> {
        note("launch \(order.run.id)")
        return .done(())
    }

    func decline(_ offers: [OfferID], refuse: Span) async -> Outcome<Void> {
        note("decline \(offers.map(\.value).joined(separator: " ")) for \(refuse)")
        return .done(())
    }

    func revive() async -> Outcome<Void> {
        note("revive")
        return .done(())
    }

    func teardown() async -> Outcome<Void> {
        note("teardown")
        return .done(())
    }

    func suppress() async -> Outcome<Void> {
        note("suppress")
        return .done(())
    }

    func kill(_ task: TaskID, on agent: AgentID?, grace: Span) async -> Outcome<Void> {
        note("kill \(task)")
        return .done(())
    }

    func reconcile(_ questions: [Effect.TaskQuestion]) async -> Outcome<Void> {
        note("reconcile \(questions.count)")
        return .done(())
    }

    func acknowledge(_ update: TaskUpdate) async { note("acknowledge \(update.taskID) \(update.state.rawValue)") }

    func nodes() async -> Result<[StorageNode], ReadFault> {
        note("nodes")
        return .success([])
    }

    func volume(named name: String) async -> Result<Volume?, ReadFault> {
        note("volume \(name)")
        return .success(Volume(id: VolumeID("1"), name: name))
    }

    func inspect(_ id: VolumeID) async -> Result<Volume?, ReadFault> {
        note("inspect \(id)")
        return .success(nil)
    }

    func volumes(install: String) async -> Result<[Volume], ReadFault> {
        note("list")
        return .success([])
    }

    func create(
        _ name: CopyName,
        _ kind: Copy.Kind,
        of parent: VolumeID,
        labels: [String: String]
    ) async -> Outcome<Volume> {
        note("create \(name)")
        return .refused(Fault(code: "test", message: "nothing is made here", transient: true))
    }

    func adopt(
        _ name: CopyName,
        of parent: VolumeID,
        labels: [String: String]
    ) async -> Result<Volume?, ReadFault> {
        note("adopt \(name)")
        return .success(nil)
    }

    func delete(_ copy: CopyVolumeID) async -> Outcome<Void> {
        note("delete \(copy)")
        return .done(())
    }
}

extension Source {
    static let guestbook = Source(
        name: SourceName("guestbook"),
        volume: "app-production",
        cassandra: Cassandra(image: "cassandra:3.11", clusterName: "guestbook")
    )
}

extension RunSpec {
    static func suite(key: String? = nil) -> RunSpec {
        RunSpec(key: key, source: SourceName("guestbook"), suite: Suite(image: "suite:1", command: "true"))
    }
}

/// A scheduler over fakes, for as long as the test plays with it.
struct Bench: Sendable {
    let store: MemoryStore
    let ports = Recorder()
    let scheduler: Scheduler
    let now = Instant(milliseconds: 1_700_000_000_000)

    init(store: MemoryStore = MemoryStore(), loaded: Records.Loaded = Records.Loaded()) {
        let now = now
        self.store = store
        scheduler = Scheduler(
            SystemState(
                settings: Settings(),
                install: "test",
                sources: [.guestbook],
                frameworkID: loaded.frameworkID,
                runs: loaded.runs,
                copies: loaded.copies,
                givenSources: loaded.sources
            ),
            store: store,
            epoch: 1,
            cluster: ports,
            volumes: ports,
            clock: { now },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// Runs the scheduler beside the body, and stops it after, unless it ends by itself.
    func play(endsItself: Bool = false, _ body: () async throws -> Void) async throws {
        let running = Task { try await scheduler.run() }
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        if !endsItself { await scheduler.stop() }
        try await running.value
        try result.get()
    }

    /// Looks until the ports have been asked this.
    func until(_ call: String) async {
        while !ports.calls.contains(call) {
            // Cancelled: the test is over its time, and says so itself.
            do { try await Task.sleep(for: .milliseconds(1)) } catch { return }
        }
    }
}
