import API
import Glibc
import LocalCluster
import Model
import Testing

@testable import understudy

/// Who we are to the master: taken over by another, and removed.
@Suite("Our framework, end to end", .serialized, .timeLimit(.minutes(6)))
struct FrameworkTests {
    private static let firstPort: UInt16 = 28_000

    @Test(
        "a framework that was away for too long is a state that health names, and is reset once nothing of it is left"
    )
    func removed() async throws {
        try await Stage.play(firstPort: Self.firstPort) { stage in
            let brief = ["--failover-timeout", "1s"]
            try await stage.start(more: brief)
            let first = try #require(try await stage.client { try await $0.health().frameworkId })
            let (early, none) = try await stage.understudy("reset-framework")
            #expect(early == .exited(2) && none.contains("framework.not_removed"), "\(none)")

            try await Self.beRemoved(stage, brief)
            let (reset, said) = try await stage.understudy("reset-framework")
            #expect(reset == .exited(0), "\(said)")
            try await stage.until("it subscribes anew") { try await stage.client { try await $0.health().isAbleToAct } }
            let second = try await stage.client { try await $0.health().frameworkId }
            #expect(second != nil && second != first)
            let (passed, output) = try await stage.run("guestbook-suite", key: "anew")
            #expect(passed == .exited(0), "\(output)")

            // The id is durable: a run's tasks are found again, and lost only with the framework.
            let id = try await stage.submit("sleep 600", key: "lost")
            try await stage.until("the suite runs") { try await stage.view(id).phase == .testing }
            try await Self.beRemoved(stage, brief)
            try await stage.until("it has its result") { try await stage.view(id).result == .error }
            #expect(try await stage.view(id).reason?.contains("has removed our framework") == true)
            let (refused, left) = try await stage.understudy("reset-framework")
            #expect(refused == .exited(2))
            #expect(left.contains("framework.in_use") && left.contains("understudy-\(id)-0-c1"), "\(left)")
        }
    }

    /// Kills the scheduler for longer than its time-out, and starts it again.
    private static func beRemoved(_ stage: Stage, _ more: [String]) async throws {
        let before = await stage.demo.cluster.removedFrameworks
        await stage.demo.stopScheduler(with: SIGKILL)
        try await stage.until("the master removes the framework") {
            await stage.demo.cluster.removedFrameworks > before
        }
        try await stage.start(more: more, ableToAct: false)
        try await stage.until("health names the state") {
            try await stage.client { try await $0.health().framework } == .removed
        }
        let health = try await stage.client { try await $0.health() }
        #expect(!health.isAbleToAct && health.obstacle?.contains("framework_removed") == true)
        #expect(stage.demo.lastWords().contains("the framework has been removed"))
    }

    @Test("one whose framework another scheduler has taken says so and exits 75")
    func failedOver() async throws {
        try await Stage.play(firstPort: Self.firstPort) { stage in
            try await stage.start()
            await stage.demo.stopScheduler()
            let directory = stage.demo.directory
            _ = try await stage.demo.shell("cp '\(directory)/state.sqlite' '\(directory)/other.sqlite'")
            try await stage.start()
            let other = Task {
                try await stage.demo.run(stage.demo.schedulerArguments(state: "other.sqlite")) { _ in }
            }
            // Signal 0 is none: it ends by itself.
            #expect(await stage.demo.stopScheduler(with: 0) == .exited(75))
            #expect(stage.demo.lastWords().contains("mesos.failed_over"), "\(stage.demo.lastWords())")
            other.cancel()
            #expect(try await other.value == .exited(0))
        }
    }
}
