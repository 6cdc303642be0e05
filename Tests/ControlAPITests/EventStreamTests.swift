@testable import API
import HTTPTransport
import Model
import Testing

@testable import ControlAPI

@Suite("A run's event stream", .timeLimit(.minutes(6)))
struct EventStreamTests {
    private let request = #"{"key":"k","source":"guestbook","suite":{"image":"a","command":"c"}}"#

    private func withRun(
        _ streams: EventStreams = EventStreams(),
        shutdown: Duration = ControlLimits.shutdown,
        _ body: (ServerHarness) async throws -> Void
    ) async throws {
        try await ServerHarness.with(streams: streams, shutdown: shutdown) { server in
            #expect(try await server.status("POST", "/v1/runs", request) == 201)
            try await body(server)
        }
    }

    @Test("tells the phases so far, then each as it comes, and ends with the run")
    func phases() async throws {
        try await withRun { server in
            await server.service.enter(.snapshotting)
            let reader = try await EventReader(server)
            #expect(try await reader.block() == [": the run's phases as they come", "retry: 1000"])
            #expect(try await reader.event() == "id: 0, event: phase")
            let block = try #require(try await reader.block())
            #expect(block.prefix(2) == ["id: 1", "event: phase"])
            let data = try #require(block.last)
            #expect(block.count == 3 && data.hasPrefix(#"data: {"phase":{"at":"1970-01-01T00:00:01.000Z""#))
            let event = try APIJSON.read(Array(data.dropFirst(6).utf8), as: PhaseEvent.self)
            #expect(event.phase.phase == .snapshotting)
            #expect(await event.run == server.service.run(RunID("r1")))
            for (id, phase) in [(2, Phase.cloning), (3, .waiting), (4, .ending), (5, .ended)] {
                await server.service.enter(phase)
                #expect(try await reader.event() == "id: \(id), event: phase")
            }
            #expect(try await reader.block() == nil)
        }
    }

    @Test("goes on after the event that the reader has, and says when there is nothing to come")
    func resumes() async throws {
        try await withRun { server in
            await server.service.enter(.snapshotting)
            await server.service.enter(.cloning)
            let reader = try await EventReader(server, after: "0")
            #expect(try await reader.event() == "id: 1, event: phase")
            #expect(try await reader.event() == "id: 2, event: phase")
            let other = try await EventReader(server, after: "2")
            #expect(try await other.event() == "event: run", "how the run stands, since it may have changed")
            await server.service.enter(.ended)
            #expect(try await reader.event() == "id: 3, event: phase")
            #expect(try await other.event() == "id: 3, event: phase")
            #expect(try await reader.block() == nil)
            let headers = [(name: "Last-Event-ID", value: "3")]
            let answer = try await server.send("GET", "/v1/runs/r1/events", headers: headers)
            #expect(answer.head.status == 204)
            #expect(answer.body.isEmpty && answer.head.header("Content-Length") == nil)
        }
    }

    @Test("takes no id that it has not given", arguments: ["1", "-1", "+0", "0x0", "1.0", "1234567890", "last", "٠"])
    func badID(_ id: String) async throws {
        try await withRun { server in
            let headers = [(name: "Last-Event-ID", value: id)]
            let answer = try await server.send("GET", "/v1/runs/r1/events", headers: headers)
            #expect(answer.head.status == 400)
            #expect(text(answer).hasPrefix(#"{"code":"api.bad_value","field":"Last-Event-ID""#))
        }
    }

    @Test("has a head alone, and no place for a body")
    func headAndBody() async throws {
        try await withRun { server in
            let head = try await server.send("HEAD", "/v1/runs/r1/events")
            #expect(head.head.status == 200)
            #expect(head.head.header("Content-Type") == "text/event-stream")
            #expect(try await server.status("GET", "/v1/runs/r1/events", "{}") == 400)
            #expect(try await server.status("GET", "/v1/runs/r9/events") == 404)
        }
    }

    @Test("says something every 15 s, and other changes at most every 500 ms")
    func time() async throws {
        let clock = ManualClock()
        let streams = EventStreams(clock: clock)
        try await withRun(streams) { server in
            let reader = try await EventReader(server)
            #expect(try await reader.event() == "id: 0, event: phase")
            try await until { clock.lastAlarm == Instant(milliseconds: 15_000) }
            clock.advance(.seconds(15))
            #expect(try await reader.block() == [": still here"])
            await server.service.change(RunID("r1")) { $0.obstacle = "no offer yet" }
            #expect(try await reader.event() == "event: run")
            for count in 0..<50 {
                await server.service.change(RunID("r1")) { $0.obstacle = "\(count) offers refused" }
            }
            try await until { clock.lastAlarm == Instant(milliseconds: 15_500) }
            clock.advance(.milliseconds(500))
            let block = try #require(try await reader.block())
            #expect(block.last?.contains("49 offers refused") == true, "the newest, and no other")
            try await until { clock.lastAlarm == Instant(milliseconds: 30_500) }
            await server.service.enter(.ended)
            #expect(try await reader.event() == "id: 1, event: phase", "a phase does not wait")
            #expect(try await reader.block() == nil)
        }
    }

