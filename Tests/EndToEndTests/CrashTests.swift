import API
import Glibc
import LocalCluster
import Model
import Synchronization
import Testing

@testable import understudy

/// kill -9 of the scheduler, and what a restart makes of it.
@Suite("The scheduler dies", .serialized, .timeLimit(.minutes(4)))
struct CrashTests {
    /// From where agents have it whether the scheduler lives or not.
    private static var helper: [String] {
        get throws { ["--helper-url", "file://\(try CopyBoot.helper)"] }
    }

    @Test("between launch and RUNNING, and again during deletion: the run ends as if nothing had happened")
    func launchAndDeletion() async throws {
        var settings = LocalClusterSettings()
        settings.imagePull = 1
        settings.storageCall = 0.3
        try await Stage.play(firstPort: 22_500, settings: settings) { stage in
            let before = try await stage.checksum()
            try await stage.start(more: Self.helper)
            let id = try await stage.submit("guestbook-suite", key: "crash")
            // Before, the call may not have reached the master yet, and the pod would have to be launched again.
            try await stage.until("the pod is on its way") { try await stage.view(id).phase == .starting }
            await stage.demo.stopScheduler(with: SIGKILL)
            #expect(await stage.demo.cluster.runningTasks == 1, "nothing of it has started yet")
            try await stage.start(more: Self.helper)
            try await stage.until("the result is set") { try await stage.view(id).result != nil }
            let view = try await stage.view(id)
            #expect(view.phase == .ending, "its copies are still being deleted")
            await stage.demo.stopScheduler(with: SIGKILL)
            try await stage.start(more: Self.helper)
            try await stage.until("it ends") { try await stage.view(id).phase == .ended }
            let ended = try await stage.view(id)
            #expect(ended.result == .passed, "\(ended.reason ?? "")")
            #expect(ended.clones.count == 1, "nothing had to be tried twice")
            try await stage.until("nothing is left") { await stage.isClean() }
            #expect(try await stage.checksum() == before)
        }
    }

    @Test("at each of its words: every run passes, every copy goes", arguments: [1, 3, 5, 7, 9, 11, 13, 15])
    func everywhere(words: Int) async throws {
        var settings = LocalClusterSettings()
        settings.storageCall = 0.02
        try await Stage.play(firstPort: 22_500, settings: settings) { stage in
            let said = Mutex(-1)
            try await stage.start(more: Self.helper) { _ in
                let isTime = said.withLock { count in
                    if count >= 0 { count += 1 }
                    return count == words
                }
                if isTime { stage.demo.signalScheduler(SIGKILL) }
            }
            said.withLock { $0 = 0 }
            // The scheduler may die before it answers: then the key finds the run, or makes it.
            let id: RunID
            do {
                id = try await stage.submit("guestbook-suite", key: "crash")
                await stage.demo.stopScheduler(with: 0)
            } catch {
                await stage.demo.stopScheduler(with: 0)
                try await stage.start(more: Self.helper)
                id = try await stage.submit("guestbook-suite", key: "crash")
                await stage.demo.stopScheduler(with: SIGKILL)
            }
            try await stage.start(more: Self.helper)
            try await stage.until("it ends") { try await stage.view(id).phase == .ended }
            let ended = try await stage.view(id)
            #expect(ended.result == .passed, "\(ended.reason ?? "")")
            try await stage.until("nothing is left") { await stage.isClean() }
        }
    }

    @Test("SIGTERM is no accident: it exits 0, the suite runs on, and a restart takes the result")
    func orderly() async throws {
        try await Stage.play(firstPort: 22_500) { stage in
            try await stage.start(more: Self.helper)
            let id = try await stage.submit(stage.heldSuite, key: "orderly")
            try await stage.until("the suite runs") { try await stage.view(id).phase == .testing }
            #expect(await stage.demo.stopScheduler() == .exited(0))
            #expect(await stage.demo.cluster.runningTasks == 3, "production, Cassandra and the suite")
            try await stage.start(more: Self.helper)
            try await stage.letSuiteGoOn()
            try await stage.until("it ends") { try await stage.view(id).phase == .ended }
            #expect(try await stage.view(id).result == .passed)
            try await stage.until("nothing is left") { await stage.isClean() }
        }
    }

    @Test("two on one store: the second says so and exits 78")
    func second() async throws {
        try await Stage.play(firstPort: 22_500) { stage in
            try await stage.start(more: Self.helper)
            let ending = try await stage.demo.run(stage.demo.schedulerArguments()) { _ in }
            #expect(ending == .exited(78))
        }
    }
}
