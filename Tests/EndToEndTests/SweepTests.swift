import API
import HTTPTransport
import LocalCluster
import Model
import Portworx
import Testing

@testable import understudy

/// What the sweep says, and that it comes to that.
@Suite("The sweep, end to end", .serialized, .timeLimit(.minutes(6)))
struct SweepTests {
    private static let firstPort: UInt16 = 29_500

    /// Speaks to the cluster's gateway beside the scheduler.
    private func gateway<Value>(_ stage: Stage, _ body: (PortworxClient) async throws -> Value) async throws -> Value {
        let http = try HTTPClient()
        let client = try PortworxClient(
            url: stage.demo.cluster.storageURL,
            http: http,
            token: nil
        )
        let result: Result<Value, any Error>
        do { result = .success(try await body(client)) } catch { result = .failure(error) }
        await http.shutdown()
        return try result.get()
    }

    private func service(_ stage: Stage, key: String) async throws -> RunView {
        let request = RunRequest(key: key, source: SourceName("guestbook"))
        let id = try await stage.client { try await $0.submit(request).run.id }
        try await stage.until("it is ready") { try await stage.view(id).endpoint != nil }
        return try await stage.view(id)
    }

    private func sweep(_ stage: Stage, _ more: String...) async throws -> String {
        let (ending, output) = try await stage.understudy(["sweep"] + more)
        #expect(ending == .exited(0), "\(output)")
        return output
    }

    @Test("an orphan made by hand is listed at once, and goes after its grace only when it is ours")
    func orphans() async throws {
        try await Stage.play(firstPort: Self.firstPort) { stage in
            try await stage.start(more: ["--orphan-grace", "4s"])
            let run = try await service(stage, key: "orphans")
            let clone = try #require(run.clones.first)
            try await gateway(stage) { client in
                let copy = try #require(try await client.volume(named: clone))
                let snapshot = try #require(copy.parent)
                let production = try #require(try await client.volume(named: DemoCluster.volume))
                var labels = copy.labels
                labels[CopyLabel.parent] = production.id.value
                labels[CopyLabel.run] = "forgotten"
                for (parent, name) in [(production.id, "ours-by-hand"), (snapshot, "theirs-by-hand")] {
                    guard case .done = await client.snapshot(of: parent, name: CopyName(name), labels: labels) else {
                        Issue.record("\(name) was not made")
                        continue
                    }
                }
            }
            let plan = try await sweep(stage)
            #expect(plan.contains("ours-by-hand") && plan.contains("orphan: seen for"), "\(plan)")
            #expect(plan.contains("not ours: its parent label names volume"), "\(plan)")
            #expect(plan.hasSuffix("2 copies held, 0 wait, 0 stuck, 1 orphan, 1 not ours"), "\(plan)")
            #expect(plan.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(plan)")
            // The list forgets it when its delete is asked for, which may be before it is done.
            try await stage.until("ours is gone") {
                let isListed = try await sweep(stage, "--dry-run").contains("ours-by-hand")
                return !isListed && !stage.demo.cluster.volumeNames.contains("ours-by-hand")
            }
            #expect(stage.demo.cluster.volumeNames.contains("theirs-by-hand"))
            let last = try await sweep(stage)
            #expect(last.contains("theirs-by-hand") && last.hasSuffix("0 orphans, 1 not ours"), "\(last)")
            #expect(stage.demo.cluster.volumeNames.contains("theirs-by-hand"))
        }
    }

    @Test("a copy that somebody else has attached is stuck, with host and path; released, it goes")
    func stuck() async throws {
        try await Stage.play(firstPort: Self.firstPort) { stage in
            try await stage.start(more: ["--stuck-after", "1s"])
            let run = try await service(stage, key: "stuck")
            let clone = try #require(run.clones.first)
            let agent = try #require(run.tasks.first?.agent)
            let flag = "\(stage.demo.directory)/let-go"
            let path = try #require(stage.demo.cluster.directory(ofVolumeNamed: clone))
            try await stage.demo.cluster.runOutside(
                framework: "another",
                task: "squatter",
                on: agent,
                image: DemoCluster.suiteImage,
                command: "until [ -e '\(flag)' ]; do sleep 0.1; done",
                environment: [:],
                volume: clone,
                at: "data"
            )
            _ = try await stage.understudy("release", run.id.value)
            try await stage.until("it is stuck") { try await stage.client { try await $0.health().stuckCopies } == 1 }
            let plan = try await sweep(stage, "--dry-run")
            let words = plan.split { $0.isWhitespace }.joined(separator: " ")
            #expect(plan.contains("stuck    \(clone)"), "\(plan)")
            #expect(words.contains("(\(agent)) at \(path)"), "\(plan)")
            #expect(words.contains("run on \(agent): pxctl host unmount --path \(path)"), "\(plan)")
            #expect(plan.hasSuffix("0 copies held, 1 waits, 1 stuck, 0 orphans"), "\(plan)")
            try await stage.until("the log says so") {
                stage.demo.lastWords().contains("a copy that is to be deleted is stuck")
            }
            let (_, snapshots) = try await stage.understudy("snapshots")
            #expect(snapshots.contains("stuck: it cannot be deleted"), "\(snapshots)")

            _ = try await stage.demo.shell("touch '\(flag)'")
            try await stage.until("nothing is left") { await stage.isClean() }
            #expect(try await sweep(stage, "--dry-run").hasSuffix("0 copies held, 0 wait, 0 stuck, 0 orphans"))
        }
    }

    @Test("a snapshot that somebody deletes is noticed by the next list, and no harm to a run that has its clone")
    func missing() async throws {
        try await Stage.play(firstPort: Self.firstPort) { stage in
            try await stage.start()
            let run = try await service(stage, key: "missing")
            let snapshot = try #require(run.snapshot)
            try await gateway(stage) { client in
                let volume = try #require(try await client.volume(named: snapshot))
                let proof = CopyVolumeID(
                    volume,
                    createdAs: CopyName(snapshot),
                    from: try #require(volume.parent),
                    sources: []
                )
                guard case .done = await client.delete(try #require(proof)) else {
                    Issue.record("it was not deleted")
                    return
                }
            }
            _ = try await sweep(stage)
            try await stage.until("it is noticed") {
                try await sweep(stage, "--dry-run").contains("1 copy held, 0 wait")
            }
            #expect(try await stage.view(run.id).phase == .ready, "it has its clone")
            let (reset, said) = try await stage.understudy("reset", run.id.value)
            #expect(reset == .exited(2) && said.contains("run.snapshot_gone"), "\(said)")
        }
    }
}
