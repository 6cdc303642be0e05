import Foundation
import Testing

@testable import LocalCluster

@Suite("Subscribing to the local master", .timeLimit(.minutes(6)))
struct MasterSubscribeTests {
    /// Fields of an event that are messages; everything else is a leaf.
    static let messages: Set<String> = [
        "2", "2.1", "2.3", "2.3.7", "2.3.9", "3", "3.1", "3.1.1", "3.1.2", "3.1.3", "3.1.5", "3.1.5.3", "3.1.5.4",
        "3.1.5.4.1", "3.1.5.11", "3.1.6", "3.1.7", "3.1.7.5", "3.1.8", "3.1.8.2", "3.1.10", "4", "4.1", "5", "5.1",
        "5.1.1", "5.1.5", "5.1.7", "5.1.13", "5.1.13.1", "5.1.13.1.5", "5.1.13.4", "5.1.13.4.2", "5.1.15", "5.1.15.2",
        "7", "7.1", "7.2", "8",
    ]

    @Test("SUBSCRIBED, HEARTBEAT and one OFFERS with all agents come in the recorded order")
    func order() async throws {
        try await MasterFixture.run(agents: ["ssd-1", "hdd-1", "plain-1"]) { fixture in
            let scheduler = try await fixture.scheduler()
            let offers = try await scheduler.offers()
            #expect(scheduler.log.all.map(\.kind).prefix(3) == [.subscribed, .heartbeat, .offers])
            #expect(offers.map { $0.text(4) } == ["ssd-1", "hdd-1", "plain-1"])
            #expect(scheduler.log.all[1].bytes == [8, 8])
            #expect(scheduler.log.all[0].message.message(2)?.double(2) == 15)
            #expect(scheduler.head.line == "HTTP/1.1 200 OK")
            #expect(scheduler.head.headers["transfer-encoding"] == "chunked")
            #expect(scheduler.head.headers["content-type"] == "application/x-protobuf")
            #expect(scheduler.streamID.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
        }
    }

