import Model
import Synchronization
import Testing

@testable import API

/// A scheduler with what was said in each launch of a run; more is said each time that somebody asks.
private final class Talker: APITransport {
    struct Launch {
        var parts: [OutputStream: [String]]
        var next = 0
    }

    private let state: Mutex<(launches: [Launch], current: Int, faults: [APIError], asked: [String])>

    init(_ launches: [[OutputStream: [String]]], faults: [APIError] = []) {
        state = Mutex((launches.map { Launch(parts: $0) }, 1, faults, []))
    }

    var asked: [String] { state.withLock { $0.asked } }
    func launchAgain() { state.withLock { $0.current += 1 } }

    func send(_ call: APICall) async throws(APIError) -> APIAnswer {
        let result = state.withLock { state -> Result<LogView, APIError> in
            state.asked.append(String(call.url.dropFirst("http://s/v1/runs/r1/logs?".count)))
            if !state.faults.isEmpty { return .failure(state.faults.removeFirst()) }
            return Result { () throws(APIError) in
                let query = try LogQuery.read(call.url.drop { $0 != "?" }.dropFirst())
                let attempt = query.attempt ?? state.current
                let parts = state.launches[attempt - 1].parts[query.stream] ?? []
                let known = Self.count(parts, upTo: query.offset)
                let data = known < parts.count ? parts[known] : ""
                return LogView(
                    attempt: attempt,
                    data: data,
                    offset: query.offset,
                    next: query.offset + Int64(data.utf8.count),
                    ended: known + 1 >= parts.count
                )
            }
        }
        do {
            return APIAnswer(status: 200, body: try APIJSON.bytes(try result.get()))
        } catch let error as APIError {
            throw error
        } catch {
            throw APIError(.invalid, .badValue, "\(error)")
        }
    }

    func open(_ call: APICall) async throws(APIError) -> (any APIByteStream)? { nil }

    func shutdown() async {}

    private static func count(_ parts: [String], upTo offset: Int64) -> Int {
        var bytes = 0
        return parts.prefix { part in
            bytes += part.utf8.count
            return bytes <= offset
        }.count
    }
}

@Suite("Following a suite's output", .timeLimit(.minutes(6)))
struct OutputFollowerTests {
    private let id = RunID("r1")
    private static let away = APIError(.unreachable(mayHaveHappened: true), .unreachable, "no answer")

    private func follower(_ talker: some APITransport, _ lines: Lines) throws -> OutputFollower {
        OutputFollower(
            client: try APIClient(url: "http://s", transport: talker),
            control: VirtualControl(),
            write: { lines.add("\($0): \($1)") },
            say: { lines.add("- \($0)") }
        )
    }

    @Test("both streams are read to their ends, each in its order")
    func reads() async throws {
        let talker = Talker([[.stdout: ["a\n", "é", "c"], .stderr: ["oh\n"]]])
        let lines = Lines()
        try await follower(talker, lines).read(id)
        #expect(lines.all == ["stdout: a\n", "stdout: é", "stdout: c", "stderr: oh\n"])
        #expect(talker.asked.last == "task=suite&stream=stderr&offset=0&limit=262144&attempt=1")
    }

    @Test("a scheduler that is away for a while loses nothing")
    func away() async throws {
        let faults = [Self.away, APIError(.refused(status: 503), .badAnswer, "agent"), Self.away]
        let talker = Talker([[.stdout: ["a", "b"], .stderr: []]], faults: faults)
        let lines = Lines()
        try await follower(talker, lines).follow(id) { true }
        #expect(lines.all == ["stdout: a", "stdout: b"])
    }

    @Test("a run that is launched again is followed to its next launch")
    func launchedAgain() async throws {
        let talker = Talker([[.stdout: ["first\n"], .stderr: []], [.stdout: ["second\n"], .stderr: ["oh\n"]]])
        let lines = Lines()
        let looks = Mutex(0)
        try await follower(talker, lines).follow(id) {
            let count = looks.withLock { looks in
                looks += 1
                return looks
            }
            if count == 3 { talker.launchAgain() }
            return count > 4
        }
        #expect(
            lines.all == [
                "stdout: first\n", "- the suite was launched again; this is launch 2", "stdout: second\n",
                "stderr: oh\n",
            ]
        )
    }

    @Test("one launch alone is followed to its end, whatever comes after")
    func oneLaunch() async throws {
        let talker = Talker([[.stdout: ["first\n"], .stderr: []], [.stdout: ["second\n"], .stderr: []]])
        talker.launchAgain()
        let lines = Lines()
        try await follower(talker, lines).follow(id, attempt: 1) { false }
        #expect(lines.all == ["stdout: first\n"])
    }

    @Test("an agent that never answers is given up some time after the run's end")
    func givesUp() async throws {
        let lines = Lines()
        let transport = ScriptedTransport([.unreachable(mayHaveHappened: true)])
        try await follower(transport, lines).follow(id) { transport.calls.count > 5 }
        #expect(lines.all == ["- the suite's output could not be read to its end"])
        #expect((6...60).contains(transport.calls.count))
    }

    @Test("what is gone is said once, and what has not begun yet only to those who do not wait")
    func notes() async throws {
        let pending = #"{"attempt":1,"data":"","offset":0,"next":0,"ended":false,"note":"it has not begun yet"}"#
        let kept = #"{"attempt":1,"data":"end","offset":9,"next":12,"ended":true,"note":"only the end"}"#
        let lines = Lines()
        let steps: [ScriptedTransport.Step] = [.answer(200, pending), .answer(200, pending), .answer(200, kept)]
        try await follower(ScriptedTransport(steps), lines).follow(id) { true }
        #expect(lines.all == ["- only the end", "stdout: end", "stderr: end"])
        let seen = Lines()
        try await follower(ScriptedTransport([.answer(200, pending)]), seen).read(id)
        #expect(seen.all == ["- it has not begun yet"])
    }

    @Test("a refusal that is for good ends it")
    func refused() async throws {
        let gone = #"{"code":"run.output_gone","message":"gone","field":null}"#
        let error = await #expect(throws: APIError.self) {
            try await follower(ScriptedTransport([.answer(410, gone)]), Lines()).follow(id) { false }
        }
        #expect(error?.kind == .refused(status: 410))
    }
}
