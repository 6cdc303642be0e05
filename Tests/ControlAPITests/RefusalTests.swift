import API
import Model
import Testing

@testable import ControlAPI
@testable import Lifecycle
@testable import Scheduler

@Suite("A refusal of the scheduler")
struct RefusalTests {
    private static let source = Source(
        name: SourceName("guestbook"),
        volume: "v",
        cassandra: Source.Cassandra(image: "cassandra:3.11", clusterName: "guestbook")
    )
    private static let suite = RunRequest.Suite(image: "suite:1", command: "true")

    private let scheduler: Scheduler
    private let runs: SchedulerRuns
    private let caller = Caller(name: "ci", role: .run)

    init() {
        let at = Instant(milliseconds: 0)
        var ended = Run(id: RunID("over"), spec: RunSpec(source: Self.source.name), source: Self.source, createdAt: at)
        ended.phases.append(Run.PhaseEntry(phase: .ended, at: at))
        let waits = Run(id: RunID("waits"), spec: RunSpec(source: Self.source.name), source: Self.source, createdAt: at)
        let state = SystemState(
            settings: Settings(),
            install: "i",
            sources: [Self.source],
            frameworkID: FrameworkID("f"),
            runs: [ended, waits],
            copies: []
        )
        scheduler = Scheduler(
            state,
            store: NoStore(),
            epoch: 1,
            cluster: Nobody(),
            volumes: Nobody(),
            clock: { at },
            logger: .silent
        )
        runs = SchedulerRuns(scheduler, logins: RunLogins(secret: Secret("secret")), clock: { at }, standsIn: { false })
    }

    /// Sees to it that nothing has changed.
    private func refused(_ status: Int, _ code: String, _ field: String?, _ ask: () async -> APIRefusal?) async {
        let before = await scheduler.state
        let refusal = await ask()
        #expect(refusal?.status == status && refusal?.body.code == code, "\(String(describing: refusal))")
        #expect(refusal?.body.field == field)
        #expect(refusal?.body.message.isEmpty == false)
        let after = await scheduler.state
        #expect(after.runs == before.runs && after.copies == before.copies && after.sources == before.sources)
    }

    private func order(_ order: RunOrder, _ id: String) async -> APIRefusal? {
        guard case .failure(let refusal) = await runs.command(order, on: RunID(id)) else { return nil }
        return refusal
    }

    private func refusal(_ submission: Submission) -> APIRefusal? {
        guard case .refused(let refusal) = submission else { return nil }
        return refusal
    }

    @Test("has one code for a run that is not there, whatever was wanted of it")
    func unknownRun() async {
        for wanted in [RunOrder.keep(.hours(1)), .extend(.hours(1)), .reset] {
            await refused(404, "api.unknown_run", nil) { await order(wanted, "none") }
        }
        await refused(404, "api.unknown_run", nil) {
            refusal(await runs.open(RunID("none"), OpenRequest(), by: caller))
        }
    }

    @Test("says what a command's run is not, and changes nothing")
    func commands() async {
        await refused(422, "run.lease_too_long", "lease") { await order(.keep(.days(300)), "waits") }
        await refused(422, "run.lease_too_long", "lease") { await order(.extend(.days(300)), "waits") }
        await refused(409, "run.copies_gone", nil) { await order(.keep(.hours(1)), "over") }
        await refused(409, "run.has_ended", nil) { await order(.extend(.hours(1)), "over") }
        await refused(409, "run.not_ready", nil) { await order(.reset, "waits") }
        await refused(409, "run.not_ended", nil) { refusal(await runs.open(RunID("waits"), OpenRequest(), by: caller)) }
        await refused(409, "run.clone_gone", nil) { refusal(await runs.open(RunID("over"), OpenRequest(), by: caller)) }
    }

    @Test("says what is wrong with a request, and makes no run")
    func requests() async {
        let name = Self.source.name
        let cases: [(RunRequest, String, String)] = [
            (RunRequest(source: SourceName("other")), "run.unknown_source", "source"),
            (RunRequest(source: name, lease: .days(300)), "run.lease_too_long", "lease"),
            (
                RunRequest(source: name, suite: Self.suite, keepOnFailure: .days(300)), "run.lease_too_long",
                "keepOnFailure"
            ),
            (RunRequest(source: name, sameDataAs: RunID("none")), "run.unknown_run", "sameDataAs"),
            (RunRequest(source: name, sameDataAs: RunID("over")), "run.snapshot_gone", "sameDataAs"),
        ]
        for (request, code, field) in cases {
            await refused(422, code, field) { refusal(await runs.submit(request, by: caller)) }
        }
    }
}