    @Test("events have the fields of the recorded ones, but for those nobody needs")
    func shape() async throws {
        // pid, address and capabilities of the master, the executors in an offer, the executor's pid: not made up.
        let leftOut: Set<String> = [
            "2.3.4", "2.3.7.1", "2.3.7.2", "2.3.7.3", "2.3.9.1", "3.1.6.1", "5.1.13.3",
        ]
        var recorded: [UInt64: Set<String>] = [:]
        for record in try Self.records("mesos/10-launch-group/01-subscribe.response") {
            let message = TestMessage(record)
            recorded[message.number(1) ?? 0, default: []].formUnion(message.shape(Self.messages))
        }
        let expected = recorded
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            let offer = try #require(try await scheduler.offers().first)
            let tasks = [TestTask(id: "pod.a", command: "exit 0"), TestTask(id: "pod.b", command: "exec sleep 100")]
            try await scheduler.accept(offer, [.group(executor: "pod-exec", tasks)])
            try await scheduler.update("pod.a", "FINISHED")
            try await scheduler.kill("pod.b")
            _ = try await scheduler.finish("pod-exec", ["pod.b"])
            var ours: [UInt64: Set<String>] = [:]
            for event in scheduler.log.all {
                ours[event.message.number(1) ?? 0, default: []].formUnion(event.message.shape(Self.messages))
            }
            for kind in [1, 2, 4, 6, 8] as [UInt64] {
                let known = expected[kind] ?? []
                #expect((ours[kind] ?? []).subtracting(known).isEmpty, "event \(kind) has more than was recorded")
                #expect(known.subtracting(ours[kind] ?? []).isSubset(of: leftOut), "event \(kind) lacks fields")
            }
        }
    }

    @Test("heartbeats come at their interval, whatever else happens")
    func heartbeats() async throws {
        let settings = LocalClusterSettings(heartbeat: 0.2, allocation: 60)
        try await MasterFixture.run(settings: settings) { fixture in
            let scheduler = try await fixture.scheduler()
            var times: [Double] = []
            for _ in 0..<4 { times.append(try await scheduler.log.next("HEARTBEAT") { $0.kind == .heartbeat }.at) }
            // One that is late makes the next one seem early; all of them together cannot be.
            #expect(times[3] - times[0] >= 0.4)
        }
    }

    @Test("two frameworks at once share the agents")
    func twoFrameworks() async throws {
        try await MasterFixture.run(agents: ["ssd-1", "hdd-1"]) { fixture in
            let first = try await fixture.scheduler(.init(name: "first"))
            let all = try await first.offers()
            let second = try await fixture.scheduler(.init(name: "second"))
            #expect(first.frameworkID != second.frameworkID)
            try await first.decline(all, refuse: 60)
            let offered = try await second.offers()
            #expect(Set(offered.map { $0.text(4) }) == ["ssd-1", "hdd-1"])
            let agent = try #require(offered.first)
            try await second.accept(agent, [.launch([TestTask(id: "task", command: "exit 0")])])
            try await second.update("task", "FINISHED")
            #expect(!first.log.all.contains { $0.kind == .update })
        }
    }

    @Test("the old stream of a framework that subscribes again ends with an ERROR and the last chunk")
    func failedOver() async throws {
        try await MasterFixture.run { fixture in
            let old = try await fixture.scheduler()
            let offer = try #require(try await old.offers().first)
            let new = try await fixture.scheduler(.init(id: old.frameworkID))
            let error = try await old.log.next("ERROR") { $0.kind == .error }
            #expect(error.text == "Framework failed over")
            #expect(try await old.log.end() == .lastChunk)
            #expect(new.frameworkID == old.frameworkID)
            #expect(new.streamID != old.streamID)
            let again = try #require(try await new.offers().first)
            #expect(again.id(1) != offer.id(1))
            #expect(new.log.all.map(\.kind).prefix(3) == [.subscribed, .heartbeat, .offers])
            #expect(try await old.call(5) == 400)
        }
    }

    @Test("a framework that stays away longer than its failover_timeout is removed and its tasks are killed")
    func failoverTimeout() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler(.init(failoverTimeout: 0.3))
            let offer = try #require(try await scheduler.offers().first)
            try await scheduler.accept(offer, [.launch([TestTask(id: "task", command: "exec sleep 100")])])
            try await scheduler.update("task", "RUNNING")
            scheduler.disconnect()
            try await fixture.until("the framework is removed") { state in
                (state["completed_frameworks"] as? [Any])?.count == 1
            }
            let back = try await fixture.scheduler(.init(id: scheduler.frameworkID))
            #expect(back.log.all.map(\.text) == ["Framework has been removed"])
            #expect(try await back.log.end() == .lastChunk)
            #expect(try await scheduler.call(5) == 400)
        }
    }

    @Test("a disconnected framework keeps its tasks and loses its offers")
    func disconnected() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            let offer = try #require(try await scheduler.offers().first)
            try await scheduler.accept(offer, [.launch([TestTask(id: "task", command: "exec sleep 100")])])
            _ = try await scheduler.log.any("what is left") { $0.offers.first.map { $0.id(1) != offer.id(1) } ?? false }
            try await scheduler.update("task", "RUNNING")
            scheduler.disconnect()
            try await fixture.until("the framework is inactive") { state in
                let frameworks = state["frameworks"] as? [[String: Any]]
                return frameworks?.first?["active"] as? Bool == false
            }
            let metrics = try await TestHTTP.document(fixture.address, "/metrics/snapshot")
            #expect(metrics["master/outstanding_offers"] as? Double == 0)
            #expect(metrics["master/tasks_running"] as? Double == 1)
            let body = TestWire {
                $0.id(1, scheduler.frameworkID)
                $0.number(2, 5)
            }.bytes
            let answer = try await TestConnection.exchange(
                fixture.address,
                TestHTTP.call(body, streamID: scheduler.streamID)
            )
            #expect(answer.head.status == 403)
            #expect(String(decoding: answer.body, as: UTF8.self) == "Framework is not subscribed")
        }
    }

    @Test("a teardown ends the stream without a word, kills the tasks and is never forgotten")
    func teardown() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            let offer = try #require(try await scheduler.offers().first)
            try await scheduler.accept(
                offer,
                [.launch([TestTask(id: "task", command: "echo $$ > pid; exec sleep 100")])]
            )
            try await scheduler.update("task", "RUNNING")
            let before = scheduler.log.all.count
            try await scheduler.teardown()
            #expect(try await scheduler.log.end() == .lastChunk)
            // What comes by itself may come in between.
            #expect(scheduler.log.all.dropFirst(before).allSatisfy { [.offers, .heartbeat].contains($0.kind) })
            let state = try await TestHTTP.document(fixture.address, "/master/state")
            let completed = (state["completed_frameworks"] as? [[String: Any]])?.first
            let tasks = completed?["completed_tasks"] as? [[String: Any]]
            #expect(tasks?.first?["state"] as? String == "TASK_KILLED")
            let again = try await fixture.scheduler(.init(id: scheduler.frameworkID))
            #expect(again.log.all.first?.text == "Framework has been removed")
        }
    }

    @Test("a changed principal is refused, an id that nobody knows is taken")
    func identity() async throws {
        try await MasterFixture.run { fixture in
            let first = try await fixture.scheduler(.init(id: "from-an-older-master", principal: "a"))
            #expect(first.frameworkID == "from-an-older-master")
            let other = try await fixture.scheduler(.init(id: "from-an-older-master", principal: "b"))
            #expect(other.log.all.map(\.text) == ["Changing framework's principal is not allowed."])
        }
    }

    /// The records of a recorded stream.
    static func records(_ path: String) throws -> [[UInt8]] {
        let bytes = try fixture(path)
        let end = try #require(bytes.indices.first { bytes[$0...].starts(with: Array("\r\n\r\n".utf8)) })
        var rest = bytes[(end + 4)...]
        var records: [[UInt8]] = []
        while let line = rest.firstIndex(of: 13),
            let count = Int(String(decoding: rest[..<line], as: UTF8.self), radix: 16),
            count > 0
        {
            let chunk = rest[(line + 2)..<(line + 2 + count)]
            records.append(Array(chunk.drop { $0 != 10 }.dropFirst()))
            rest = rest[(line + 4 + count)...]
        }
        return records
    }
}

extension MasterFixture {
    /// Waits for the master's state to be so.
    func until(_ what: String, within seconds: Double = 15, _ isSo: ([String: Any]) -> Bool) async throws {
        let deadline = monotonicSeconds() + seconds
        while !isSo(try await TestHTTP.document(address, "/master/state")) {
            guard monotonicSeconds() < deadline else { throw TestEventLog.Missing(description: "never: \(what)") }
            await breath()
        }
    }
}
