import Foundation
import Model
import Testing

@testable import Mesos

/// The ten points of the facts on Mesos that bite, each against recorded bytes.
@Suite("The ten that bite", .timeLimit(.minutes(6)))
struct TenPointsTests {
    private func updates(_ path: String) throws -> [TaskUpdate] {
        var decoder = RecordIODecoder()
        decoder.feed(try Recording(path).response().body)
        var found: [TaskUpdate] = []
        while let record = try decoder.next() {
            if case .update(let update) = try SchedulerEvent(record: record) { found.append(update) }
        }
        return found
    }

    private func allUpdates() throws -> [TaskUpdate] {
        try Recording.all(".events.jsonl").flatMap { try updates($0.description) }
    }

    @Test(
        "1: a 200 with an ERROR is a refused subscription, not a success",
        arguments: [
            ("06-errors/15-err-badrole", MesosError.Fatal.invalid), ("16-auth/07-role-denied", .notAuthorized),
            ("06-errors/43-subscribe-change-principal", .principalChanged),
            ("07-failover/10-resubscribe-too-late", .frameworkRemoved),
        ]
    )
    func refusedWith200(path: String, fatal: MesosError.Fatal) async throws {
        let result = await (try ClientHarness([.stream(try FakeMaster.Step.recorded(path))])).run()
        #expect(result.connections.isEmpty)
        #expect(result.error?.fatal == fatal)
    }

    @Test("2: no call has the type UNKNOWN, which aborts the master")
    func neverUnknown() throws {
        let framework = FrameworkInfo(name: "n", user: "u", roles: ["r"], hostname: "h", failoverTimeout: .days(14))
        let calls: [SchedulerCall] = [
            .subscribe(framework, suppressedRoles: []), .decline(offers: [], refuse: .zero), .revive, .suppress,
            .kill(TaskID("t"), nil, grace: nil), .acknowledge(TaskID("t"), AgentID("a"), uuid: []), .reconcile([]),
            .teardown,
        ]
        let types = try calls.map { try WireMessage($0.encode(frameworkID: FrameworkID("F")))?.number(2) }
        #expect(types == [1, 4, 5, 12, 6, 8, 9, 2])
    }

    @Test("3: what the master makes up has no uuid to acknowledge, and a uuid may come twice")
    func uuids() throws {
        let all = try allUpdates()
        #expect(all.contains { $0.source == "SOURCE_MASTER" })
        #expect(all.allSatisfy { $0.source != "SOURCE_MASTER" || $0.uuid == nil })
        let uuids = try updates("15-master-failover-replicated-log/08-resubscribe").compactMap(\.uuid)
        #expect(Set(uuids).count < uuids.count)
    }

    @Test("4: TASK_UNKNOWN right after a master's restart is no proof of death")
    func earlyUnknown() throws {
        let updates = try updates("14-master-failover/08-resubscribe")
        let unknown = try #require(updates.firstIndex { $0.state == .unknown })
        let task = updates[unknown].taskID
        #expect(!updates[unknown].state.isTerminal)
        #expect(updates[unknown...].contains { $0.taskID == task && $0.state == .running })
    }

    @Test(
        "5: a KILL to an unreachable agent is answered TASK_UNREACHABLE and forgotten, and such a task may be running"
    )
    func killUnreachable() throws {
        let updates = try updates("08-agent-lost/01-subscribe")
        let unreachable = updates.filter { $0.state == .unreachable }
        #expect(unreachable.count > 1)
        let task = try #require(unreachable.first?.taskID)
        let last = try #require(updates.lastIndex { $0.taskID == task && $0.state == .unreachable })
        #expect(updates[last...].contains { $0.taskID == task && $0.state == .running })
        #expect(!TaskState.unreachable.isTerminal)
    }

    @Test("6: a scheduler that was taken over ends, and does not come back to evict the other")
    func failedOver() async throws {
        let paths = try Recording.all(".events.jsonl").filter { recording in
            try recording.events().contains {
                ($0["error"] as? [String: Any])?["message"] as? String == "Framework failed over"
            }
        }
        let path = try #require(paths.first?.description)
        let harness = try ClientHarness([.stream(try FakeMaster.Step.recorded(path))])
        let result = await harness.run()
        #expect(result.connections.count == 1)
        #expect(result.faults == ["mesos.failed_over"])
        #expect(result.error?.fatal == .failedOver)
        #expect(harness.master.requests.count == 1)
    }

    @Test("7: a removed framework ends the run; only a restarted master takes the id again")
    func removed() async throws {
        let late = await
            (try ClientHarness([.stream(try FakeMaster.Step.recorded("07-failover/10-resubscribe-too-late"))])).run()
        #expect(late.error?.fatal == .frameworkRemoved)
        let path = "14-master-failover/17-resubscribe-after-teardown-and-new-master"
        let again = await (try ClientHarness([.stream(try FakeMaster.Step.recorded(path))])).run()
        #expect(again.connections.count == 1)
        #expect(again.error == nil)
    }

    @Test("8: the three ways in which a stream ends are told apart")
    func threeEnds() async throws {
        let closed = try ClientHarness([.stream(try FakeMaster.Step.recorded("09-teardown/01-subscribe"))])
        #expect(await closed.run().faults == ["mesos.stream_closed"])
        let died = try ClientHarness([.stream(try FakeMaster.Step.recorded("14-master-failover/01-subscribe"))])
        #expect(await died.run().faults == ["mesos.stream_broken"])
        let frozen = try ClientHarness([.stream([.subscribed(), .heartbeat, .silent])])
        #expect(await frozen.run().faults == ["mesos.stream_silent"])
        let cut = try ClientHarness([.stream([.subscribed(), .bytes(Array("9\nabc".utf8)), .end])])
        #expect(await cut.run().faults == ["mesos.recordio_truncated"])
    }

    @Test("9: the content type is exact in what we send, and looked at in what we get")
    func contentType() async throws {
        let harness = try ClientHarness([
            .answer(200, headers: ["content-type": "application/json", "mesos-stream-id": "s"], body: "20\n{}")
        ])
        #expect(await harness.run().retries.map(\.code) == ["mesos.unexpected_content_type"])
        let sent = harness.master.requests.flatMap(\.headers).filter { ["Content-Type", "Accept"].contains($0.name) }
        #expect(Set(sent.map(\.value)) == ["application/x-protobuf"])
    }

    @Test("10: a duplicate task id is an error without uuid under the running task's id, and TASK_LOST proves nothing")
    func duplicateAndLost() throws {
        let updates = try updates("02-launch/01-subscribe")
        let duplicate = try #require(updates.first { $0.message?.contains("duplicate ID") == true })
        #expect(duplicate.state == .error)
        #expect(duplicate.uuid == nil && duplicate.executorID == nil)
        #expect(updates.contains { $0.taskID == duplicate.taskID && $0.state == .running })
        let lost = try self.updates("08-agent-lost/01-subscribe").filter { $0.state == .lost }
        #expect(!lost.isEmpty)
        #expect(!TaskState.lost.isTerminal)
    }
}
