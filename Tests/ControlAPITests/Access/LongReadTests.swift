import API
import HTTPTransport
import Model
import Testing

@testable import ControlAPI

@Suite("What is read for long with a token", .timeLimit(.minutes(6)))
struct LongReadTests {
    private static let body = #"{"key":"k","source":"guestbook","suite":{"image":"a","command":"c"}}"#

    private let tokenClock = FakeClock()
    private let streamClock = ManualClock()
    private let log = RecordedLog()

    private func serve(
        _ limits: EventStreams.Limits = EventStreams.Limits(),
        _ body: (ServerHarness, TokensOnDisk, EventStreams) async throws -> Void
    ) async throws {
        let disk = try TokensOnDisk()
        let access = AccessGate(
            tokens: try TokenFile(path: disk.path, logger: log.logger, now: { [tokenClock] in tokenClock.now }),
            logger: log.logger,
            clock: tokenClock.clock
        )
        let streams = EventStreams(limits, clock: streamClock)
        try await ServerHarness.with(access: access, streams: streams, logger: log.logger) { server in
            #expect(try await server.status("POST", "/v1/runs", Self.body, headers: bearer(TokensOnDisk.run)) == 201)
            try await body(server, disk, streams)
        }
        #expect(!log.lines.contains { $0.contains("0123456789abcdef") })
    }

    private func bearer(_ token: String) -> [(name: String, value: String)] {
        [(name: "Authorization", value: "Bearer \(token)")]
    }

    @Test("an event stream ends within seconds of its token, and those of other tokens go on")
    func revoked() async throws {
        try await serve { server, disk, streams in
            let revoked = try await EventReader(server, token: TokensOnDisk.view)
            let kept = try await EventReader(server, token: TokensOnDisk.run)
            for reader in [revoked, kept] { #expect(try await reader.event() == "id: 0, event: phase") }
            try disk.put(#"[{"name":"run","role":"view","token":"\#(TokensOnDisk.run)"}]"#)
            try await until { streamClock.lastAlarm == Instant(milliseconds: 1_000) }
            // Nothing happens but a second of time.
            tokenClock.pass(.seconds(1))
            streamClock.advance(.seconds(1))
            #expect(try await revoked.block() == nil)
            try await until { streams.count == 1 }
            #expect(try await server.status("GET", "/v1/runs/r1/events", headers: bearer(TokensOnDisk.view)) == 401)
            await server.service.enter(.ended)
            #expect(try await kept.event() == "id: 1, event: phase")
            #expect(
                log.lines.contains(
                    "notice ended an event stream: its token is no longer good access.name=view run.id=r1"
                )
            )
        }
    }

    @Test("an event is not told to a token that is known to be gone, however soon it comes")
    func nothingAfter() async throws {
        try await serve { server, disk, _ async throws in
            let reader = try await EventReader(server, token: TokensOnDisk.view)
            #expect(try await reader.event() == "id: 0, event: phase")
            try disk.put("[]")
            tokenClock.pass(.seconds(1))
            await server.service.enter(.snapshotting)
            #expect(try await reader.event() == nil)
        }
    }

    @Test("a tokens file that is bad for a while ends no stream, and neither does a secret that moves to a new name")
    func goesOn() async throws {
        try await serve { server, disk, _ async throws in
            let reader = try await EventReader(server, token: TokensOnDisk.view)
            #expect(try await reader.event() == "id: 0, event: phase")
            for (index, text) in ["oops", #"[{"name":"new","role":"run","token":"\#(TokensOnDisk.view)"}]"#]
                .enumerated()
            {
                try disk.put(text)
                tokenClock.pass(.seconds(1))
                await server.service.enter(index == 0 ? .snapshotting : .ended)
                #expect(try await reader.event() == "id: \(index + 1), event: phase")
            }
        }
    }

    @Test("a followed log ends with the refusal when its token is gone")
    func logs() async throws {
        try await serve { server, disk, _ async throws in
            let client = try APIClient(url: server.url, http: server.http, token: Secret(TokensOnDisk.view))
            let (said, feed) = AsyncStream<String>.makeStream()
            let follower = OutputFollower(
                client: client,
                control: ShortPauses(),
                write: { _, text in feed.yield(text) },
                say: { _ in }
            )
            async let outcome: APIError? = {
                do throws(APIError) {
                    try await follower.follow(RunID("r1"), isOver: { false })
                    return nil
                } catch {
                    return error
                }
            }()
            for await _ in said { break }
            try disk.put("[]")
            tokenClock.pass(.seconds(1))
            #expect(await outcome?.code == .unauthorized)
        }
    }

    @Test("each token has its share of the streams, and cannot take another's")
    func shares() async throws {
        let limits = EventStreams.Limits(streamsMax: 3, perHolderMax: 2)
        try await serve(limits) { server, _, streams in
            var readers: [EventReader] = []
            for _ in 0..<2 { readers.append(try await EventReader(server, token: TokensOnDisk.view)) }
            let refused = try await server.send("GET", "/v1/runs/r1/events", headers: bearer(TokensOnDisk.view))
            #expect(refused.head.status == 429)
            #expect(
                text(refused).hasPrefix(
                    #"{"code":"api.too_many_streams","field":null,"message":"token view has 2 event streams open"#
                )
            )
            readers.append(try await EventReader(server, token: TokensOnDisk.run))
            let full = try await server.send("GET", "/v1/runs/r1/events", headers: bearer(TokensOnDisk.admin))
            #expect(full.head.status == 503)
            #expect(text(full).contains("api.busy"))
            readers.removeFirst().cancel()
            try await until { streams.count == 2 }
            readers.append(try await EventReader(server, token: TokensOnDisk.view))
            #expect(EventStreams.Limits().perHolderMax * 4 == EventStreams.Limits().streamsMax)
        }
    }

    @Test("a key gives the same run to every token, and it stays whose it was")
    func keys() async throws {
        try await serve { server, _, _ async throws in
            let again = try await server.send("POST", "/v1/runs", Self.body, headers: bearer(TokensOnDisk.admin))
            #expect(again.head.status == 200)
            #expect(text(again).contains(#""id":"r1""#) && text(again).contains(#""owner":"run""#))
        }
    }
}

/// Real time, of which nobody waits long.
private struct ShortPauses: FollowControl {
    func now() -> Instant { AccessClock.monotonic.now() }
    // Cancelled only at the end of a test.
    func pause(_ span: Span) async { try? await Task.sleep(for: .milliseconds(5)) }
    var releaseWanted: Bool { false }
    func releaseWish() async {}
}
