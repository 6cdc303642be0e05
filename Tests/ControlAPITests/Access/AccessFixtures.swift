import FoundationEssentials
import Glibc
import Logging
import Model
import Synchronization

@testable import ControlAPI

/// Time that passes when a test says so.
final class FakeClock: Sendable {
    private struct State {
        var now = Instant(milliseconds: 0)
        var sleepers: [CheckedContinuation<Void, Never>] = []
        var slept: [Span] = []
    }

    private let state = Mutex(State())
    /// One element for each that has begun to wait.
    let waits: AsyncStream<Span>
    private let began: AsyncStream<Span>.Continuation
    private let blocks: Bool

    /// - Parameter blocks: holds whoever waits until ``wake()``; otherwise waiting takes no time.
    init(blocks: Bool = false) {
        self.blocks = blocks
        (waits, began) = AsyncStream.makeStream()
    }

    var now: Instant { state.withLock { $0.now } }
    /// For how long everybody wanted to wait so far.
    var slept: [Span] { state.withLock { $0.slept } }

    func pass(_ span: Span) { state.withLock { $0.now = $0.now + span } }

    /// Lets everybody go who waits.
    func wake() {
        let sleepers = state.withLock { state in
            defer { state.sleepers = [] }
            return state.sleepers
        }
        sleepers.forEach { $0.resume() }
    }

    var clock: AccessClock { AccessClock(now: { self.now }, sleep: { await self.sleep($0) }) }

    private func sleep(_ span: Span) async {
        state.withLock { $0.slept.append(span) }
        guard blocks else { return }
        await withCheckedContinuation { continuation in
            state.withLock { $0.sleepers.append(continuation) }
            began.yield(span)
        }
    }
}

/// Collects what is logged, metadata and all, one line an event.
final class RecordedLog: Sendable {
    private let state = Mutex<[String]>([])
    var lines: [String] { state.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: RecordedLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let fields = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            log.state.withLock {
                $0.append(([event.level.rawValue, "\(event.message)"] + fields).joined(separator: " "))
            }
        }
    }
}

/// A tokens file in a folder of its own.
final class TokensOnDisk: Sendable {
    static let view = "view-0123456789abcdef"
    static let run = "run-0123456789abcdef"
    static let admin = "admin-0123456789abcdef"
    /// One token of each role, named as the role.
    static let all = """
        [ {"name": "view", "role": "view", "token": "\(view)"},
          {"name": "run", "role": "run", "token": "\(run)", "runs": 2},
          {"name": "admin", "role": "admin", "token": "\(admin)"} ]
        """

    let folder: String
    var path: String { "\(folder)/tokens.json" }

    init(_ text: String = all) throws {
        folder = "/tmp/understudy-tokens-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try put(text)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }  // a test's folder; nothing hangs on it

    /// Renames a new file over the old one, as an operator should.
    func put(_ text: String, mode: Int = 0o600) throws {
        let new = "\(folder)/tokens.new"
        try Data(text.utf8).write(to: URL(filePath: new))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: new)
        guard rename(new, path) == 0 else { throw RawConnection.Failure(number: errno) }
    }

    func remove() throws { try FileManager.default.removeItem(atPath: path) }
}
