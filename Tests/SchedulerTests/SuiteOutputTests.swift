import Foundation
import Logging
import Model
import StateStore
import Synchronization
import Testing

@testable import Lifecycle
@testable import Scheduler

/// One sandbox's files, which can be told to be out of reach for a while.
final class FakeSandboxes: SandboxPort {
    private let state: Mutex<(files: [String: [UInt8]], silences: Int, asked: [SandboxFile])>

    init(_ files: [String: [UInt8]], silences: Int = 0) { state = Mutex((files, silences, [])) }

    var asked: [SandboxFile] { state.withLock { $0.asked } }

    private func bytes(_ file: SandboxFile) -> Result<[UInt8], SandboxFault> {
        state.withLock { state in
            state.asked.append(file)
            if state.silences > 0 {
                state.silences -= 1
                return .failure(.init(.unreadable, Fault(code: "test", message: "no answer", transient: true)))
            }
            guard let bytes = state.files[file.path] else {
                return .failure(.init(.missing, Fault(code: "test", message: "no such file", transient: false)))
            }
            return .success(bytes)
        }
    }

    func read(_ file: SandboxFile, from offset: Int64, max: Int) async -> Result<FileChunk, SandboxFault> {
        bytes(file).map { bytes in
            let rest = bytes.dropFirst(Int(offset)).prefix(max)
            return FileChunk(bytes: Array(rest), isEnd: Int(offset) + rest.count == bytes.count)
        }
    }

    func size(of file: SandboxFile) async -> Result<Int64, SandboxFault> { bytes(file).map { Int64($0.count) } }

    func download(_ file: SandboxFile, max: Int) async -> Result<[UInt8], SandboxFault> { bytes(file) }
}

extension Run {
    /// A run whose suite has ended on an agent with this port.
    static func ended(
        _ result: RunResult = .failed,
        port: Int? = 5_051,
        command: String = "false",
        phase: Phase = .ending
    ) -> Run {
        let at = Instant(milliseconds: 1_700_000_000_000)
        let suite = RunSpec.Suite(image: "suite:1", command: command)
        let spec = RunSpec(source: SourceName("guestbook"), suite: suite)
        var run = Run(id: RunID("abc"), spec: spec, source: .guestbook, createdAt: at)
        var tests = Attempt.Task(id: TaskID("understudy.abc.0.1.suite"), at: at)
        var database = Attempt.Task(id: TaskID("understudy.abc.0.1"), at: at)
        tests.state = .failed
        database.state = .killed
        run.attempts = [
            Attempt(
                number: 1,
                clone: CopyName("c"),
                agent: AgentID("a"),
                hostname: "hdd-1",
                address: "127.0.0.1",
                node: NodeID("n"),
                ports: [],
                resources: PodResources(executor: [], cassandra: [], suite: []),
                executorID: ExecutorID("understudy.abc.0.1.pod"),
                at: at,
                maxCompletion: .hours(1),
                agentPort: port,
                cassandra: database,
                suite: tests
            )
        ]
        run.result = result
        run.phases.append(PhaseEntry(phase: phase, at: at))
        return run
    }
}

@Suite("A failed suite's last words", .timeLimit(.minutes(6)))
struct SuiteOutputTests {
    private let now = Instant(milliseconds: 1_700_000_000_000)

    private func state(_ run: Run) -> SystemState {
        SystemState(
            settings: Settings(),
            install: "i",
            sources: [.guestbook],
            frameworkID: FrameworkID("f"),
            runs: [run],
            copies: []
        )
    }

    private func isDue(_ state: SystemState, at now: Instant) -> Bool {
        state.due(at: now).contains(.readOutput(RunID("abc"), attempt: 1))
    }

    private func part(_ text: String, size: Int? = nil) -> Result<SuiteReading.Part, ReadFault> {
        let bytes = Array(text.utf8)
        return .success(SuiteReading.Part(bytes: bytes, size: Int64(size ?? bytes.count)))
    }

    private func kept(_ stdout: Result<SuiteReading.Part, ReadFault>, run: Run = .ended()) -> SuiteOutput.Tail? {
        var state = state(run)
        let reading = SuiteReading(stdout: stdout, stderr: part(""))
        _ = state.step(.outputRead(RunID("abc"), attempt: 1, reading), at: now)
        return state.runs[RunID("abc")]?.output?.stdout
    }

    @Test("are read of a failed suite, also when its run has ended, and of no other run")
    func due() {
        #expect(isDue(state(.ended()), at: now))
        #expect(isDue(state(.ended(phase: .ended)), at: now))
        #expect(state(.ended(phase: .ended)).isBusy)
        #expect(!isDue(state(.ended(port: nil)), at: now), "an older record names no port")
        for result in RunResult.allCases where result != .failed {
            #expect(!isDue(state(.ended(result)), at: now), "\(result)")
        }
    }

