import Model
import Testing

@testable import API

@Suite("Following a run")
struct RunFollowerTests {
    private let request = RunRequest(key: "k", source: SourceName("guestbook"))

    private func view(_ phases: Phase..., result: RunResult? = nil) -> RunView {
        let entries = phases.enumerated().map { index, phase in
            RunView.PhaseView(phase: phase, at: Timestamp(Instant(milliseconds: Int64(index) * 1_500)), seconds: nil)
        }
        return RunView(
            id: RunID("r1"),
            key: "k",
            source: SourceName("guestbook"),
            phase: phases.last ?? .requested,
            result: result,
            reason: result.map { _ in "why" },
            phases: entries
        )
    }

    private func follow(
        _ steps: [ScriptedTransport.Step],
        timeout: Span = .minutes(1),
        control: VirtualControl = VirtualControl()
    ) async throws -> (outcome: FollowOutcome, lines: [String], calls: [String]) {
        let transport = ScriptedTransport(steps)
        let lines = Lines()
        let client = try APIClient(url: "http://s", transport: transport)
        let outcome = await RunFollower(client: client, control: control, say: lines.add).follow(
            request,
            timeout: timeout
        )
        return (outcome, lines.all, transport.calls.map { "\($0.method) \($0.url.dropFirst(8))" })
    }

    @Test("ends with the result, before the cleaning up")
    func ends() async throws {
        let last = view(.requested, .testing, .ending, result: .passed)
        let steps: [ScriptedTransport.Step] = [
            .view(201, view(.requested)), .view(200, view(.requested, .testing)), .view(200, last),
        ]
        let (outcome, lines, calls) = try await follow(steps)
        #expect(outcome == .ended(last))
        #expect(calls == ["POST /v1/runs", "GET /v1/runs/r1", "GET /v1/runs/r1"])
        #expect(
            lines == [
                "run r1 of guestbook, key k", "     0.0s  requested", "     1.5s  testing", "     3.0s  ending",
                "passed: why",
            ]
        )
    }

    @Test("asks again with the same key when there was no answer, and says so once")
    func away() async throws {
        let last = view(.requested, .ending, result: .failed)
        let (outcome, lines, calls) = try await follow([
            .unreachable(mayHaveHappened: false), .unreachable(mayHaveHappened: true), .view(200, view(.requested)),
            .answer(503, #"{"code":"scheduler.not_ready","message":"starting","field":null}"#), .answer(502, ""),
            .view(200, last),
        ])
        #expect(outcome == .ended(last))
        #expect(calls.prefix(3) == ["POST /v1/runs", "POST /v1/runs", "POST /v1/runs"])
        #expect(calls.count == 6)
        #expect(lines.count { $0.contains("waiting for it") } == 2)
        #expect(lines.count { $0 == "the scheduler answers again" } == 2)
    }

    @Test("stops at a refusal")
    func refused() async throws {
        let steps = [
            ScriptedTransport.Step.answer(404, #"{"code":"scheduler.unknown_source","message":"m","field":"source"}"#)
        ]
        let (outcome, _, calls) = try await follow(steps)
        guard case .refused(let error, nil) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(error.field == "source")
        #expect(calls.count == 1)
    }

    @Test("stops when the time is up, with pauses that grow to two seconds and never beyond the end")
    func timeout() async throws {
        let control = VirtualControl()
        let (outcome, _, calls) = try await follow(
            [.view(200, view(.requested))],
            timeout: .seconds(20),
            control: control
        )
        #expect(outcome == .timedOut(view(.requested)))
        #expect(control.now() == Instant(milliseconds: 20_000))
        #expect(control.pauses.first == .milliseconds(250))
        #expect(control.pauses.max() == .seconds(2))
        #expect((8...20).contains(calls.count))
    }

    @Test("stops when the time is up although the scheduler never answered")
    func timeoutAway() async throws {
        let (outcome, _, _) = try await follow([.unreachable(mayHaveHappened: false)], timeout: .seconds(5))
        #expect(outcome == .timedOut(nil))
    }

    @Test("releases once when the user wants it, and stays until the result is there")
    func release() async throws {
        let last = view(.requested, .ending, result: .cancelled)
        let steps: [ScriptedTransport.Step] = [
            .view(201, view(.requested)), .unreachable(mayHaveHappened: true), .view(202, view(.requested)),
            .view(200, last),
        ]
        let (outcome, _, calls) = try await follow(steps, control: VirtualControl(releaseAfter: .milliseconds(100)))
        #expect(outcome == .ended(last))
        #expect(calls == ["POST /v1/runs", "DELETE /v1/runs/r1", "DELETE /v1/runs/r1", "GET /v1/runs/r1"])
    }

    @Test("leaves at once when the user gives up and no request can have left")
    func giveUp() async throws {
        let control = VirtualControl(releaseAfter: .milliseconds(100))
        let (outcome, _, calls) = try await follow([.unreachable(mayHaveHappened: false)], control: control)
        #expect(outcome == .interrupted(nil))
        #expect(calls.count == 1)
    }

    @Test("finds the run before it gives up when a request may have arrived")
    func giveUpLater() async throws {
        let last = view(.requested, .ending, result: .cancelled)
        let steps: [ScriptedTransport.Step] = [
            .unreachable(mayHaveHappened: true), .view(200, view(.requested)), .view(202, last),
        ]
        let (outcome, _, calls) = try await follow(steps, control: VirtualControl(releaseAfter: .milliseconds(100)))
        #expect(outcome == .ended(last))
        #expect(calls == ["POST /v1/runs", "POST /v1/runs", "DELETE /v1/runs/r1"])
    }

    @Test("tells everything once, in order, and lets no control character through")
    func story() {
        var story = RunStory()
        var view = RunView.sample
        view.refusals[0].example = "agent\u{1B}[2J"
        #expect(
            story.lines(for: view) == [
                "run 7f3k of guestbook, key pipeline/7, owner nightly-ci",
                "     0.0s  requested",
                "     0.2s  ended",
                "           snapshot understudy-7f3k-s1",
                "           clone understudy-7f3k-0-c1",
                "           the copy landed on tier low, wanted low",
                "           refused 3 offers, not_a_portworx_node: agent?[2J",
                "           waits: no offer from agent-3 yet",
                "           task understudy.7f3k.0.1 TASK_RUNNING on agent-3",
                "           endpoint agent-3:31002, user cassandra",
                "failed: the suite exited with 1",
            ]
        )
        view.refusals[0].count = 4
        #expect(story.lines(for: view) == [])
    }
}
