import API
import HTTPTransport
import Logging
import Model
import StateStore
import Synchronization
import Testing

@testable import ControlAPI
@testable import Lifecycle
@testable import Scheduler

/// One sandbox's files, or none; each read may be held up.
private final class Sandbox: SandboxPort {
    private let files: [String: [UInt8]]
    private let fault: SandboxFault
    private let gate: AsyncStream<Void>?

    init(
        _ files: [String: String],
        fault: SandboxFault.Kind = .missing,
        transient: Bool = false,
        gate: AsyncStream<Void>? = nil
    ) {
        self.files = files.mapValues { Array($0.utf8) }
        self.fault = SandboxFault(fault, Fault(code: "test.fault", message: "no", transient: transient))
        self.gate = gate
    }

    private func bytes(_ file: SandboxFile) async -> Result<[UInt8], SandboxFault> {
        if let gate {
            for await _ in gate {}
        }
        return files[file.path].map(Result.success) ?? .failure(fault)
    }

    func read(_ file: SandboxFile, from offset: Int64, max: Int) async -> Result<FileChunk, SandboxFault> {
        await bytes(file).map { bytes in
            let rest = bytes.dropFirst(Int(offset)).prefix(max)
            return FileChunk(bytes: Array(rest), isEnd: rest.count < max)
        }
    }

    func size(of file: SandboxFile) async -> Result<Int64, SandboxFault> { await bytes(file).map { Int64($0.count) } }

    func download(_ file: SandboxFile, max: Int) async -> Result<[UInt8], SandboxFault> {
        await bytes(file).flatMap { bytes in
            let fault = Fault(code: "test.large", message: "", transient: false)
            return bytes.count > max ? .failure(SandboxFault(.tooLarge, fault)) : .success(bytes)
        }
    }
}

/// Asked for nothing in these tests.
struct NoStore: StateStore {
    func open() async throws(StateStoreError) -> StoredState { StoredState(epoch: 1, sequence: 0, records: []) }
    func commit(_ changes: [StateChange], epoch: Int64) async throws(StateStoreError) -> Int64 { 1 }
    func read(_ key: String) async throws(StateStoreError) -> [UInt8]? { nil }
    func destroy() async throws(StateStoreError) {}
    func close() async {}
}

struct Nobody: ClusterPort, VolumePort {
    private var fault: Fault { Fault(code: "test", message: "nobody", transient: false) }
    func launch(_ order: LaunchOrder) async -> Outcome<Void> { .refused(fault) }
    func flush(_ order: FlushOrder) async -> Outcome<Void> { .refused(fault) }
    func decline(_ offers: [OfferID], refuse: Span) async -> Outcome<Void> { .refused(fault) }
    func teardown() async -> Outcome<Void> { .refused(fault) }
    func revive() async -> Outcome<Void> { .refused(fault) }
    func suppress() async -> Outcome<Void> { .refused(fault) }
    func kill(_ task: TaskID, on agent: AgentID?, grace: Span) async -> Outcome<Void> { .refused(fault) }
    func reconcile(_ questions: [Effect.TaskQuestion]) async -> Outcome<Void> { .refused(fault) }
    func acknowledge(_ update: TaskUpdate) async {}
    func nodes() async -> Result<[StorageNode], ReadFault> { .failure(ReadFault(fault)) }
    func volume(named name: String) async -> Result<Volume?, ReadFault> { .failure(ReadFault(fault)) }
    func inspect(_ id: VolumeID) async -> Result<Volume?, ReadFault> { .failure(ReadFault(fault)) }
    func volumes(install: String) async -> Result<[Volume], ReadFault> { .failure(ReadFault(fault)) }
    func create(
        _ name: CopyName,
        _ kind: Copy.Kind,
        of parent: VolumeID,
        labels: [String: String]
    ) async -> Outcome<Volume> { .refused(fault) }
    func adopt(
        _ name: CopyName,
        of parent: VolumeID,
        labels: [String: String]
    ) async -> Result<Volume?, ReadFault> { .failure(ReadFault(fault)) }
    func delete(_ copy: CopyVolumeID) async -> Outcome<Void> { .refused(fault) }
}

@Suite("Output and files of a run", .timeLimit(.minutes(6)))
struct OutputTests {
    private static let id = RunID("abc")

