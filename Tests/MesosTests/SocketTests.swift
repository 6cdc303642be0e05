import HTTPTransport
import Model
import Testing

@testable import Mesos

/// The real client on a real socket, against the bytes that a real master sent.
@Suite("Master on a socket", .timeLimit(.minutes(6)))
struct SocketTests {
    /// Beside an open stream nothing waits in these tests, except for what the master does not say.
    private static let silence = MesosClient.Silence(
        heartbeats: 1,
        atLeast: .milliseconds(200),
        assumedInterval: .milliseconds(200)
    )

    private func client(
        _ port: UInt16,
        silence: MesosClient.Silence = .init()
    ) throws -> MesosClient {
        try MesosClient(
            masters: .named([MasterAddress(host: "127.0.0.1", port: port)]),
            framework: FrameworkInfo(
                name: "understudy",
                user: "root",
                roles: ["r"],
                hostname: "h",
                failoverTimeout: .days(14)
            ),
            http: HTTPClient(),
            authorization: BasicAuthorization(.init(principal: "p", secret: Secret("s3cret"))),
            silence: silence
        )
    }

    private func recorded(_ path: String, pieceBytes: Int = 65_536) throws -> LoopbackMaster.Reply {
        let recording = Recording(path)
        let closes = try recording.response().ending == .open
        return LoopbackMaster.Reply(bytes: try recording.bytes(".response"), closes: closes, pieceBytes: pieceBytes)
    }

