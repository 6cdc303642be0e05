import Foundation
import Testing

@testable import LocalCluster

@Suite("Incidents of the local cluster at the wire", .timeLimit(.minutes(6)))
struct FaultIncidentTests {
    private func fault(_ effect: Fault.Effect, on agent: String? = nil) -> Fault {
        Fault(effect, on: .init(agent: agent))
    }

    @Test("an agent out of reach: RESCIND, TASK_UNREACHABLE, FAILURE; kills are forgotten; it comes back with its task")
    func unreachable() async throws {
        try await MasterFixture.run { fixture in
            let (scheduler, agent) = try await fixture.running("task")
            let taken = scheduler.log.all.first { $0.kind == .offers }?.offers.first?.id(1)
            let offer = try await scheduler.log.any("the rest") {
                $0.kind == .offers && $0.offers.first?.id(1) != taken
            }
            .offers[0]
            try fixture.cluster.faults.put(fault(.agentUnreachable(seconds: 5), on: "ssd-1"), named: "lost")
            let rescind = try await scheduler.log.next("RESCIND") { $0.kind == .rescind }
            #expect(rescind.message.message(4)?.id(1) == offer.id(1))
            let lost = try await scheduler.update("task", "UNREACHABLE")
            #expect(lost.uuid.isEmpty && lost.reason == 11 && lost.text == "health check timed out")
            let failure = try await scheduler.log.next("FAILURE") { $0.kind == .failure }
            #expect(failure.message.message(7)?.id(1) == agent && failure.message.message(7)?.id(2) == nil)
            try await scheduler.reconcile([("task", agent), ("nobody", agent)])
            #expect(try await scheduler.update("task", "UNREACHABLE").text == "Reconciliation: Task is unreachable")
            #expect(try await scheduler.update("nobody", "UNREACHABLE").reason == 9)
            try await scheduler.kill("task", agent: agent)
            #expect(try await scheduler.update("task", "UNREACHABLE").reason == 9)
            let back = try await scheduler.update("task", "RUNNING")
            #expect(back.uuid.isEmpty && back.reason == 32 && back.text == "Unreachable agent re-reregistered")
            _ = try await scheduler.offers()
            try await scheduler.kill("task", agent: agent)
            try await scheduler.update("task", "KILLED")
        }
    }

