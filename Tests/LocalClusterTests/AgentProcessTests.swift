import Foundation
import Testing

@testable import LocalCluster

@Suite("Processes of a local agent", .timeLimit(.minutes(6)))
struct AgentProcessTests {
    /// A task that says `ready` once its trap is set, and then does as told at SIGTERM.
    private static func trapping(_ action: String) -> String {
        "trap '\(action)' TERM; touch ready; while :; do sleep 0.05; done"
    }

    @Test("a task holds nothing of the cluster open: neither its port nor a connection")
    func descriptors() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            let offer = try #require(try await scheduler.offers().first)
            try await scheduler.accept(offer, [.launch([TestTask(id: "task", command: "ls /proc/$$/fd; exit 0")])])
            try await scheduler.update("task", "FINISHED")
            let sandbox = fixture.sandbox(nil, of: "task", offer.id(3) ?? "")
            let open = try String(contentsOfFile: "\(fixture.directory)/\(sandbox)/stdout", encoding: .utf8)
            #expect(open.split(separator: "\n") == ["0", "1", "2"])
        }
    }

    @Test("the grace of a kill policy is kept: SIGTERM, then SIGKILL; the call's own grace goes first")
    func grace() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            let offer = try #require(try await scheduler.offers().first)
            let tasks = [
                TestTask(id: "polite", command: Self.trapping("exit 0"), grace: 30),
                TestTask(id: "deaf", command: Self.trapping(":"), grace: 0.4),
                TestTask(id: "override", command: Self.trapping(":"), grace: 60),
            ]
            try await scheduler.accept(offer, [.launch(tasks)])
            for task in tasks {
                try await scheduler.acknowledge(
                    try await scheduler.log.any("start") { $0.brief == "\(task.id) STARTING" }
                )
                let running = try await scheduler.log.any("running") { $0.brief == "\(task.id) RUNNING" }
                try await scheduler.acknowledge(running)
                try await fixture.waitForFile(fixture.sandbox(nil, of: task.id, offer.id(3) ?? "") + "/ready")
            }
            try await scheduler.kill("polite")
            try await scheduler.update("polite", "KILLING")
            #expect(try await scheduler.update("polite", "KILLED").text == "Command exited with status 0")
            try await scheduler.kill("deaf")
            let killing = try await scheduler.update("deaf", "KILLING")
            let killed = try await scheduler.update("deaf", "KILLED")
            #expect(killed.text == "Command terminated with signal Killed")
            #expect(killed.at - killing.at >= 0.35)
            try await scheduler.kill("override", grace: 0.2)
            try await scheduler.update("override", "KILLING")
            try await scheduler.update("override", "KILLED")
            // Tasks without a pod have no FAILURE at their end (02-launch).
            #expect(!scheduler.log.all.contains { $0.kind == .failure })
        }
    }

    @Test("a volume is mounted before, named in command, check and environment, and given back after the last process")
    func volume() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            let offer = try #require(try await scheduler.offers().first)
            var task = TestTask(
                id: "db",
                command: "echo $DATA; pwd > /var/lib/db/where; while [ ! -e /var/lib/db/go ]; do sleep 0.05; done",
                environment: ["DATA": "in /var/lib/db"],
                volume: ("vol1", "/var/lib/db")
            )
            task.check = ("test -e /var/lib/db/where && exit 9", 0.05)
            try await scheduler.accept(offer, [.group(executor: "pod", [task])])
            try await scheduler.update("db", "STARTING")
            try await scheduler.update("db", "RUNNING")
            let checked = try await scheduler.log.next("the check") { $0.exitCode ?? -1 >= 0 }
            try await scheduler.acknowledge(checked)
            #expect([1, 9].contains(checked.exitCode))
            #expect(fixture.mounting.all.map(\.what) == ["mount", "group"])
            try Data().write(to: URL(fileURLWithPath: fixture.mounting.directory(of: "vol1") + "/go"))
            _ = try await scheduler.finish("pod", ["db"])
            #expect(fixture.mounting.all.map(\.what) == ["mount", "group", "unmount"])
            #expect(fixture.mounting.mounted == 0)
            let agent = try #require(offer.id(3))
            let expected = "in " + fixture.mounting.directory(of: "vol1") + "\n"
            #expect(try fixture.output("db", of: "pod", agent: agent) == expected)
        }
    }

    @Test("a relative path in the container is one in the sandbox")
    func relativePath() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            let offer = try #require(try await scheduler.offers().first)
            let task = TestTask(id: "db", command: "echo data > data/file", volume: ("vol1", "data"))
            try await scheduler.accept(offer, [.group(executor: "pod", [task])])
            _ = try await scheduler.finish("pod", ["db"])
            let file = fixture.mounting.directory(of: "vol1") + "/file"
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "data\n")
        }
    }

    @Test("a volume that cannot be mounted fails its task before it runs, and is unmounted all the same")
    func mountFails() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            let offer = try #require(try await scheduler.offers().first)
            let tasks = [
                TestTask(id: "db", command: "exit 0", volume: ("bad", "/data")),
                TestTask(id: "suite", command: "exec sleep 100"),
            ]
            try await scheduler.accept(offer, [.group(executor: "pod", tasks)])
            let events = try await scheduler.finish("pod", ["db", "suite"])
            #expect(events.filter { $0.task == "db" }.map(\.state) == ["STARTING", "FAILED"])
            let failed = try #require(events.first { $0.state == "FAILED" })
            #expect(failed.text == "Unexpected termination of the subprocess: volume not found: bad")
            #expect(events.last { $0.task == "suite" }?.state == "KILLED")
            #expect(fixture.mounting.all.map(\.what) == ["mount", "unmount"])
        }
    }

    @Test("what a task leaves behind in its group ends with it")
    func leftovers() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            let offer = try #require(try await scheduler.offers().first)
            let task = TestTask(id: "db", command: "sleep 1000 & echo $! > child; exit 0")
            try await scheduler.accept(offer, [.group(executor: "pod", [task])])
            _ = try await scheduler.finish("pod", ["db"])
            try await fixture.waitForEnd(of: fixture.sandbox("db", of: "pod", offer.id(3) ?? "") + "/child")
        }
    }

    @Test("stop leaves no process, also of a task that is deaf and has all the time in the world")
    func stop() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            let offer = try #require(try await scheduler.offers().first)
            let deaf =
                "trap : TERM; (trap : TERM; while :; do sleep 0.05; done) & echo $! > child; touch ready; wait; wait"
            let task = TestTask(id: "deaf", command: deaf, volume: ("vol", "/data"), grace: 600)
            try await scheduler.accept(offer, [.group(executor: "pod", [task])])
            let sandbox = fixture.sandbox("deaf", of: "pod", offer.id(3) ?? "")
            try await fixture.waitForFile(sandbox + "/ready")
            try await scheduler.kill("deaf")
            let began = monotonicSeconds()
            await fixture.cluster.stop()
            // Far less than the task's grace, however busy the machine is.
            #expect(monotonicSeconds() - began < 120)
            try await fixture.waitForEnd(of: sandbox + "/child", within: 5)
            #expect(fixture.mounting.mounted == 0)
            #expect(try await scheduler.log.end() == .lastChunk)
            await fixture.cluster.stop()
        }
    }
}

