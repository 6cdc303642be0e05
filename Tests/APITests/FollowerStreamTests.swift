import Model
import Testing

@testable import API

@Suite("Following a run by its events", .timeLimit(.minutes(6)))
struct FollowerStreamTests {
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
            phases: entries
        )
    }

    private struct Followed {
        var outcome: FollowOutcome
        var lines: [String]
        /// Method, path, and what a stream goes on after.
        var calls: [String]
        var seen: [Phase]
    }

    private func follow(
        _ steps: [ScriptedTransport.Step],
        streams: [ScriptedStream],
        timeout: Span = .minutes(10),
        control: VirtualControl = VirtualControl()
    ) async throws -> Followed {
        let transport = ScriptedTransport(steps, streams: streams)
        let lines = Lines()
        let seen = Lines()
        let client = try APIClient(url: "http://s", transport: transport)
        let follower = RunFollower(client: client, control: control, say: lines.add) { seen.add($0.phase.rawValue) }
        let outcome = await follower.follow(request, timeout: timeout)
        let calls = transport.calls.map { call in
            "\(call.method) \(call.url.dropFirst(8))" + (call.lastEventID.map { " after \($0)" } ?? "")
        }
        return Followed(
            outcome: outcome,
            lines: lines.all,
            calls: calls,
            seen: seen.all.compactMap(Phase.init(rawValue:))
        )
    }

    @Test("tells each phase as it comes, without asking")
    func follows() async throws {
        let last = view(.requested, .testing, .ending, result: .passed)
        let stream = ScriptedStream([
            .text(": hello\nretry: 1000\n\n"), try .run(view(.requested)), try .phase(view(.requested, .testing)),
            .wait(.seconds(40)), try .phase(last), .hang,
        ])
        let followed = try await follow([.view(201, view(.requested))], streams: [stream])
        #expect(followed.outcome == .ended(last))
        #expect(followed.calls == ["POST /v1/runs", "GET /v1/runs/r1/events after 0"])
        #expect(followed.seen == [.requested, .requested, .testing, .ending])
        #expect(
            followed.lines == [
                "run r1 of guestbook, key k", "     0.0s  requested", "     1.5s  testing", "     3.0s  ending",
                "passed",
            ]
        )
    }

    @Test("goes on where it was when the connection breaks and the scheduler is away for a while")
    func resumes() async throws {
        let last = view(.requested, .cloning, .ending, result: .failed)
        let streams = [
            ScriptedStream([try .phase(view(.requested, .cloning)), .broken]), ScriptedStream([try .phase(last)]),
        ]
        let steps: [ScriptedTransport.Step] = [
            .view(201, view(.requested)), .unreachable(mayHaveHappened: false), .unreachable(mayHaveHappened: false),
            .view(200, view(.requested, .cloning)),
        ]
        let followed = try await follow(steps, streams: streams)
        #expect(followed.outcome == .ended(last))
        #expect(
            followed.calls == [
                "POST /v1/runs", "GET /v1/runs/r1/events after 0", "GET /v1/runs/r1", "GET /v1/runs/r1",
                "GET /v1/runs/r1", "GET /v1/runs/r1/events after 1",
            ]
        )
        #expect(followed.lines.count { $0.contains("waiting for it") } == 1)
        #expect(followed.lines.count { $0 == "the scheduler answers again" } == 1)
        #expect(followed.lines.count { $0.hasSuffix("cloning") } == 1, "each phase is told once")
    }

    @Test("a silence of 45 s is the end of a stream")
    func silence() async throws {
        let control = VirtualControl()
        let last = view(.requested, .ending, result: .passed)
        let streams = [
            ScriptedStream([.wait(.seconds(15)), .silence], control: control), ScriptedStream([try .phase(last)]),
        ]
        let followed = try await follow([.view(200, view(.requested))], streams: streams, control: control)
        #expect(followed.outcome == .ended(last))
        #expect(control.now() == Instant(milliseconds: 60_250))
    }

    @Test(
        "asks where there are no events to be had",
        arguments: [
            "another version": #"404 {"code":"api.not_found","message":"m","field":null}"#,
            "no room": #"503 {"code":"api.busy","message":"m","field":null}"#, "a proxy": "502 Bad gateway",
        ]
    )
    func falls(_ name: String, _ answer: String) async throws {
        let last = view(.requested, .ending, result: .passed)
        let status = try #require(Int(answer.prefix(3)))
        let stream = ScriptedStream([.text(String(answer.dropFirst(4)))], status: status)
        let steps: [ScriptedTransport.Step] = [
            .view(201, view(.requested)), .view(200, view(.requested)), .view(200, last),
        ]
        let followed = try await follow(steps, streams: [stream])
        #expect(followed.outcome == .ended(last))
        #expect(
            followed.calls
                == ["POST /v1/runs", "GET /v1/runs/r1/events after 0", "GET /v1/runs/r1", "GET /v1/runs/r1"]
        )
        #expect(!followed.lines.contains { $0.contains("waiting") }, "that is nobody's business")
    }

    @Test("asks when what comes is of no use: nothing, another type, another run, no JSON, no such phase")
    func useless() async throws {
        let last = view(.requested, .ending, result: .passed)
        var other = view(.requested)
        other.id = RunID("r2")
        let streams = [
            ScriptedStream([.silence]), ScriptedStream([.text("<html>")], contentType: "text/html"),
            ScriptedStream([try .run(other)]), ScriptedStream([.text("event: run\ndata: {\n\n")]),
            ScriptedStream([.text("id: 1\n"), try .run(view(.requested)), .text("event: phase\ndata: {}\n\n")]),
        ]
        for stream in streams {
            let steps: [ScriptedTransport.Step] = [.view(201, view(.requested)), .view(200, last)]
            let followed = try await follow(steps, streams: [stream])
            #expect(followed.outcome == .ended(last))
            #expect(followed.calls.last == "GET /v1/runs/r1")
        }
    }

    @Test("a refused stream is tried again after half a minute")
    func again() async throws {
        let control = VirtualControl()
        let last = view(.requested, .ending, result: .passed)
        let streams = [ScriptedStream([], status: 503), ScriptedStream([try .phase(last)])]
        let followed = try await follow([.view(200, view(.requested))], streams: streams, control: control)
        #expect(followed.outcome == .ended(last))
        #expect((30_000...32_000).contains(control.now().milliseconds))
    }

    @Test("a wish for release cuts the stream short, and goes on reading after it")
    func release() async throws {
        let control = VirtualControl(releaseAfter: .seconds(20))
        let last = view(.requested, .testing, .ending, result: .cancelled)
        let streams = [
            ScriptedStream(
                [try .phase(view(.requested, .testing)), .wait(.seconds(15)), .wait(.seconds(15)), .hang],
                control: control
            ),
            ScriptedStream([try .phase(last)]),
        ]
        let steps: [ScriptedTransport.Step] = [
            .view(201, view(.requested)), .unreachable(mayHaveHappened: true), .view(202, view(.requested, .testing)),
        ]
        let followed = try await follow(steps, streams: streams, control: control)
        #expect(followed.outcome == .ended(last))
        #expect(
            followed.calls == [
                "POST /v1/runs", "GET /v1/runs/r1/events after 0", "DELETE /v1/runs/r1", "DELETE /v1/runs/r1",
                "GET /v1/runs/r1/events after 1",
            ]
        )
    }

    @Test("the time is up also while it reads")
    func timeout() async throws {
        let control = VirtualControl()
        let waits = [ScriptedStream.Step](repeating: .wait(.seconds(15)), count: 10)
        let stream = ScriptedStream(waits + [.silence], control: control)
        let followed = try await follow(
            [.view(200, view(.requested))],
            streams: [stream],
            timeout: .seconds(155),
            control: control
        )
        #expect(followed.outcome == .timedOut(view(.requested)))
        #expect(control.now() == Instant(milliseconds: 155_000))
    }

    @Test("the client reads the events of a run")
    func client() async throws {
        let stream = ScriptedStream([try .phase(view(.requested)), .text("event: news\ndata: from the future\n\n")])
        let client = try APIClient(url: "http://s", transport: ScriptedTransport([], streams: [stream]))
        var events = try #require(try await client.events(of: RunID("r1"), after: nil))
        let phase = PhaseEvent(phase: view(.requested).phases[0], run: view(.requested))
        #expect(try await events.next(within: .seconds(1)) == [.phase(0, phase)])
        #expect(try await events.next(within: .seconds(1)) == [], "what is not known is passed over")
        #expect(try await events.next(within: .seconds(1)) == nil)
    }
}