    @Test("there are only so many at once; a reader that goes gives its place back, and others are answered meanwhile")
    func places() async throws {
        let streams = EventStreams(EventStreams.Limits(streamsMax: 2))
        try await withRun(streams) { server in
            let first = try await EventReader(server)
            let second = try await EventReader(server)
            #expect(try await second.event() == "id: 0, event: phase")
            let refused = try await server.send("GET", "/v1/runs/r1/events")
            #expect(refused.head.status == 503)
            #expect(text(refused).contains(#""code":"api.busy""#))
            #expect(try await server.status("GET", "/v1/health") == 200)
            first.cancel()
            try await until { streams.count == 1 }
            let third = try await EventReader(server)
            #expect(try await third.event() == "id: 0, event: phase")
        }
    }

    @Test("a reader that stops reading is dropped, and what it held is free again")
    func stuckReader() async throws {
        // Whoever reads has time enough on a machine that is busy with other tests.
        let streams = EventStreams(EventStreams.Limits(pace: .zero, write: .seconds(5)))
        try await withRun(streams) { server in
            let stuck = try StuckReader(port: server.port, path: "/v1/runs/r1/events")
            let reader = try await EventReader(server)
            #expect(try await reader.event() == "id: 0, event: phase")
            try await until { streams.count == 2 }
            // What the kernel takes for it is not ours; some 10 MB are more than it takes.
            let text = String(repeating: "x", count: 1 << 20)
            var count = 0
            while streams.count == 2, count < 200 {
                count += 1
                await server.service.change(RunID("r1")) { [count] in $0.obstacle = "\(count) \(text)" }
                #expect(try await reader.event() == "event: run", "whoever reads is not kept from it")
            }
            #expect(streams.count == 1)
            await server.service.enter(.ended)
            #expect(try await reader.event() == "id: 1, event: phase")
            #expect(try await reader.block() == nil)
            try await until { streams.count == 0 }
            stuck.close()
        }
    }

    @Test("stopping the server ends every stream at once, also those that nobody reads")
    func stops() async throws {
        let streams = EventStreams(EventStreams.Limits(pace: .zero, write: .seconds(3_600)))
        var readers: [EventReader] = []
        // Neither deadline that would end a stream by force comes within this suite's limit: only `shutDown` ends them.
        try await withRun(streams, shutdown: .seconds(3_600)) { server in
            let stuck = try StuckReader(port: server.port, path: "/v1/runs/r1/events")
            let reader = try await EventReader(server)
            readers.append(reader)
            try await until { streams.count == 2 }
            let text = String(repeating: "x", count: 1 << 20)
            for count in 0..<20 {
                await server.service.change(RunID("r1")) { $0.obstacle = "\(count) \(text)" }
            }
            server.stop()
            do {
                while try await reader.block() != nil {}
            } catch let error as HTTPError where error.code == "http.truncated" {
                // What it had not read by then it asks for again.
            }
            _ = stuck
        }
        // A write to who does not read, and stopping, may take an hour here: coming to this line says that nobody waited.
        #expect(readers.count == 1 && streams.count == 0)
    }

    @Test("stopping the server ends a stream that has nothing to tell, with its proper end, and lets no other in")
    func stopsIdle() async throws {
        let clock = ManualClock()
        let limits = EventStreams.Limits(write: .seconds(3_600), linger: .seconds(3_600))
        let streams = EventStreams(limits, clock: clock)
        try await withRun(streams, shutdown: .seconds(3_600)) { server in
            let reader = try await EventReader(server)
            #expect(try await reader.event() == "id: 0, event: phase")
            try await until { clock.lastAlarm == Instant(milliseconds: 15_000) }
            server.stop()
            // Time stands still: it is not the keep-alive that wakes the stream.
            #expect(try await reader.block() == nil)
        }
        #expect(streams.count == 0)
    }

    @Test("one address has a share of them where nobody is asked for a token, and no more")
    func share() async throws {
        let streams = EventStreams(EventStreams.Limits(perHolderMax: 1))
        try await withRun(streams) { server in
            let first = try await EventReader(server)
            #expect(try await first.event() == "id: 0, event: phase")
            let refused = try await server.send("GET", "/v1/runs/r1/events")
            #expect(refused.head.status == 429)
            #expect(
                text(refused)
                    == #"{"code":"api.too_many_streams","field":null,"message":"address 127.0.0.1 has 1 event streams "#
                    + #"open, and may not have more; close one, or ask for the run instead"}"#
            )
            #expect(try await server.status("GET", "/v1/runs/r1") == 200)
            first.cancel()
            try await until { streams.count == 0 }
            let second = try await EventReader(server)
            #expect(try await second.event() == "id: 0, event: phase")
        }
    }
}
