import API
import Model
import StateStore
import Testing

@testable import ControlAPI
@testable import Lifecycle
@testable import Scheduler

@Suite("The sweep, over the API")
struct SweepTests {
    private static let source = Source(
        name: SourceName("guestbook"),
        volume: "v",
        cassandra: Source.Cassandra(image: "cassandra:3.11", clusterName: "guestbook")
    )
    private static let now = Instant(milliseconds: 10_000_000)

    private func copy(_ name: String, _ change: (inout Copy) -> Void) -> Copy {
        var copy = Copy(
            name: CopyName(name),
            kind: .clone,
            run: RunID("r"),
            source: Self.source.name,
            parent: VolumeID("1"),
            parentCopy: nil,
            createdAt: Self.now,
            state: .condemned
        )
        let volume = Volume(id: VolumeID("id-\(name)"), name: name, parent: VolumeID("1"))
        copy.volumeID = CopyVolumeID(volume, createdAs: copy.name, from: copy.parent, sources: [])
        change(&copy)
        return copy
    }

    /// A state with a copy of every kind that counts otherwise.
    private var state: SystemState {
        var state = SystemState(
            settings: Settings(),
            install: "i",
            sources: [Self.source],
            frameworkID: nil,
            runs: [],
            copies: [
                copy("kept") {
                    $0.state = .present
                    $0.heldUntil = Self.now + .hours(1)
                },
                copy("going") { _ in },
                copy("waits") { $0.fail(Fault(code: "c", message: "m", transient: true), Self.now, Settings()) },
                copy("stuck") {
                    $0.attachedOn = "n1"
                    $0.attachPath = "/mnt/it's"
                    for _ in 0..<9 {
                        $0.fail(
                            Fault(code: "c", message: "attached", transient: true),
                            Instant(milliseconds: 0),
                            Settings()
                        )
                    }
                    $0.nextTryAt = Self.now + .seconds(20)
                },
            ]
        )
        state.nodes = NodeIndex([StorageNode(id: NodeID("n1"), hostname: "ssd-1")])
        for (id, parent) in [("7", "1"), ("8", "2")] {
            let labels = [CopyLabel.install: "i", CopyLabel.parent: "1"]
            let volume = Volume(id: VolumeID(id), name: "o\(id)", parent: VolumeID(parent), labels: labels)
            state.orphansSeen[volume.id] = OrphanSeen(volume: volume, since: Self.now)
        }
        return state
    }

    @Test("counts each entry once, and says of a stuck copy what holds it and what to do")
    func plan() async throws {
        let runs = SchedulerRuns.resting(state, at: Self.now)
        let plan = await runs.sweepPlan()
        #expect(plan.counts == SweepView.Counts(held: 1, waiting: 1, deleting: 1, stuck: 1, orphans: 1, foreign: 1))
        #expect(plan.entries.count == 6 && plan.listed == nil && plan.fault == nil)
        let stuck = try #require(plan.entries.first { $0.name == "stuck" })
        #expect(stuck.stuck?.node == "n1" && stuck.stuck?.host == "ssd-1" && stuck.stuck?.path == "/mnt/it's")
        // Whoever copies it to a shell gets one word.
        #expect(stuck.stuck?.advice.contains(#"--path '/mnt/it'\''s' id-stuck && pxctl host detach id-stuck"#) == true)
        #expect(stuck.why.contains("waits for detachment, attached on n1 (ssd-1) at /mnt/it's"))
        #expect(await runs.health().stuckCopies == 1)
        #expect(await runs.copies().snapshots.first { $0.name.value == "stuck" }?.holder.hasPrefix("stuck") == true)
    }

    @Test("is refused by a scheduler that is stopping")
    func stopping() async {
        let runs = SchedulerRuns.resting(state, at: Self.now)
        await runs.scheduler.stop()
        guard case .failure(let refusal) = await runs.sweep() else {
            Issue.record("it was not refused")
            return
        }
        #expect(refusal.status == 503)
    }

    @Test("is read with GET and asked for with POST, which takes no body")
    func server() async throws {
        try await ServerHarness.with { server async throws in
            #expect(try await server.status("GET", "/v1/sweep") == 200)
            #expect(try await server.status("POST", "/v1/sweep") == 202)
            #expect(try await server.status("POST", "/v1/sweep", "{}") == 202)
            #expect(try await server.status("POST", "/v1/sweep", #"{"x":1}"#) == 400)
            #expect(try await server.allowed("DELETE", "/v1/sweep") == "GET, HEAD, POST")
        }
    }
}
