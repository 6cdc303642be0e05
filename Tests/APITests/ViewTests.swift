import Model
import Testing

@testable import API

@Suite("Answers")
struct ViewTests {
    private func json(_ value: some Encodable) throws -> String {
        String(decoding: try APIJSON.bytes(value), as: UTF8.self)
    }

    @Test("have every field, null where there is none")
    func nulls() throws {
        #expect(
            try json(RunView(id: RunID("r1"), source: SourceName("guestbook"), phase: .requested))
                == #"{"clones":[],"data":null,"endpoint":null,"endpoints":[],"id":"r1","keptUntil":null,"key":null,"#
                + #""lease":{"ends":null},"obstacle":null,"owner":null,"phase":"requested","phases":[],"reason":null,"refusals":[],"result":null,"#
                + #""sealing":null,"service":false,"snapshot":null,"snapshots":[],"source":"guestbook","#
                + #""tasks":[],"tier":{"got":null,"wanted":null}}"#
        )
        #expect(try json(RunList(runs: [])) == #"{"next":null,"runs":[]}"#)
        #expect(try json(ErrorBody(code: "api.x", message: "m")) == #"{"code":"api.x","field":null,"message":"m"}"#)
        let health = HealthView(
            subscribed: true,
            leader: true,
            store: true,
            portworx: false,
            since: Timestamp(Instant(milliseconds: 0))
        )
        #expect(
            try json(health)
                == #"{"access":"none","framework":"subscribed","frameworkId":null,"leader":true,"obstacle":null,"portworx":false,"#
                + #""refusedTokens":0,"since":"1970-01-01T00:00:00.000Z","standIn":false,"store":true,"#
                + #""strayTasks":0,"stuckCopies":0,"subscribed":true}"#
        )
        #expect(!health.isAbleToAct)
    }

    @Test("are read back as they were written")
    func roundTrip() throws {
        let view = RunView.sample
        #expect(try APIJSON.read(try APIJSON.bytes(view), as: RunView.self) == view)
        let list = RunList(runs: [view], next: view.id)
        #expect(try APIJSON.read(try APIJSON.bytes(list), as: RunList.self) == list)
    }

    @Test("that are not numbers are an error, not a crash")
    func notFinite() {
        var view = RunView.sample
        view.phases[0].seconds = .infinity
        #expect(throws: (any Error).self) { try APIJSON.bytes(view) }
    }

    @Test("to a list's query are read back as they were written")
    func query() throws {
        let query = RunsQuery(phase: .ended, source: SourceName("guest-book"), limit: 7, after: RunID("r1"))
        #expect(query.text == "phase=ended&source=guest-book&limit=7&after=r1")
        #expect(try RunsQuery.read(query.text) == query)
        #expect(try RunsQuery.read("") == RunsQuery())
    }

    @Test(
        "to a list's query that cannot be are refused by the parameter's name",
        arguments: [
            ("phase=done", "phase"), ("phase", "phase"), ("limit=0", "limit"), ("limit=501", "limit"),
            ("limit=x", "limit"),
            ("after=A", "after"), ("source=%41", "source"), ("limit=1&limit=2", "limit"), ("page=1", "page"),
            ("source=a&phase=ended&limit=1&after=b&more=c", "more"),
        ]
    )
    func badQuery(_ text: String, _ field: String) {
        let error = #expect(throws: APIError.self) { try RunsQuery.read(text) }
        #expect(error?.field == field)
    }
}

extension RunView {
    /// A run with something in every field.
    static let sample = RunView(
        id: RunID("7f3k"),
        key: "pipeline/7",
        owner: "nightly-ci",
        source: SourceName("guestbook"),
        phase: .ended,
        result: .failed,
        reason: "the suite exited with 1",
        endpoint: Endpoint(host: "agent-3", port: 31_002, user: "cassandra"),
        tier: TierView(wanted: .low, got: .low),
        snapshot: "understudy-7f3k-s1",
        clones: ["understudy-7f3k-0-c1"],
        tasks: [TaskView(id: TaskID("understudy.7f3k.0.1"), state: .running, agent: "agent-3")],
        phases: [
            PhaseView(phase: .requested, at: Timestamp(Instant(milliseconds: 1_000_000)), seconds: 0.25),
            PhaseView(phase: .ended, at: Timestamp(Instant(milliseconds: 1_000_250)), seconds: nil),
        ],
        lease: LeaseView(ends: Timestamp(Instant(milliseconds: 4_600_000))),
        obstacle: "no offer from agent-3 yet",
        refusals: [RefusalView(reason: "not_a_portworx_node", count: 3, example: "agent-5")]
    )
}
