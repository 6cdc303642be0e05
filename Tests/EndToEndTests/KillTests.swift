import API
import Glibc
import LocalCluster
import Model
import SeededRandom
import Testing
import ZooKeeperServer

@testable import understudy

/// `kill -9` at random moments on a bad day; `make e2e-kill N=200` is the long form.
@Suite("The scheduler is killed at random", .serialized, .withZooKeeper, .timeLimit(.minutes(60)))
struct KillTests {
    enum Ground: String, Sendable, CaseIterable {
        case sqlite = "SQLite"
        case zooKeeper = "ZooKeeper"

        /// Flags; those that come later count.
        var flags: [String] {
            get throws {
                switch self {
                case .sqlite: []
                case .zooKeeper:
                    // One that was killed keeps the lead for as long.
                    [
                        "--state",
                        "zk://\(try WithZooKeeper.server.address)/dcos-service-kill-\(UInt64.random(in: .min ... .max))",
                        "--state-session", "1s",
                    ]
                }
            }
        }
    }

    private static let kills = environmentVariable("UNDERSTUDY_KILLS").flatMap(Int.init) ?? 10
    private static let seed = environmentVariable("UNDERSTUDY_SEED").flatMap(UInt64.init) ?? 1
    private static let runsAtOnce = 10

    /// What holds runs that do not end, for whoever reads the log of a play that cannot be had again.
    private static func tell(_ stage: Stage) async throws {
        for run in try await stage.runs() where run.phase != .ended {
            let tasks = run.tasks.map { task in
                "\(task.id) \(task.state?.rawValue ?? "unknown") on \(task.agent ?? "no agent")"
            }
            print("  \(run.id) is \(run.phase), \(run.obstacle ?? "no obstacle"): \(tasks.joined(separator: ", "))")
            let files = "find '\(stage.demo.directory)' -path '*\(run.id)*' -type f | xargs -r ls -l"
            print(try await stage.demo.attempt(files).output)
        }
        print(try await stage.demo.attempt("ps -eo pid,ppid,etimes,stat,wchan,args | grep '[u]nderstudy'").output)
    }

    @Test(
        "every run ends, nothing is left, no clone was used twice, production is unchanged",
        arguments: Ground.allCases
    )
    func kills(on ground: Ground) async throws {
        let flags = try ground.flags
        var random = SplitMix64(seed: Self.seed)
        try await Stage.play(firstPort: 27_500) { stage in
            let before = try await stage.checksum()
            try BadDay.begin(in: stage.demo.cluster, seed: Self.seed)
            var made = 0
            for _ in 0..<Self.kills {
                try await stage.start(sources: BadDay.sources, more: flags)
                let active = try await stage.runs().count { $0.phase != .ended }
                for _ in 0..<max(Self.runsAtOnce - active, 0) {
                    made += 1
                    _ = try await stage.submit("sleep 0.\(made % 7); guestbook-suite", key: "run-\(made)")
                }
                // A moment within a run's life is what is looked for, not an end of waiting.
                try await Task.sleep(for: .milliseconds(Int.random(in: 0..<600, using: &random)))
                await stage.demo.stopScheduler(with: SIGKILL)
            }
            try await stage.start(sources: BadDay.sources, more: flags)
            stage.demo.cluster.faults.removeAll()
            do {
                try await stage.until("every run has ended", within: .seconds(900)) {
                    try await stage.runs().allSatisfy { $0.phase == .ended }
                }
            } catch {
                try await Self.tell(stage)
                throw error
            }
            try await stage.until("nothing is left", within: .seconds(900)) { await stage.isClean() }
            let all = try await stage.runs()
            #expect(all.count == made, "one run a key")
            #expect(all.allSatisfy { $0.result == .passed || $0.result == .error }, "\(all.map(\.result))")
            #expect(try await stage.checksum() == before)
            let mounts = stage.demo.cluster.mounts.filter { $0.volume != DemoCluster.volume }
            let twice = Dictionary(grouping: mounts, by: \.volumeID).filter { $0.value.count > 1 }
            #expect(twice.isEmpty, "no task ran on a clone that another had used")
            #expect(mounts.allSatisfy { !$0.isShared })
            for (reason, runs) in Dictionary(grouping: all.filter { $0.result == .error }, by: \.reason) {
                print("  \(runs.count) ended by infrastructure: \(reason ?? "")")
            }
            let passed = all.count { $0.result == .passed }
            #expect(passed * 2 > made, "a bad day, but no hopeless one")
            print(
                "e2e-kill, \(ground.rawValue): \(Self.kills) kills, seed \(Self.seed): \(made) runs ended, \(passed) passed, "
                    + "\(made - passed) by infrastructure; \(mounts.count) clones used once each, nothing left"
            )
        }
    }
}
