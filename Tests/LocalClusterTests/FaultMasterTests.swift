import Testing

@testable import LocalCluster

@Suite("Faults of the local master at the wire", .timeLimit(.minutes(6)))
struct FaultMasterTests {
    @Test("a delayed call has its effect later")
    func delayedCall() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            try fixture.cluster.faults.put(Fault(.delay(seconds: 0.3), on: .init(route: "REVIVE")), named: "slow")
            let before = monotonicSeconds()
            try await scheduler.revive()
            #expect(monotonicSeconds() - before >= 0.29)
        }
    }

    @Test("a delayed event holds up those behind it")
    func delayedEvent() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            let offer = try #require(try await scheduler.offers().first)
            try fixture.cluster.faults.put(
                Fault(.delay(seconds: 0.3), on: .init(route: "UPDATE TASK_STARTING"), count: 1),
                named: "slow"
            )
            let before = monotonicSeconds()
            try await scheduler.accept(offer, [.launch([TestTask(id: "task", command: "exit 0")])])
            try await scheduler.update("task", "STARTING")
            #expect(monotonicSeconds() - before >= 0.29)
        }
    }

    @Test("an error has no effect, as the master says it")
    func error() async throws {
        try await MasterFixture.run { fixture in
            let (scheduler, agent) = try await fixture.running("task")
            try fixture.cluster.faults.put(Fault(.error(status: 503), on: .init(route: "KILL"), count: 1), named: "no")
            let status = try await scheduler.call(6) { call in
                call.message(6) { kill in
                    kill.id(1, "task")
                    kill.id(2, agent)
                }
            }
            #expect(status == 503)
            try await scheduler.reconcile([("task", agent)])
            try await scheduler.update("task", "RUNNING")
            try await scheduler.kill("task", agent: agent)
            try await scheduler.update("task", "KILLED")
        }
    }

    @Test("an answer is lost after its effect: the connection ends without a byte, and the task is killed")
    func answerLost() async throws {
        try await MasterFixture.run { fixture in
            let (scheduler, agent) = try await fixture.running("task")
            let filter = Fault.Filter(server: .mesos, route: "KILL", agent: "ssd-1")
            try fixture.cluster.faults.put(Fault(.answerLost, on: filter), named: "lost")
            let fault = await #expect(throws: TestConnection.Fault.self) {
                try await scheduler.kill("task", agent: agent)
            }
            #expect(fault?.description == "closed")
            try await scheduler.update("task", "KILLED")
            #expect(fixture.cluster.faults.listed.first?.happened == 1)
        }
    }

    @Test("a SUBSCRIBE whose answer is lost leaves a framework that is not connected")
    func subscriptionLost() async throws {
        try await MasterFixture.run { fixture in
            try fixture.cluster.faults.put(Fault(.answerLost, on: .init(route: "SUBSCRIBE"), count: 1), named: "lost")
            await #expect(throws: (any Error).self) { try await fixture.scheduler() }
            let metrics = try await TestHTTP.document(fixture.address, "/metrics/snapshot")
            #expect(metrics["master/frameworks_disconnected"] as? Double == 1)
            #expect(metrics["master/frameworks_connected"] as? Double == 0)
            _ = try await fixture.scheduler().offers()
        }
    }

    @Test("a stream is cut in the middle of a record, and what was not acknowledged comes again to who comes back")
    func streamCut() async throws {
        try await MasterFixture.run { fixture in
            let first = try await fixture.scheduler()
            let offer = try #require(try await first.offers().first)
            try fixture.cluster.faults.put(
                Fault(.streamCut, on: .init(route: "UPDATE*"), count: 1),
                named: "cut"
            )
            try await first.accept(offer, [.launch([TestTask(id: "task", command: "exit 0")])])
            #expect(try await first.log.end() == .broken("a chunk that is no record"))
            #expect(!first.log.all.contains { $0.kind == .update })
            let second = try await fixture.scheduler(.init(id: first.frameworkID))
            try await second.update("task", "STARTING")
            try await second.update("task", "FINISHED")
        }
    }

    @Test("an update comes twice, with one uuid")
    func duplicate() async throws {
        try await MasterFixture.run { fixture in
            try fixture.cluster.faults.put(
                Fault(.duplicateUpdate, on: .init(route: "UPDATE TASK_FINISHED")),
                named: "twice"
            )
            let scheduler = try await fixture.scheduler()
            let offer = try #require(try await scheduler.offers().first)
            try await scheduler.accept(offer, [.launch([TestTask(id: "task", command: "exit 0")])])
            let first = try await scheduler.update("task", "FINISHED")
            let second = try await scheduler.log.next("another") { $0.kind == .update && $0.state == "FINISHED" }
            #expect(second.bytes == first.bytes)
        }
    }

    @Test("a late update is overtaken by what comes after it")
    func late() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            let offer = try #require(try await scheduler.offers().first)
            try fixture.cluster.faults.put(
                Fault(.lateUpdate(seconds: 1), on: .init(route: "UPDATE TASK_STARTING"), count: 1),
                named: "late"
            )
            let tasks = ["one", "two"].map { TestTask(id: $0, command: "exec sleep 100") }
            try await scheduler.accept(offer, [.launch(tasks)])
            let first = try await scheduler.log.next("an update") { $0.kind == .update }
            let second = try await scheduler.log.next("the other") { $0.kind == .update && $0.task != first.task }
            #expect(first.state == "STARTING" && second.state == "STARTING")
            #expect(second.at - first.at >= 0.5, "more than the tasks' starts lie apart")
        }
    }
}