    @Test("are the last 200 lines of each stream")
    func lines() {
        let all = (0..<1_000).map { "line \($0)\n" }.joined()
        let tail = kept(part(all))
        #expect(tail?.text == (800..<1_000).map { "line \($0)\n" }.joined())
        #expect(tail?.size == Int64(all.utf8.count))
        #expect(tail.map { $0.from + Int64($0.text.utf8.count) } == Int64(all.utf8.count))
        #expect(kept(part("a\nb"))?.text == "a\nb")
        #expect(kept(part(""))?.text == "")
        #expect(kept(part("\n"))?.from == 0)
    }

    @Test("begin with a whole line")
    func wholeLine() {
        let tail = kept(part("f a line\nthe next\n", size: 100))
        #expect(tail?.text == "the next\n")
        #expect(tail?.from == 91)
        #expect(kept(part("one line without an end", size: 100))?.text == "one line without an end")
    }

    @Test("are asked for again while the agent does not answer, and given up with words")
    func retries() {
        var state = state(.ended())
        let silence = ReadFault(Fault(code: "mesos.unreachable", message: "no answer", transient: true))
        var moment = now
        for attempt in 1...4 {
            #expect(isDue(state, at: moment), "\(attempt)")
            _ = state.begin(at: moment)
            #expect(!isDue(state, at: moment), "it is under way")
            let reading = SuiteReading(stdout: .failure(silence), stderr: part("an error\n"))
            _ = state.step(.outputRead(RunID("abc"), attempt: 1, reading), at: moment)
            #expect(!isDue(state, at: moment), "not at once")
            moment = moment + .seconds(30)
        }
        #expect(!isDue(state, at: moment))
        let output = state.runs[RunID("abc")]?.output
        #expect(output?.stdout.fault == "mesos.unreachable: no answer")
        #expect(output?.stderr.text == "an error\n", "what could be read is kept")
        #expect(!state.isBusy || state.nodesAt == nil)
    }

    @Test("are not asked for again when there is nothing to be read")
    func missing() {
        let gone = ReadFault(Fault(code: "mesos.no_such_file", message: "gone", transient: false))
        #expect(kept(.failure(gone))?.fault == "mesos.no_such_file: gone")
    }

    @Test(
        "fit into a store's record, whatever was said and asked for",
        arguments: ["\u{1}", "/", "\"", "é", "😀", "x", "\u{1b}[31mred\n"],
        [1, 60_000]
    )
    func recordSize(_ text: String, commandBytes: Int) throws {
        let run = Run.ended(command: String(repeating: "/", count: commandBytes))
        let words = String(repeating: text, count: SuiteReading.bytesMax / text.utf8.count)
        var loop = FrameLoop(state(run))
        let reading = SuiteReading(stdout: part(words, size: 1 << 40), stderr: part(words, size: 1 << 40))
        let frame = try loop.frame([.outputRead(RunID("abc"), attempt: 1, reading)], at: now)
        let sizes = frame.batches.joined().map { change in
            guard case .put(_, let value) = change else { return 0 }
            return value.count
        }
        #expect(sizes.allSatisfy { $0 < 200 * 1_024 }, "\(sizes)")
        let tail = try #require(loop.state.runs[RunID("abc")]?.output?.stdout)
        #expect(!tail.text.isEmpty && words.hasSuffix(tail.text))
    }

    @Test("leave a record that an older version wrote as it was")
    func oldRecord() throws {
        let data = try JSONEncoder().encode(Run.ended(port: nil))
        let text = String(decoding: data, as: UTF8.self)
        #expect(!text.contains("output") && !text.contains("agentPort"))
        let loaded = try Records.load([StateRecord(key: "run/abc", value: Array(data))])
        #expect(loaded.runs == [.ended(port: nil)])
    }

    @Test("come from the end of the files, and reach the store")
    func shell() async throws {
        let log = (0..<10_000).map { "line \($0)\n" }.joined()
        let sandboxes = FakeSandboxes(["stdout": Array(log.utf8), "stderr": Array("oh\n".utf8)], silences: 1)
        let store = MemoryStore()
        let ports = Recorder()
        let clock = Mutex(now)
        let scheduler = Scheduler(
            state(.ended()),
            store: store,
            epoch: 1,
            cluster: ports,
            volumes: ports,
            sandboxes: sandboxes,
            clock: { clock.withLock { $0 } },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let running = Task { try await scheduler.run() }
        while await scheduler.state.runs[RunID("abc")]?.output == nil {
            clock.withLock { $0 = $0 + .seconds(1) }
            #expect(await scheduler.handle(.tick))
        }
        await scheduler.stop()
        try await running.value
        let loaded = try Records.load(try await store.open().records)
        let output = try #require(loaded.runs.first?.output)
        #expect(output.stdout.text == (9_800..<10_000).map { "line \($0)\n" }.joined())
        #expect(output.stderr.text == "oh\n")
        #expect(sandboxes.asked.allSatisfy { $0.task == TaskID("understudy.abc.0.1.suite") && $0.port == 5_051 })
    }
}
