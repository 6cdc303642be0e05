import Foundation
import Logging
import Synchronization

@testable import LocalCluster

/// A directory per name; a name that begins with `bad` is refused.
final class FakeMounting: VolumeMounting {
    struct Call: Hashable, Sendable {
        var what: String
        var name: String
    }

    private let directory: String
    private let calls = Mutex<(all: [Call], mounted: Set<String>)>(([], []))

    init(_ directory: String) { self.directory = directory }

    var all: [Call] { calls.withLock { $0.all } }
    /// Containers that hold a volume now.
    var mounted: Int { calls.withLock { $0.mounted.count } }

    func directory(of name: String) -> String { directory + "/volumes/" + name }

    func mount(name: String, node: String?, container: String) async throws(MountRefusal) -> String {
        calls.withLock { $0.all.append(Call(what: "mount", name: name)) }
        if name.hasPrefix("bad") { throw MountRefusal(description: "volume not found: \(name)") }
        do {
            try FileManager.default.createDirectory(atPath: directory(of: name), withIntermediateDirectories: true)
        } catch {
            throw MountRefusal(description: "\(error)")
        }
        calls.withLock { _ = $0.mounted.insert(container) }
        return directory(of: name)
    }

    func unmount(name: String, container: String) async {
        calls.withLock {
            $0.all.append(Call(what: "unmount", name: name))
            $0.mounted.remove(container)
        }
    }

    func processGroupStarted(_ group: Int32, volume: String, container: String) async {
        calls.withLock { $0.all.append(Call(what: "group", name: volume)) }
    }
}

/// A local cluster in a directory of its own, with quick clocks; ends with the closure.
struct MasterFixture {
    let cluster: LocalCluster
    let mounting: FakeMounting
    let directory: String

    var address: String { cluster.masterAddress }

    static func run(
        agents: [String] = ["ssd-1"],
        settings: LocalClusterSettings = LocalClusterSettings(heartbeat: 15, allocation: 0.05, updateRetry: 10),
        _ body: (MasterFixture) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/master-" + UUID().uuidString
        defer {
            // What stays behind lies in the system's directory for such things.
            try? FileManager.default.removeItem(atPath: directory)
        }
        let image = directory + "/image"
        try FileManager.default.createDirectory(atPath: image, withIntermediateDirectories: true)
        let program = image + "/image-program"
        try ChildProcess.writeProgram("#!/bin/sh\necho from the image\n", to: program)
        let plan = LocalClusterPlan(
            agents: agents.enumerated().map { index, name in
                .init(
                    hostname: name,
                    cpus: 4,
                    memoryMB: 8_000,
                    diskMB: 20_000,
                    ports: UInt16(31_000 + index * 1_000)...UInt16(31_999 + index * 1_000),
                    attributes: ["px": "true", "px_tier": "low"],
                    storage: .init(id: name, pools: [])
                )
            },
            volumes: [],
            images: ["image": image],
            directory: directory
        )
        let mounting = FakeMounting(directory)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let cluster = LocalCluster(plan: plan, mounting: mounting, settings: settings, logger: logger)
        try await cluster.start()
        do {
            try await body(MasterFixture(cluster: cluster, mounting: mounting, directory: directory))
        } catch {
            await cluster.stop()
            throw error
        }
        await cluster.stop()
    }

    func scheduler(_ options: TestScheduler.Options = .init()) async throws -> TestScheduler {
        try await TestScheduler(address, options)
    }

    /// What a task wrote to its standard output or error.
    func output(_ task: String, of executor: String, agent: String, _ name: String = "stdout") throws -> String {
        try String(contentsOfFile: "\(directory)/\(sandbox(task, of: executor, agent))/\(name)", encoding: .utf8)
    }

    /// Where a task of the first framework works; of a task that is its own pod: nil for the task.
    func sandbox(_ task: String?, of executor: String, _ agent: String) -> String {
        // An agent is `<master>-S0`, the first framework `<master>-0000`.
        let framework = agent.prefix(36) + "-0000"
        let pod = "sandboxes/\(agent)/frameworks/\(framework)/executors/\(executor)/runs/latest"
        return task.map { "\(pod)/tasks/\($0)" } ?? pod
    }
}

/// Fixtures are found from this file's own place.
func fixture(_ path: String) throws -> [UInt8] {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return Array(try Data(contentsOf: tests.appendingPathComponent("Fixtures").appendingPathComponent(path)))
}