    @Test("what ends on an agent out of reach is told when it is back")
    func endsAway() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            let offer = try #require(try await scheduler.offers().first)
            try await scheduler.accept(offer, [.launch([TestTask(id: "task", command: waiting(fixture))])])
            try await scheduler.update("task", "RUNNING")
            try fixture.cluster.faults.put(fault(.agentUnreachable(seconds: 5), on: "ssd-1"), named: "lost")
            try await scheduler.update("task", "UNREACHABLE")
            try Data().write(to: URL(filePath: fixture.directory + "/go"))
            let told = try await scheduler.update("task", "FINISHED")
            #expect(told.uuid.isEmpty && told.reason == 32)
            let update = try await scheduler.update("task", "FINISHED")
            #expect(!update.uuid.isEmpty)
        }
    }

    @Test("an agent that is marked gone ends its tasks and offers nothing more")
    func gone() async throws {
        try await MasterFixture.run(agents: ["ssd-1", "ssd-2"]) { fixture in
            let (scheduler, agent) = try await fixture.running("task")
            let hostname = agent.hasSuffix("-S0") ? "ssd-1" : "ssd-2"
            try fixture.cluster.faults.put(fault(.agentGone, on: hostname), named: "gone")
            let gone = try await scheduler.update("task", "GONE_BY_OPERATOR")
            #expect(gone.uuid.isEmpty && gone.reason == 31 && gone.text == "Agent has been marked gone")
            _ = try await scheduler.log.next("FAILURE") { $0.kind == .failure }
            try await scheduler.reconcile([("task", agent)])
            #expect(try await scheduler.update("task", "GONE_BY_OPERATOR").text == "Reconciliation: Task is gone")
            let state = try await TestHTTP.document(fixture.address, "/master/state")
            #expect(state["activated_slaves"] as? Double == 1)
            #expect(await fixture.cluster.runningTasks == 0)
        }
    }

    @Test("a fault with a route waits for its message: an agent is lost as its task runs")
    func routed() async throws {
        try await MasterFixture.run { fixture in
            try fixture.cluster.faults.put(
                Fault(.agentUnreachable(seconds: 0.2), on: .init(route: "UPDATE TASK_RUNNING"), count: 1),
                named: "lost"
            )
            let (scheduler, _) = try await fixture.running("task")
            try await scheduler.update("task", "UNREACHABLE")
            try await scheduler.update("task", "RUNNING")
        }
    }

    @Test("a master that restarts without memory: EOF, unknown tasks, and the agents bring them back")
    func restartInMemory() async throws {
        try await MasterFixture.run { fixture in
            let (first, agent) = try await fixture.running("task")
            let restart = Fault.MasterRestart(keepsRegistry: false, down: 0.1, agentsBack: 8)
            try fixture.cluster.faults.put(fault(.masterRestart(restart)), named: "restart")
            #expect(try await first.log.end() != .lastChunk, "no terminating chunk")
            let second = try await subscribedAgain(fixture, first)
            #expect(second.frameworkID == first.frameworkID)
            let masters = [first, second].map { $0.log.all.first?.message.message(2)?.message(3)?.text(1) }
            #expect(masters[0] != masters[1])
            try await second.reconcile([("task", agent), ("nobody", nil)])
            #expect(try await second.update("task", "UNKNOWN").text == "Reconciliation: Task is unknown")
            try await second.update("nobody", "UNKNOWN")
            let back = try await second.update("task", "RUNNING")
            #expect(back.reason == 32 && back.text == "Unknown agent reregistered" && back.uuid.isEmpty)
            _ = try await second.offers()
            try await second.kill("task", agent: agent)
            try await second.update("task", "KILLED")
        }
    }

    @Test("a master that restarts with its registry is silent about tasks until their agents are back")
    func restartReplicated() async throws {
        try await MasterFixture.run { fixture in
            let first = try await fixture.scheduler()
            let offer = try #require(try await first.offers().first)
            let agent = try #require(offer.id(3))
            try await first.accept(offer, [.launch([TestTask(id: "task", command: waiting(fixture))])])
            try await first.update("task", "RUNNING")
            let restart = Fault.MasterRestart(keepsRegistry: true, down: 0.3, agentsBack: 8)
            try fixture.cluster.faults.put(fault(.masterRestart(restart)), named: "restart")
            _ = try await first.log.end()
            try Data().write(to: URL(filePath: fixture.directory + "/go"))
            let second = try await subscribedAgain(fixture, first)
            try await second.reconcile([("task", agent), ("nobody", nil)])
            try await second.kill("nobody")
            let offered = try await second.log.next("OFFERS") { $0.kind == .offers }
            let told = second.log.all.prefix { $0.bytes != offered.bytes }
            #expect(told.map(\.kind) == [.subscribed, .heartbeat], "nothing before the agent is back")
            let updates = try await (0..<2).asyncMap { _ in
                try await second.log.next("an update") { $0.kind == .update }
            }
            #expect(updates.map(\.state) == ["FINISHED", "FINISHED"])
            #expect(!updates[0].uuid.isEmpty && updates[0].uuid == updates[1].uuid)
            for update in updates { try await second.acknowledge(update) }
        }
    }

    @Test("while a master is down nobody listens, and then calls of who has not subscribed again are refused")
    func down() async throws {
        try await MasterFixture.run { fixture in
            let first = try await fixture.scheduler()
            let restart = Fault.MasterRestart(keepsRegistry: true, down: 0.3, agentsBack: 0)
            try fixture.cluster.faults.put(fault(.masterRestart(restart)), named: "restart")
            _ = try await first.log.end()
            await #expect(throws: TestConnection.Fault.self) { try await first.revive() }
            let statuses = try await untilAnswered { try await first.call(5) }
            #expect(statuses.last == 400)
            #expect(statuses.dropLast().allSatisfy { $0 == 503 })
        }
    }

    /// A command that ends when there is a file `go`.
    private func waiting(_ fixture: MasterFixture) -> String {
        "until test -e '\(fixture.directory)/go'; do sleep 0.02; done"
    }

    /// Waits until the new master has finished its recovery.
    private func subscribedAgain(_ fixture: MasterFixture, _ first: TestScheduler) async throws -> TestScheduler {
        _ = try await untilAnswered { try await first.call(5) }
        return try await fixture.scheduler(.init(id: first.frameworkID))
    }

    /// The statuses until one is no 503.
    private func untilAnswered(_ call: () async throws -> Int) async throws -> [Int] {
        let deadline = monotonicSeconds() + 60
        var statuses: [Int] = []
        while monotonicSeconds() < deadline {
            do {
                statuses.append(try await call())
                if statuses.last != 503 { return statuses }
            } catch is TestConnection.Fault {
                // Nobody listens yet.
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        return statuses
    }
}

extension Sequence {
    fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
