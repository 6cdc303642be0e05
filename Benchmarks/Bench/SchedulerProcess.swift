import API
import FoundationEssentials
import Glibc
import HTTPTransport
import LocalCluster
import Synchronization

/// The release build of the scheduler, as a process.
final class SchedulerProcess: Sendable {
    private let process: ChildProcess
    private let words: SchedulerWords

    /// Where its state is.
    let state: String

    /// Starts it; returns once it is subscribed.
    ///
    /// - Parameters:
    ///   - stage: whose program it is.
    ///   - master: host and port.
    ///   - portworx: the gateway's address.
    ///   - state: a file; nil for one of its own.
    ///   - more: flags.
    /// - Returns: one that is subscribed.
    /// - Throws: with its last words when it ends before.
    static func start(
        _ stage: Stage,
        master: String,
        portworx: String,
        state: String? = nil,
        _ more: [String] = []
    ) async throws -> SchedulerProcess {
        let folder = try stage.premises.folder("scheduler-\(String(UInt64.random(in: .min ... .max), radix: 36))")
        let state = state ?? "\(folder)/state.sqlite"
        let words = SchedulerWords()
        let process = try stage.premises.start(
            stage.program,
            try arguments(folder: folder, master: master, portworx: portworx, state: state) + more,
            line: words.hear
        )
        try await until("the scheduler is subscribed", within: .seconds(20)) {
            guard process.isRunning else { throw BenchFault("the scheduler ended: \(words.last)") }
            return words.address != nil && words.subscribedAfter != nil
        }
        return SchedulerProcess(process, words, state)
    }

    /// Of the command `scheduler`, with a sources file written beside the state.
    static func arguments(folder: String, master: String, portworx: String, state: String) throws -> [String] {
        let sources = "\(folder)/sources.json"
        try Data(BenchCluster.sources.utf8).write(to: URL(filePath: sources))
        return [
            "scheduler", "--master", master, "--portworx", portworx, "--state", "sqlite:\(state)",
            "--listen", "127.0.0.1:0", "--sources", sources,
        ]
    }

    private init(_ process: ChildProcess, _ words: SchedulerWords, _ state: String) {
        self.process = process
        self.words = words
        self.state = state
    }

    var figures: ProcessFigures { ProcessFigures(id: process.id) }

    /// From the start of the process until its SUBSCRIBE was accepted.
    var subscribedAfter: Duration { words.subscribedAfter ?? .zero }

    /// Its last lines in the log.
    var lastWords: String { words.last }

    /// Speaks to its API.
    func client<Value>(_ body: (APIClient) async throws -> Value) async throws -> Value {
        let client = try APIClient(url: words.address ?? "", http: HTTPClient())
        let result: Result<Value, any Error>
        do { result = .success(try await body(client)) } catch { result = .failure(error) }
        await client.shutdown()
        return try result.get()
    }

    /// Ends it in order.
    func stop() async {
        process.signal(SIGTERM)
        let killer = Task {
            try await Task.sleep(for: .seconds(15))
            process.signal(SIGKILL)
        }
        _ = await process.wait()
        killer.cancel()
    }
}

/// What the scheduler said so far, and when.
private final class SchedulerWords: Sendable {
    private struct Heard {
        var address: String?
        var subscribedAfter: Duration?
        var last: [String] = []
    }

    private static let listening = "understudy: listening on "
    private static let lastMax = 5

    private let started = ContinuousClock.now
    private let heard = Mutex(Heard())

    var address: String? { heard.withLock { $0.address } }
    var subscribedAfter: Duration? { heard.withLock { $0.subscribedAfter } }
    var last: String { heard.withLock { $0.last.joined(separator: "\n") } }

    func hear(_ line: String, isError: Bool) {
        heard.withLock { heard in
            if !isError, line.hasPrefix(Self.listening) {
                heard.address = String(line.dropFirst(Self.listening.count))
            }
            guard isError else { return }
            if line.contains("\"msg\":\"subscribed\"") { heard.subscribedAfter = ContinuousClock.now - started }
            heard.last = heard.last.suffix(Self.lastMax - 1) + [line]
        }
    }
}
