import Testing

@testable import LocalCluster

@Suite("Updates of the local master", .timeLimit(.minutes(6)))
struct MasterUpdateTests {
    @Test("an update comes again, later each time, until it is acknowledged; the next one waits for that")
    func retries() async throws {
        let settings = LocalClusterSettings(allocation: 0.05, updateRetry: 0.4)
        try await MasterFixture.run(settings: settings) { fixture in
            let scheduler = try await fixture.scheduler()
            let offer = try #require(try await scheduler.offers().first)
            try await scheduler.accept(offer, [.launch([TestTask(id: "task", command: "exit 0")])])
            var seen: [TestEvent] = []
            for _ in 0..<3 { seen.append(try await scheduler.log.next("an update") { $0.kind == .update }) }
            #expect(seen.allSatisfy { $0.state == "STARTING" })
            #expect(Set(seen.map(\.bytes)).count == 1)
            // 0.4 s and 0.8 s; an event that is read late makes what follows seem early.
            #expect(seen[2].at - seen[0].at >= 0.9)
            try await scheduler.acknowledge(seen[0])
            let running = try await scheduler.update("task", "RUNNING")
            #expect(running.uuid != seen[0].uuid)
            // An acknowledgement that comes twice changes nothing.
            try await scheduler.acknowledge(running)
            try await scheduler.update("task", "FINISHED")
        }
    }

    @Test("unacknowledged updates come again at once to a framework that comes back")
    func resubscribe() async throws {
        try await MasterFixture.run { fixture in
            let first = try await fixture.scheduler()
            let offer = try #require(try await first.offers().first)
            try await first.accept(offer, [.launch([TestTask(id: "task", command: "exit 0")])])
            let starting = try await first.update("task", "STARTING", acknowledged: false)
            first.disconnect()
            let second = try await fixture.scheduler(.init(id: first.frameworkID))
            let again = try await second.update("task", "STARTING")
            #expect(again.uuid == starting.uuid)
            #expect(second.log.all.map(\.kind).prefix(4) == [.subscribed, .heartbeat, .offers, .update])
            try await second.update("task", "RUNNING")
            let end = try await second.update("task", "FINISHED")
            #expect(end.text == "Command exited with status 0")
        }
    }

    @Test("reconciliation answers as the real master: latest state, GONE, UNKNOWN; LOST without PARTITION_AWARE")
    func reconcile() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            let offer = try #require(try await scheduler.offers().first)
            let agent = try #require(offer.id(3))
            try await scheduler.accept(offer, [.launch([TestTask(id: "task", command: "exec sleep 100")])])
            try await scheduler.update("task", "RUNNING")
            for questions in [[], [("task", nil)], [("task", agent)]] as [[(String, String?)]] {
                try await scheduler.reconcile(questions)
                let answer = try await scheduler.update("task", "RUNNING")
                #expect(answer.reason == 9)
                #expect(answer.uuid.isEmpty)
                #expect(answer.text == "Reconciliation: Latest task state")
                #expect(answer.status?.number(9) == 0)
            }
            try await scheduler.reconcile([("x-noagent", nil), ("x-agent", agent), ("x-badagent", "nope-S9")])
            #expect(try await scheduler.update("x-noagent", "UNKNOWN").text == "Reconciliation: Task is unknown")
            #expect(
                try await scheduler.update("x-agent", "GONE").text == "Reconciliation: Task is unknown to the agent"
            )
            #expect(try await scheduler.update("x-badagent", "UNKNOWN").reason == 9)
            try await scheduler.kill("task")
            try await scheduler.update("task", "KILLED")
            try await scheduler.reconcile([("task", agent)])
            try await scheduler.update("task", "GONE")
            try await scheduler.kill("nobody")
            try await scheduler.update("nobody", "UNKNOWN")
            try await scheduler.kill("nobody2", agent: agent)
            try await scheduler.update("nobody2", "GONE")
            let legacy = try await fixture.scheduler(.init(capabilities: [6, 7]))
            try await legacy.reconcile([("x-noagent", nil), ("x-agent", agent)])
            try await legacy.update("x-noagent", "LOST")
            try await legacy.update("x-agent", "LOST")
        }
    }

    @Test("/master/state shows frameworks, tasks, agents and a built-in framework's task")
    func state() async throws {
        try await MasterFixture.run(agents: ["ssd-1", "hdd-1"]) { fixture in
            let scheduler = try await fixture.scheduler()
            let offer = try #require(try await scheduler.offers().first)
            let task = TestTask(id: "task", command: "exec sleep 100", cpus: 1, label: ("k", "v"))
            try await scheduler.accept(offer, [.group(executor: "pod", [task])])
            try await scheduler.update("task", "STARTING")
            try await scheduler.update("task", "RUNNING")
            try await fixture.cluster.runOutside(
                framework: "production",
                task: "db",
                on: "hdd-1",
                image: "image",
                command: "exec sleep 100",
                environment: [:],
                volume: "vol",
                at: "/var/lib/db"
            )
            let state = try await TestHTTP.document(fixture.address, "/master/state")
            #expect(state["version"] as? String == "1.11.0")
            #expect((state["stand_in"] as? String)?.hasPrefix("understudy local cluster") == true)
            let frameworks = state["frameworks"] as? [[String: Any]] ?? []
            let names = frameworks.compactMap { $0["name"] as? String }
            #expect(Set(names) == ["tests", "production"])
            let shown = frameworks.first { $0["name"] as? String == "tests" }?["tasks"] as? [[String: Any]]
            let first = shown?.first
            #expect(first?["id"] as? String == "task")
            #expect(first?["state"] as? String == "TASK_RUNNING")
            #expect(first?["executor_id"] as? String == "pod")
            #expect(first?["slave_id"] as? String == offer.id(3))
            #expect((first?["labels"] as? [[String: String]]) == [["key": "k", "value": "v"]])
            let statuses = (first?["statuses"] as? [[String: Any]])?.compactMap { $0["state"] as? String }
            #expect(statuses == ["TASK_STARTING", "TASK_RUNNING"])
            let slaves = state["slaves"] as? [[String: Any]] ?? []
            #expect(slaves.compactMap { $0["hostname"] as? String } == ["ssd-1", "hdd-1"])
            #expect((slaves.first?["used_resources"] as? [String: Any])?["cpus"] as? Double == 1.1)
            #expect((slaves.first?["attributes"] as? [String: String]) == ["px": "true", "px_tier": "low"])
            let metrics = try await TestHTTP.document(fixture.address, "/metrics/snapshot")
            #expect(metrics["master/tasks_running"] as? Double == 2)
            #expect(metrics["master/frameworks_active"] as? Double == 2)
            #expect(await fixture.cluster.runningTasks == 2)
        }
    }

    @Test("a task of the built-in framework that cannot start says why")
    func outsideFails() async throws {
        try await MasterFixture.run { fixture in
            await #expect(throws: Master.BuiltInFault.self) {
                try await fixture.cluster.runOutside(
                    framework: "production",
                    task: "db",
                    on: "ssd-1",
                    image: "image",
                    command: "exec sleep 100",
                    environment: [:],
                    volume: "bad",
                    at: "/var/lib/db"
                )
            }
        }
    }
}