/// Lets others run before one looks again at what tells nobody when it changes: a file, a process, a document.
func breath() async {
    await withCheckedContinuation { continuation in
        breaths.asyncAfter(deadline: .now() + 0.01) { continuation.resume() }
    }
}

private let breaths = DispatchQueue(label: "breaths of the tests")

extension MasterFixture {
    func waitForFile(_ path: String, within seconds: Double = 15) async throws {
        let deadline = monotonicSeconds() + seconds
        while !FileManager.default.fileExists(atPath: "\(directory)/\(path)") {
            guard monotonicSeconds() < deadline else { throw TestEventLog.Missing(description: "no \(path)") }
            await breath()
        }
    }

    /// Waits until the process whose id a file holds is gone.
    func waitForEnd(of path: String, within seconds: Double = 15) async throws {
        let text = try String(contentsOfFile: "\(directory)/\(path)", encoding: .utf8)
        let id = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        let deadline = monotonicSeconds() + seconds
        while kill(id, 0) == 0, !isZombie(id) {
            guard monotonicSeconds() < deadline else { throw TestEventLog.Missing(description: "\(id) is still there") }
            await breath()
        }
    }

    /// An orphan that nobody has reaped yet is gone all the same.
    private func isZombie(_ id: Int32) -> Bool {
        // No such file: it has just gone.
        guard let stat = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8) else { return true }
        return stat.split(separator: ")").last?.hasPrefix(" Z") ?? false
    }
}
