import Foundation
import Testing

@testable import LocalCluster

@Suite("Pods on a local agent", .timeLimit(.minutes(6)))
struct AgentPodTests {
    /// Launches a pod on the next offer.
    private func launch(
        _ scheduler: TestScheduler,
        _ tasks: [TestTask],
        network: String? = nil
    ) async throws -> String {
        let offer = try #require(try await scheduler.offers().first)
        try await scheduler.accept(offer, [.group(executor: "pod-exec", tasks, network: network)])
        return try #require(offer.id(3))
    }

    private func story(_ events: [TestEvent], of task: String) -> [String] {
        events.filter { $0.task == task }.compactMap(\.state)
    }

    @Test("a pod runs its tasks as processes; one that ends with 0 leaves the other alone; FAILURE with 0 is the end")
    func wholeLife() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            let command = "image-program; echo $GREETING $MESOS_TASK_ID $UNDERSTUDY_LOCAL_CLUSTER; pwd; echo bad >&2"
            let agent = try await launch(
                scheduler,
                [
                    TestTask(id: "pod.a", command: command, environment: ["GREETING": "hello"]),
                    TestTask(id: "pod.b", command: "exec sleep 100"),
                ]
            )
            let finished = try await scheduler.update("pod.a", "FINISHED", acknowledged: false)
            try await scheduler.acknowledge(finished)
            #expect(finished.text == "Command exited with status 0")
            #expect(finished.status?.number(9) == 2)
            #expect(finished.status?.id(7) == "pod-exec")
            let container = finished.status?.message(13)?.message(4)
            #expect(container?.text(1)?.count == 36)
            #expect(container?.id(2)?.count == 36)
            let output = try fixture.output("pod.a", of: "pod-exec", agent: agent).split(separator: "\n")
            #expect(output.prefix(2) == ["from the image", "hello pod.a 1"])
            #expect(output.last?.hasSuffix("/" + fixture.sandbox("pod.a", of: "pod-exec", agent)) == true)
            #expect(try fixture.output("pod.a", of: "pod-exec", agent: agent, "stderr") == "bad\n")
            try await scheduler.kill("pod.b")
            let rest = try await scheduler.finish("pod-exec", ["pod.b"])
            #expect(story(rest, of: "pod.b").suffix(2) == ["KILLING", "KILLED"])
            let end = rest.first { $0.kind == .failure }?.message.message(7)
            #expect(end?.id(1) == agent)
            #expect(end?.number(3) == 0)
        }
    }

    @Test("one task's failure kills the others")
    func failure() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            let agent = try await launch(
                scheduler,
                [
                    TestTask(id: "suite", command: "while [ ! -e go ]; do sleep 0.05; done; exit 3"),
                    TestTask(id: "db", command: "exec sleep 100"),
                ]
            )
            try await scheduler.update("suite", "RUNNING")
            try await fixture.waitForFile(fixture.sandbox("db", of: "pod-exec", agent) + "/stdout")
            let suite = fixture.sandbox("suite", of: "pod-exec", agent)
            try Data().write(to: URL(fileURLWithPath: "\(fixture.directory)/\(suite)/go"))
            let events = try await scheduler.finish("pod-exec", ["suite", "db"])
            let failed = try #require(events.first { $0.brief == "suite FAILED" })
            #expect(failed.text == "Command exited with status 3")
            #expect(failed.reason == nil)
            #expect(story(events, of: "db").suffix(2) == ["KILLING", "KILLED"])
        }
    }

    @Test("without TASK_KILLING_STATE there is no TASK_KILLING; a KILL of one task kills the whole pod")
    func killsPod() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler(.init(capabilities: [5, 6, 7]))
            _ = try await launch(
                scheduler,
                [TestTask(id: "a", command: "exec sleep 100"), TestTask(id: "b", command: "exec sleep 100")]
            )
            try await scheduler.update("a", "RUNNING")
            try await scheduler.kill("a")
            _ = try await scheduler.finish("pod-exec", ["a", "b"])
            let states = scheduler.log.all
            #expect(story(states, of: "a").last == "KILLED")
            #expect(story(states, of: "b").last == "KILLED")
            #expect(!states.contains { $0.state == "KILLING" })
        }
    }

    @Test("a check's exit code is told at each change, and not at all before its first result or after the kill")
    func check() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            let task = TestTask(
                id: "db",
                command: "exec sleep 100",
                check: ("exit $(cat code 2>/dev/null || echo 3)", 0.05)
            )
            let agent = try await launch(scheduler, [task])
            #expect(try await scheduler.update("db", "STARTING").exitCode == -1)
            let running = try await scheduler.update("db", "RUNNING")
            #expect(running.exitCode == -1)
            #expect(running.reason == nil)
            let first = try await scheduler.update("db", "RUNNING")
            #expect(first.exitCode == 3)
            #expect(first.reason == 28)
            let sandbox = "\(fixture.directory)/\(fixture.sandbox("db", of: "pod-exec", agent))"
            // Moved into place, so that no check sees an empty file.
            try Data("7\n".utf8).write(to: URL(fileURLWithPath: sandbox + "/next"))
            try FileManager.default.moveItem(atPath: sandbox + "/next", toPath: sandbox + "/code")
            #expect(try await scheduler.update("db", "RUNNING").exitCode == 7)
            try await scheduler.kill("db")
            #expect(try await scheduler.update("db", "KILLING").exitCode == -1)
            #expect(try await scheduler.update("db", "KILLED").exitCode == -1)
        }
    }

    @Test("max_completion_time fails the task and kills the rest of its pod")
    func limit() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            _ = try await launch(
                scheduler,
                [
                    TestTask(id: "db", command: "exec sleep 100", limit: 0.3),
                    TestTask(id: "b", command: "exec sleep 100"),
                ]
            )
            let events = try await scheduler.finish("pod-exec", ["db", "b"])
            let failed = try #require(events.first { $0.brief == "db FAILED" })
            #expect(failed.reason == 33)
            #expect(events.contains { $0.brief == "b KILLED" })
        }
    }

    @Test("an image that is not there fails the task as on a real agent")
    func missingImage() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            _ = try await launch(scheduler, [TestTask(id: "db", command: "exit 0", image: "nope:1")])
            let events = try await scheduler.finish("pod-exec", ["db"]).filter { $0.kind == .update }
            #expect(events.map(\.brief) == ["db STARTING", "db FAILED"])
            #expect(events.last?.text == "Failed to find archive for image 'nope:1'")
        }
    }

    @Test("a user that this machine does not know fails the task as on a real agent")
    func missingUser() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            _ = try await launch(scheduler, [TestTask(id: "db", command: "exit 0", user: "no-such-user")])
            let events = try await scheduler.finish("pod-exec", ["db"]).filter { $0.kind == .update }
            #expect(events.map(\.brief) == ["db STARTING", "db FAILED"])
            #expect(events.last?.text.contains("No such user 'no-such-user'") == true)
        }
    }

    @Test("a network fails the pod: a local cluster has the host's only")
    func network() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            _ = try await launch(scheduler, [TestTask(id: "db", command: "exit 0")], network: "mesos-bridge")
            let events = try await scheduler.finish("pod-exec", ["db"])
            #expect(events.map(\.brief) == ["db FAILED", "failure"])
            #expect(events.first?.text == "a local cluster has no network mesos-bridge: only host networking is there")
            #expect(events.first?.reason == 21)
        }
    }

    @Test("a task inherits nothing of ours but what it must")
    func environment() async throws {
        setenv("UNDERSTUDY_TEST_SECRET", "secret", 1)
        defer { unsetenv("UNDERSTUDY_TEST_SECRET") }
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            let agent = try await launch(scheduler, [TestTask(id: "db", command: "env")])
            _ = try await scheduler.finish("pod-exec", ["db"])
            let lines = try fixture.output("db", of: "pod-exec", agent: agent).split(separator: "\n")
            let names = Set(lines.compactMap { $0.split(separator: "=").first.map(String.init) })
            let fine: Set = [
                "HOME", "PATH", "PWD", "OLDPWD", "SHLVL", "_", "LD_LIBRARY_PATH", "MESOS_SANDBOX", "MESOS_TASK_ID",
                "UNDERSTUDY_LOCAL_CLUSTER",
            ]
            #expect(names.subtracting(fine).isEmpty)
            #expect(lines.contains("PATH=\(fixture.directory)/image:/usr/local/bin:/usr/bin:/bin"))
        }
    }
}
