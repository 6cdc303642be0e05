import API
import Model
import Testing

@testable import ControlAPI
@testable import Lifecycle
@testable import Scheduler

@Suite("What the DC/OS UI is told of the scheduler")
struct ClusterStatusTests {
    private static let now = Instant(milliseconds: 1_700_000_000_000)
    private static let source = Source(
        name: SourceName("guestbook"),
        volume: "v",
        cassandra: Source.Cassandra(image: "cassandra:3.11", clusterName: "guestbook")
    )

    private static func ago(_ span: Span) -> Instant {
        Instant(milliseconds: now.milliseconds - span.milliseconds)
    }

    private func health(
        _ framework: HealthView.Framework = .subscribed,
        portworx: Bool = true,
        known: Bool = true,
        stuck: Int = 0
    ) -> HealthView {
        HealthView(
            subscribed: framework == .subscribed,
            leader: true,
            store: true,
            portworx: portworx,
            since: Timestamp(Self.now),
            framework: framework,
            frameworkId: known ? FrameworkID("f") : nil,
            stuckCopies: stuck
        )
    }

    @Test("has a code for each thing that may be the matter")
    func codes() {
        let run = RunID("r1")
        let cases: [(ServiceSituation, ServiceStatus.Code, String)] = [
            (.init(health: health(.removed)), .degraded, "reset-framework"),
            (.init(health: health(portworx: false), storageFault: "refused"), .degraded, "Portworx: refused"),
            (.init(health: health(stuck: 2)), .degraded, "2 copies"),
            (.init(health: health(), pause: "no word from ZooKeeper"), .recovering, "no word from ZooKeeper"),
            (.init(health: health(.away)), .recovering, "not subscribed"),
            (.init(health: health(.away, known: false)), .deploying, "yet"),
            (.init(health: health(portworx: false)), .deploying, "Portworx has not answered yet"),
            (.init(health: health(), starving: [.init(run: run, why: "no room")]), .awaitingResources, "no room"),
            (.init(health: health(), snapshotting: [run]), .backingUp, "r1"),
            (.init(health: health(), cloning: [run]), .restoring, "r1"),
            (.init(health: health(), uninstall: .underWay), .deploying, "being uninstalled"),
            (.init(health: health(.removed), uninstall: .over), .running, "has been uninstalled"),
        ]
        for (situation, code, word) in cases {
            let status = ServiceStatus(situation)
            #expect(status.code == code && status.status == code.words, "\(word)")
            #expect(status.reasons.count == 1 && status.reasons[0].contains(word), "\(status.reasons)")
        }
        let well = ServiceStatus(ServiceSituation(health: health()))
        #expect(well.code == .running && well.reasons.isEmpty)
        #expect(ServiceStatus.Code.allCases.allSatisfy { (200..<400).contains($0.rawValue) && $0.rawValue != 204 })
    }

    @Test("tells the weightiest first, and all of it")
    func precedence() {
        let situation = ServiceSituation(
            health: health(.away, portworx: false, stuck: 1),
            pause: "paused",
            storageFault: "refused",
            snapshotting: [RunID("a")],
            cloning: [RunID("b")],
            starving: (0..<30).map { .init(run: RunID("s\($0)"), why: "no room") }
        )
        let status = ServiceStatus(situation)
        #expect(status.code == .degraded)
        #expect(status.reasons.count == 20, "as many as a person reads")
        #expect(
            status.reasons.prefix(5).map { $0.prefix(8) } == ["Portworx", "1 copy c", "paused", "not subs", "run s0 w"]
        )
    }

    @Test("says of a standby that it is well")
    func standby() {
        let status = ServiceStatus(standby: "the scheduler at 10.0.0.1:1 leads")
        #expect(status.status == "Standby" && status.code == .running)
        #expect(status.reasons == ["the scheduler at 10.0.0.1:1 leads"])
    }

    // MARK: of a real scheduler

    private func run(_ id: String, _ phases: [Phase], since: Instant) -> Run {
        var run = Run(id: RunID(id), spec: RunSpec(source: Self.source.name), source: Self.source, createdAt: since)
        run.phases += phases.map { Run.PhaseEntry(phase: $0, at: since) }
        return run
    }

    private func state(_ runs: [Run]) -> SystemState {
        SystemState(
            settings: Settings(),
            install: "i",
            sources: [Self.source],
            frameworkID: FrameworkID("f"),
            runs: runs,
            copies: []
        )
    }

    @Test("knows which runs are being copied, and which have waited for room for long")
    func situation() async {
        var state = state([
            run("snap", [.snapshotting], since: Self.now),
            run("clone", [.snapshotting, .cloning], since: Self.now),
            run("new", [], since: Self.ago(.seconds(29))),
            run("old", [], since: Self.ago(.seconds(30))),
        ])
        let away = await SchedulerRuns.resting(state, at: Self.now).situation()
        #expect(away.snapshotting == [RunID("snap")] && away.cloning == [RunID("clone")])
        #expect(away.starving.isEmpty, "no master, no offers: that is another matter")
        state.subscribed = true
        let situation = await SchedulerRuns.resting(state, at: Self.now).situation()
        #expect(situation.starving.map(\.run) == [RunID("old")])
        #expect(situation.starving.first?.why.contains("Mesos has offered nothing") == true)
        #expect(ServiceStatus(situation).code == .deploying, "Portworx was never asked")
        state.storageFault = Fault(code: "c", message: "refused", transient: true)
        #expect(ServiceStatus(await SchedulerRuns.resting(state, at: Self.now).situation()).code == .degraded)
    }

    @Test("lists its own plan, then runs that have not ended, then the youngest of those that have")
    func plans() async {
        let ended = (10..<25).map { number in
            run("e\(number)", [.ending, .ended], since: Self.ago(.seconds(Int64(number))))
        }
        let active = [run("old", [], since: Self.ago(.hours(1))), run("young", [.ready], since: Self.now)]
        let plans = await SchedulerRuns.resting(state(ended + active), at: Self.now).plans()
        #expect(plans.prefix(3) == [.deploy, .run(RunID("young")), .run(RunID("old"))])
        #expect(plans.dropFirst(3) == (10..<20).map { .run(RunID("e\($0)")) }[...])
    }

    @Test("has no endpoint of a run that nobody may use")
    func endpoints() async {
        let runs = SchedulerRuns.resting(
            state([run("r1", [], since: Self.now), run("r2", [.ready], since: Self.now)]),
            at: Self.now
        )
        #expect(await runs.endpoints().isEmpty)
        #expect(await runs.deployPlan().status == .inProgress)
    }
}
