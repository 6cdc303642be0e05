import Model
import Testing

@testable import Mesos

@Suite("Mesos client", .timeLimit(.minutes(6)))
struct MesosClientTests {
    private let redirect = FakeMaster.Line.answer(
        307,
        headers: ["location": "//127.0.0.1:5051/master/api/v1/scheduler"]
    )

    @Test("a subscription carries our name, our password and the exact content type, and no stream id")
    func subscribeRequest() async throws {
        let harness = try ClientHarness([.stream([.subscribed(), .end])])
        _ = await harness.run()
        let request = try #require(harness.master.requests.first)
        let headers = Dictionary(uniqueKeysWithValues: request.headers.map { ($0.name, $0.value) })
        #expect(
            headers == [
                "Content-Type": "application/x-protobuf", "Accept": "application/x-protobuf",
                "Authorization": "Basic cDpzM2NyZXQ=",
            ]
        )
        #expect(request.endpoint.description == "http://127.0.0.1:5050/api/v1/scheduler")
        #expect(WireMessage(request.body)?.message(3)?.message(1)?.text(2) == "understudy")
    }

    @Test("the framework id that the master gave is used for the next subscription")
    func keepsFrameworkID() async throws {
        let harness = try ClientHarness([.stream([.subscribed("F-1"), .end]), .stream([.subscribed("F-1"), .end])])
        _ = await harness.run(retries: 2)
        let calls = harness.master.requests.compactMap { WireMessage($0.body) }
        #expect(calls.map { $0.value(1) } == [nil, "F-1"])
        #expect(calls.map { $0.message(3)?.message(1)?.value(3) } == [nil, "F-1"])
        #expect(harness.client.frameworkID == FrameworkID("F-1"))
    }

    @Test("after a stream that lived the next attempt comes at once, after failures ever later")
    func backsOff() async throws {
        let unreachable = FakeMaster.Line.failure(MesosError(.unreachable, "no", retry: .safe))
        let lines = [.stream([.subscribed(), .end])] + Array(repeating: unreachable, count: 7)
        let lived = try ClientHarness(lines, backoff: Backoff(livedAfter: .zero))
        let result = await lived.run(retries: 8)
        #expect(result.retries.map(\.attempt) == [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(lived.paused.first == .zero)
        let ceilings: [Int64] = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]
        for (wait, ceiling) in zip(lived.paused.dropFirst(), ceilings) {
            #expect((ceiling / 2...ceiling).contains(wait.milliseconds))
        }
        let short = try ClientHarness([.stream([.subscribed(), .end])])
        #expect(await short.run().retries.map(\.attempt) == [2])
    }

    @Test("masters are tried in turn, and the one that works is kept")
    func severalMasters() async throws {
        let unreachable = FakeMaster.Line.failure(MesosError(.unreachable, "no", retry: .safe))
        let harness = try ClientHarness(
            [unreachable, unreachable, .stream([.subscribed(), .end]), .stream([.subscribed(), .end])],
            masters: "a:1,b:2,c:3",
            backoff: Backoff(livedAfter: .zero)
        )
        _ = await harness.run(retries: 4)
        #expect(harness.master.requests.prefix(4).map(\.endpoint.master.host) == ["a", "b", "c", "c"])
    }

    @Test("a standby's redirect is followed for the subscription, and calls then go to the leader with the stream's id")
    func followsRedirect() async throws {
        let harness = try ClientHarness([redirect, .stream([.subscribed(), .end]), .answer(202)])
        let client = harness.client
        let result = await harness.run { event in
            if case .connected(_, _, let master) = event {
                #expect(master.port == 5051)
                if case .done = await client.send(.revive) {} else { Issue.record("REVIVE was not accepted") }
            }
        }
        #expect(result.connections.count == 1)
        let last = try #require(harness.master.requests.last)
        #expect(last.endpoint.description == "http://127.0.0.1:5051/master/api/v1/scheduler")
        #expect(last.headers.contains { $0.name == "Mesos-Stream-Id" && $0.value == result.connections.first })
        #expect(last.headers.contains { $0.name == "Authorization" })
    }

    @Test("a call is redirected as well, but not for ever")
    func redirectsCalls() async throws {
        let once = try ClientHarness([.stream([.subscribed()]), redirect, .answer(202)])
        #expect(await outcome(once, .revive) == "done")
        let circle = try ClientHarness([.stream([.subscribed()])] + Array(repeating: redirect, count: 9))
        #expect(await outcome(circle, .revive) == "refused mesos.too_many_redirects true")
        #expect(circle.master.requests.count == 6)
        let subscription = try ClientHarness(Array(repeating: redirect, count: 9))
        #expect(await subscription.run().retries.map(\.code) == ["mesos.too_many_redirects"])
    }

    @Test(
        "a subscription that is refused by its status is tried again, the reason named",
        arguments: [
            (404, "404 Not Found.", "mesos.master_not_ready"), (503, "No leader elected", "mesos.master_not_ready"),
            (503, "Master has not finished recovery", "mesos.master_not_ready"),
            (401, "401 Unauthorized.", "mesos.unauthenticated"), (403, "no", "mesos.forbidden"),
            (415, "Expecting", "mesos.unexpected_status"), (302, "", "mesos.unexpected_status"),
            (307, "", "mesos.bad_redirect"), (202, "", "mesos.unexpected_status"),
            (400, "?", "mesos.unexpected_status"),
        ]
    )
    func refusedSubscription(status: Int, body: String, code: String) async throws {
        let result = await (try ClientHarness([.answer(status, body: body)])).run()
        #expect(result.error == nil)
        #expect(result.retries.map(\.code) == [code])
        #expect(result.connections.isEmpty)
    }

    @Test("a subscription that the master calls invalid ends the run")
    func invalidSubscription() async throws {
        let body = "Failed to validate scheduler::Call: Authenticated principal 'p' does not match principal 'other'"
        let result = await (try ClientHarness([.answer(400, body: body)])).run()
        #expect(result.error?.fatal == .invalid)
        #expect(result.error?.message.contains("does not match") == true)
    }

    @Test("an ERROR on an open stream that is none of the fatal ones is tried again")
    func otherError() async throws {
        let result = await (try ClientHarness([.stream([.subscribed(), .error("Framework rate limited"), .end])])).run()
        #expect(result.error == nil)
        #expect(result.faults == ["mesos.master_error"])
    }

    @Test("a stream that does not begin with SUBSCRIBED is no subscription")
    func unexpectedFirstEvent() async throws {
        let result = await (try ClientHarness([.stream([.heartbeat, .subscribed(), .end])])).run()
        #expect(result.connections.isEmpty)
        #expect(result.retries.map(\.code) == ["mesos.unexpected_first_event"])
    }

    @Test("whatever ends a subscription, its connection is closed: Mesos itself leaves it open")
    func closesConnections() async throws {
        let away = FakeMaster.Line.answer(307, headers: ["location": "ftp://x"])
        let scripts: [[FakeMaster.Line]] = [
            [.stream([.subscribed(), .end])], [.stream([.subscribed(), .silent])],
            [.stream([.subscribed(), .bytes([0x78])])], [.stream([.heartbeat])],
            [.stream([.error("Framework has been removed"), .end])], [.answer(503)], [redirect, .answer(404)], [away],
        ]
        for script in scripts {
            let harness = try ClientHarness(script)
            _ = await harness.run()
            #expect(harness.master.requests.count == script.count)
            #expect(harness.master.left == 0)
        }
    }

    @Test("an event that cannot be read is reported, and the stream goes on")
    func undecodableEvent() async throws {
        let bad = FakeMaster.Step.event(WireMessage().with(1, 4).with(5, WireMessage()))
        let result = await (try ClientHarness([.stream([.subscribed(), bad, .heartbeat, .end])])).run()
        #expect(
            result.events.contains {
                if case .undecodable(let fault) = $0 { fault.code == "mesos.malformed" } else { false }
            }
        )
        #expect(result.events.contains(.event(.heartbeat)))
    }

    @Test("a record that cannot be cut ends the stream: nothing behind it can be trusted")
    func badRecord() async throws {
        let result = await (try ClientHarness([.stream([.subscribed(), .bytes([0x78]), .heartbeat])])).run()
        #expect(result.faults == ["mesos.recordio_bad_length"])
        #expect(!result.events.contains(.event(.heartbeat)))
    }

    @Test("three heartbeats may be missed, but never less than 20 seconds of silence is borne")
    func silenceLimit() async throws {
        for (interval, limit) in [(15.0, 45), (1, 20), (60, 180), (1e300, 3_600), (nil, 45)] as [(Double?, Int64)] {
            let harness = try ClientHarness([.stream([.subscribed(heartbeat: interval), .silent])])
            #expect(await harness.run().faults == ["mesos.stream_silent"])
            #expect(harness.master.limits == [.seconds(45), .seconds(limit)])
        }
    }

    @Test("cancelling ends a run without an error, also in the middle of a stream")
    func cancellation() async throws {
        let harness = try ClientHarness([.stream([.subscribed(), .hang])])
        let result = await harness.run { event in
            if case .connected = event { withUnsafeCurrentTask { $0?.cancel() } }
        }
        #expect(result.error == nil)
        #expect(result.connections.count == 1)
        #expect(!harness.client.isSubscribed)
    }

    // MARK: Calls

    /// Runs until connected, sends the call, and says how it ended.
    private func outcome(_ harness: ClientHarness, _ call: SchedulerCall) async -> String {
        let client = harness.client
        let result = ResultBox()
        _ = await harness.run { event in
            guard case .connected = event else { return }
            switch await client.send(call) {
            case .done: result.set("done")
            case .refused(let fault): result.set("refused \(fault.code) \(fault.transient)")
            case .unknown(let fault): result.set("unknown \(fault.code) \(fault.transient)")
            }
            withUnsafeCurrentTask { $0?.cancel() }
        }
        return result.value
    }

    @Test(
        "a call ends done, refused or unknown by its status",
        arguments: [
            (202, "", "done"), (400, "Framework cannot be found", "refused mesos.not_subscribed true"),
            (400, "The stream ID 'x' included in this request didn't match", "refused mesos.not_subscribed true"),
            (403, "Framework is not subscribed", "refused mesos.not_subscribed true"),
            (400, "Failed to validate scheduler::Call", "refused mesos.call_refused false"),
            (401, "401 Unauthorized.", "refused mesos.unauthenticated false"),
            (403, "Forbidden", "refused mesos.forbidden false"), (415, "", "refused mesos.call_refused false"),
            (503, "Master has not finished recovery", "refused mesos.master_not_ready true"),
            (404, "404 Not Found.", "refused mesos.master_not_ready true"),
            (500, "", "unknown mesos.call_outcome_unknown false"),
            (504, "", "unknown mesos.call_outcome_unknown false"),
            (200, "", "unknown mesos.unexpected_status false"),
        ]
    )
    func callOutcomes(status: Int, body: String, expected: String) async throws {
        let harness = try ClientHarness([.stream([.subscribed()]), .answer(status, body: body)])
        #expect(await outcome(harness, .revive) == expected)
    }

    @Test("a call that never left is refused, one that may have arrived is unknown")
    func networkErrors() async throws {
        let never = MesosError(.unreachable, "refused", retry: .safe)
        let perhaps = MesosError(.callUnknown, "reset", retry: .outcomeUnknown)
        #expect(
            await outcome(try ClientHarness([.stream([.subscribed()]), .failure(never)]), .revive)
                == "refused mesos.unreachable true"
        )
        #expect(
            await outcome(try ClientHarness([.stream([.subscribed()]), .failure(perhaps)]), .revive)
                == "unknown mesos.call_outcome_unknown false"
        )
    }

    @Test("without an open stream nothing is sent, and SUBSCRIBE is never sent as a call")
    func notSubscribed() async throws {
        let harness = try ClientHarness([])
        guard case .refused(let fault) = await harness.client.send(.revive) else {
            Issue.record("a call went out")
            return
        }
        #expect(fault.code == "mesos.not_subscribed" && fault.transient)
        let subscribe = SchedulerCall.subscribe(harness.client.framework, suppressedRoles: [])
        guard case .refused(let fault) = await harness.client.send(subscribe) else {
            Issue.record("a call went out")
            return
        }
        #expect(fault.code == "mesos.subscribe_is_runs")
        #expect(harness.master.requests.isEmpty)
    }

    @Test("a password appears in no description of the client's errors")
    func secretStays() async throws {
        let result = await (try ClientHarness([.answer(401, body: "401 Unauthorized.")])).run()
        #expect(!"\(result.events)".contains("s3cret") && !"\(result.events)".contains("cDpzM2NyZXQ"))
    }

    @Test("base64 pads as it should")
    func base64Pads() {
        #expect(["", "f", "fo", "foo", "foob"].map(base64) == ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="])
    }
}