    @Test(
        "every recorded stream is delivered as its recorder saw it, and its end told for what it was",
        arguments: Recording.all(".events.jsonl")
    )
    func replays(recording: Recording) async throws {
        let master = try LoopbackMaster([recorded(recording.description, pieceBytes: 1_000)])
        defer { master.stop() }
        let result = await ClientHarness.run(try client(master.port))
        var wanted = try recording.events().map(SchedulerEvent.init(expected:))
        guard case .subscribed(let subscription) = wanted.first else {
            #expect(result.connections.isEmpty && (result.error?.fatal != nil || wanted.isEmpty))
            return
        }
        wanted.removeFirst()
        guard case .connected(let found, _, _) = result.events.first else {
            Issue.record("not connected: \(result.events)")
            return
        }
        #expect(found == subscription)
        let delivered = result.events.compactMap { if case .event(let event) = $0 { event } else { nil } }
        #expect(delivered.count == wanted.count)
        for (found, wanted) in zip(delivered, wanted) { #expect(found == wanted.nudged(to: found)) }
        let said = wanted.compactMap { if case .error(let text) = $0 { text } else { nil } }.last
        let clean = try recording.response().ending == .clean
        let code =
            said.map { MasterReply.error(event: $0, first: false).code } ?? (clean ? .streamClosed : .streamBroken)
        #expect(result.faults == [code.description])
    }

    @Test("a stream that comes byte by byte is the same stream")
    func byteByByte() async throws {
        let path = "02-launch/01-subscribe"
        let master = try LoopbackMaster([recorded(path, pieceBytes: 1)])
        defer { master.stop() }
        let result = await ClientHarness.run(try client(master.port))
        let delivered = result.events.compactMap { if case .event(let event) = $0 { event } else { nil } }
        #expect(delivered.count == (try Recording(path).events().count) - 1)
    }

    @Test("a standby's recorded 307 is followed, and the connections are closed afterwards")
    func standby() async throws {
        let leader = try LoopbackMaster([recorded("07-failover/01-subscribe")])
        defer { leader.stop() }
        let redirect = try String(
            decoding: Recording("17-zk-two-masters/09-b-subscribe").bytes(".response"),
            as: UTF8.self
        )
        .replacing("127.0.0.1:5050", with: "127.0.0.1:\(leader.port)")
        let standby = try LoopbackMaster([.init(bytes: Array(redirect.utf8))])
        defer { standby.stop() }
        let result = await ClientHarness.run(try client(standby.port))
        #expect(result.connections.count == 1)
        let request = try #require(leader.requests.first)
        let head = String(decoding: request, as: UTF8.self)
        #expect(head.hasPrefix("POST /master/api/v1/scheduler HTTP/1.1\r\n"))
        #expect(head.contains("\r\nAuthorization: Basic cDpzM2NyZXQ=\r\n"))
        #expect(head.contains("\r\nContent-Type: application/x-protobuf\r\nAccept: application/x-protobuf\r\n"))
        #expect(!head.contains("Expect:"))
    }

    @Test(
        "a recorded answer to a call is done or a refusal that says whether a new subscription helps",
        arguments: [
            ("06-errors/39-good-stream-id", "done"), ("06-errors/01-unknown-framework", "mesos.not_subscribed"),
            ("06-errors/26-wrong-stream-id", "mesos.not_subscribed"),
            ("06-errors/40-not-subscribed", "mesos.not_subscribed"),
            ("06-errors/46-after-teardown", "mesos.not_subscribed"),
            ("06-errors/25-missing-stream-id", "mesos.call_refused"),
            ("06-errors/08-bad-content-type", "mesos.call_refused"),
            ("16-auth/01-no-credentials", "mesos.unauthenticated"),
        ]
    )
    func calls(path: String, wanted: String) async throws {
        let master = try LoopbackMaster([subscribed(), recorded(path)])
        defer { master.stop() }
        let found = ResultBox()
        let client = try client(master.port, silence: .init(assumedInterval: .seconds(15)))
        _ = await ClientHarness.run(client) { event in
            guard case .connected = event else { return }
            switch await client.send(.revive) {
            case .done: found.set("done")
            case .refused(let fault): found.set(fault.code)
            case .unknown(let fault): found.set("unknown \(fault)")
            }
            withUnsafeCurrentTask { $0?.cancel() }
        }
        #expect(found.value == wanted)
        #expect(master.requests.count == 2)
    }

    /// The head of a stream and its first event; nothing behind them.
    private func subscribed() throws -> LoopbackMaster.Reply {
        let event = WireMessage().with(1, 1).with(2, WireMessage().with(1, value: "F")).bytes
        let record = Array("\(event.count)\n".utf8) + event
        let head =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nMesos-Stream-Id: s-1\r\nContent-Type: application/x-protobuf\r\n\r\n"
        let chunk = Array("\(String(record.count, radix: 16))\r\n".utf8) + record + Array("\r\n".utf8)
        return LoopbackMaster.Reply(bytes: Array(head.utf8) + chunk)
    }

    @Test("a call whose connection breaks before the answer is unknown, not refused")
    func brokenCall() async throws {
        let master = try LoopbackMaster([subscribed(), .init(bytes: [], closes: true)])
        defer { master.stop() }
        let found = ResultBox()
        let client = try client(master.port)
        _ = await ClientHarness.run(client) { event in
            guard case .connected = event else { return }
            if case .unknown(let fault) = await client.send(.revive) { found.set(fault.code) }
            withUnsafeCurrentTask { $0?.cancel() }
        }
        #expect(found.value == "mesos.call_outcome_unknown")
    }

    @Test("a master that goes silent is noticed and its connection closed")
    func silent() async throws {
        let master = try LoopbackMaster([subscribed()])
        defer { master.stop() }
        let result = await ClientHarness.run(try client(master.port, silence: Self.silence))
        #expect(result.faults == ["mesos.stream_silent"])
    }

    @Test("a master that is not there is tried again, and so is one that is not ready")
    func notThere() async throws {
        // Below all ports that a test could be given: a port that was just given back may be another test's by now.
        let nobody = await ClientHarness.run(try client(1))
        #expect(nobody.retries.map(\.code) == ["mesos.unreachable"])
        #expect(nobody.retries.map(\.attempt) == [2])
        let early = try LoopbackMaster([recorded("17-zk-two-masters/01-a-before-election")])
        defer { early.stop() }
        #expect(await ClientHarness.run(try client(early.port)).retries.map(\.code) == ["mesos.master_not_ready"])
    }

    @Test("cancelling ends a run while the stream is silent")
    func cancels() async throws {
        let master = try LoopbackMaster([subscribed()])
        defer { master.stop() }
        let result = await ClientHarness.run(try client(master.port)) { event in
            if case .connected = event { withUnsafeCurrentTask { $0?.cancel() } }
        }
        #expect(result.error == nil && result.retries.isEmpty)
    }
}