    private static func run(_ suite: TaskState?, isService: Bool = false) -> Run {
        let at = Instant(milliseconds: 0)
        let tests = isService ? nil : RunSpec.Suite(image: "suite:1", command: "true")
        let source = Source(
            name: SourceName("guestbook"),
            volume: "v",
            cassandra: Source.Cassandra(image: "cassandra:3.11", clusterName: "guestbook")
        )
        var run = Run(id: id, spec: RunSpec(source: source.name, suite: tests), source: source, createdAt: at)
        guard let suite else { return run }
        var task = Attempt.Task(id: TaskID("u.abc.0.1.suite"), at: at)
        task.state = suite
        task.started = suite != .dropped
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
                executorID: ExecutorID("u.abc.0.1.pod"),
                at: at,
                maxCompletion: .hours(1),
                agentPort: 5_051,
                cassandra: Attempt.Task(id: TaskID("u.abc.0.1"), at: at),
                suite: isService ? nil : task
            )
        ]
        return run
    }

    private static func service(_ run: Run, _ sandbox: Sandbox?) -> SchedulerRuns {
        let state = SystemState(
            settings: Settings(),
            install: "i",
            sources: [],
            frameworkID: FrameworkID("f"),
            runs: [run],
            copies: []
        )
        return .resting(state, at: Instant(milliseconds: 0), sandboxes: sandbox)
    }

    private func log(
        _ run: Run,
        _ sandbox: Sandbox?,
        _ query: LogQuery = LogQuery()
    ) async throws(APIRefusal) -> LogView {
        try await Self.service(run, sandbox).log(Self.id, query).get()
    }

    private func refusal(_ run: Run, _ sandbox: Sandbox?, _ query: LogQuery = LogQuery()) async -> APIRefusal? {
        do throws(APIRefusal) {
            _ = try await log(run, sandbox, query)
            return nil
        } catch {
            return error
        }
    }

    @Test("a task that runs is followed without a cut character, and its output has not ended")
    func follows() async throws {
        let sandbox = Sandbox(["stdout": "aé€😀z"])
        var said = ""
        var query = LogQuery(limit: 4)
        while said != "aé€😀z" {
            let view = try await log(Self.run(.running), sandbox, query)
            #expect(view.attempt == 1 && !view.ended && view.next > view.offset)
            said += view.data
            query.offset = view.next
        }
        #expect(try await log(Self.run(.running), sandbox, query) == LogView(attempt: 1, offset: query.offset))
    }

    @Test("output has ended once its task has and all of it is read")
    func ends() async throws {
        let sandbox = Sandbox(["stdout": "abcdef", "stderr": "oh"])
        let first = try await log(Self.run(.finished), sandbox, LogQuery(limit: 4))
        #expect(first == LogView(attempt: 1, data: "abcd", offset: 0, next: 4))
        let rest = try await log(Self.run(.finished), sandbox, LogQuery(offset: 4, limit: 4))
        #expect(rest == LogView(attempt: 1, data: "ef", offset: 4, next: 6, ended: true))
        let errors = try await log(Self.run(.failed), sandbox, LogQuery(stream: .stderr, attempt: 1))
        #expect(errors.data == "oh" && errors.ended)
        #expect(try await !log(Self.run(.finished), sandbox, LogQuery(task: .cassandra)).ended, "that one runs")
    }

    @Test("where there is nothing yet, or never was, the answer says so")
    func nothing() async throws {
        let none = Sandbox([:])
        let waiting = try await log(Self.run(nil), none)
        #expect(waiting.attempt == nil && !waiting.ended && waiting.note == "nothing of it has been launched yet")
        let staging = try await log(Self.run(.staging), none)
        #expect(!staging.ended && staging.note == "it has not begun yet")
        let dropped = try await log(Self.run(.dropped), none)
        #expect(dropped.ended && dropped.note?.hasPrefix("it never began") == true)
        #expect(await refusal(Self.run(.finished), none)?.body.code == "run.output_gone")
        #expect(await refusal(Self.run(.running), none, LogQuery(attempt: 2))?.body.code == "run.unknown_attempt")
        #expect(await refusal(Self.run(nil), none, LogQuery(attempt: 1))?.body.code == "run.unknown_attempt")
        #expect(await refusal(Self.run(.running, isService: true), none)?.body.code == "run.no_suite")
        let unknown = await Self.service(Self.run(.running), none).log(RunID("x"), LogQuery())
        #expect(throws: APIRefusal(status: 404, code: "api.unknown_run", message: "there is no run x")) {
            try unknown.get()
        }
    }

    @Test("an agent that does not answer is no reason to give up, one that never will is")
    func unreadable() async {
        let silent = Sandbox([:], fault: .unreadable, transient: true)
        #expect(await refusal(Self.run(.running), silent)?.status == 503)
        #expect(await refusal(Self.run(.running), Sandbox([:], fault: .unreadable))?.status == 409)
        #expect(await refusal(Self.run(.running), nil)?.status == 409)
    }

    @Test("once the sandbox is gone, the kept end is given, and says that it is one")
    func kept() async throws {
        var run = Self.run(.failed)
        run.output = SuiteOutput(
            attempt: 1,
            stdout: .init(text: "the end\n", from: 92, size: 100),
            stderr: .init(text: "", from: 0, size: 0, fault: "no answer")
        )
        let gone = Sandbox([:])
        let view = try await log(run, gone)
        #expect(view.data == "the end\n" && view.offset == 92 && view.next == 100 && view.ended)
        #expect(view.note?.contains("this end of the output was kept with the run") == true)
        #expect(try await log(run, gone, LogQuery(offset: 96)).data == "end\n")
        #expect(try await log(run, gone, LogQuery(offset: 96)).offset == 96)
        #expect(try await log(run, gone, LogQuery(offset: 100)).data == "")
        #expect(try await log(run, gone, LogQuery(offset: 1_000)).next == 1_000)
        #expect(await refusal(run, gone, LogQuery(stream: .stderr))?.body.code == "run.output_gone")
        #expect(try await log(run, Sandbox(["stdout": "all of it"])).data == "all of it", "while it is there")
    }

    @Test("a report is a file of the suite's sandbox")
    func files() async throws {
        let sandbox = Sandbox(["out/report.xml": "<testsuite/>", "large": String(repeating: "x", count: 9 << 20)])
        let service = Self.service(Self.run(.finished), sandbox)
        #expect(try await service.file(Self.id, path: "out/report.xml").get() == Array("<testsuite/>".utf8))
        func code(_ service: SchedulerRuns, _ path: String) async -> String? {
            guard case .failure(let refusal) = await service.file(Self.id, path: path) else { return nil }
            return "\(refusal.status) \(refusal.body.code)"
        }
        #expect(await code(service, "nope.xml") == "404 run.no_file")
        #expect(await code(service, "large") == "413 run.file_too_large")
        #expect(await code(Self.service(Self.run(nil), sandbox), "x") == "404 run.no_file")
        #expect(await code(Self.service(Self.run(.running, isService: true), sandbox), "x") == "404 run.no_file")
        let silent = Sandbox([:], fault: .unreadable, transient: true)
        #expect(await code(Self.service(Self.run(.finished), silent), "x") == "503 run.output_unreadable")
    }

    @Test("only a few read at once, and the others are told to ask again")
    func busy() async throws {
        let (gate, feed) = AsyncStream.makeStream(of: Void.self)
        let service = Self.service(Self.run(.finished), Sandbox(["a": ""], gate: gate))
        let readers = (0..<OutputGate.filesMax).map { _ in Task { await service.file(Self.id, path: "a") } }
        while true {
            let answer = await service.fileGate.pass { .success(()) }
            guard case .failure(let refusal) = answer else {
                await Task.yield()
                continue
            }
            #expect(refusal.status == 429)
            break
        }
        feed.finish()
        for reader in readers { #expect(try await reader.value.get().isEmpty) }
        #expect(try await service.file(Self.id, path: "a").get().isEmpty)
    }

    @Test("over HTTP they are what the client asks for, and a file is no page of ours")
    func http() async throws {
        try await ServerHarness.with { server in
            let client = try APIClient(url: server.url, http: server.http)
            let run = try await client.submit(RunRequest(source: SourceName("guestbook")), within: patient).run
            let query = LogQuery(task: .cassandra, stream: .stderr, offset: 3, limit: 4, attempt: 7)
            let view = try await client.log(run.id, query, within: patient)
            #expect(view == LogView(attempt: 7, data: "cassandra stderr: says", offset: 3, next: 7))
            #expect(try await client.file(run.id, path: "out/a b%é.xml", within: patient) == Array("<testsuite/>".utf8))
            let error = await #expect(throws: APIError.self) {
                try await client.file(run.id, path: "x", within: patient)
            }
            #expect(error?.kind == .refused(status: 404))
            let file = try await server.send("GET", "/v1/runs/r1/files?path=out/a%20b%25%C3%A9.xml")
            #expect(file.head.header("Content-Type") == "application/octet-stream")
            #expect(file.head.header("X-Content-Type-Options") == "nosniff")
            #expect(try await server.status("GET", "/v1/runs/r1/logs?limit=3") == 400)
            #expect(try await server.status("GET", "/v1/runs/r1/files?path=../x") == 400)
            #expect(try await server.status("GET", "/v1/runs/r1/files") == 400)
            #expect(try await server.status("GET", "/v1/runs/r1/else") == 404)
            #expect(try await server.status("POST", "/v1/runs/r1/logs") == 405)
        }
    }
}
