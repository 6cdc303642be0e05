import API
import Model
import Testing

@testable import ControlAPI

@Suite("What a stream tells")
struct RunTellingTests {
    private func view(_ phases: Phase..., obstacle: String? = nil) -> RunView {
        var view = RunView(id: RunID("r1"), source: SourceName("guestbook"), phase: phases.last ?? .requested)
        view.phases = phases.map { .init(phase: $0, at: Timestamp(Instant(milliseconds: 0)), seconds: nil) }
        view.obstacle = obstacle
        return view
    }

    private func moment(_ milliseconds: Int64) -> Instant { Instant(milliseconds: milliseconds) }

    private func names(_ events: [StreamEvent]) -> [String] {
        events.map { event in
            switch event.content {
            case .phase(let index, let event): "\(index) \(event.phase.phase.rawValue)"
            case .run(let view): "run \(view.obstacle ?? "-")"
            }
        }
    }

    @Test("every phase once, in order, also those that came and went between two looks")
    func phases() {
        var telling = RunTelling(after: nil, pace: .milliseconds(500))
        #expect(names(telling.take(view(.requested), at: moment(0))) == ["0 requested"])
        #expect(
            names(telling.take(view(.requested, .snapshotting, .cloning), at: moment(1)))
                == ["1 snapshotting", "2 cloning"]
        )
        #expect(telling.take(view(.requested, .snapshotting, .cloning), at: moment(2)).isEmpty, "nothing is new")
        #expect(telling.dueAt == nil)
        #expect(!telling.isOver)
    }

    @Test("other changes wait for their turn, and a phase takes them along")
    func pace() {
        var telling = RunTelling(after: 0, pace: .milliseconds(500))
        #expect(names(telling.take(view(.requested, obstacle: "a"), at: moment(0))) == ["run a"])
        #expect(telling.take(view(.requested, obstacle: "b"), at: moment(100)).isEmpty)
        #expect(telling.take(view(.requested, obstacle: "c"), at: moment(200)).isEmpty)
        #expect(telling.dueAt == moment(500))
        #expect(telling.due(at: moment(499)).isEmpty)
        #expect(names(telling.due(at: moment(500))) == ["run c"])
        #expect(telling.take(view(.requested, obstacle: "d"), at: moment(600)).isEmpty)
        #expect(telling.take(view(.requested, obstacle: "c"), at: moment(700)).isEmpty, "it is as was told again")
        #expect(telling.dueAt == nil)
        #expect(telling.take(view(.requested, obstacle: "e"), at: moment(800)).isEmpty)
        #expect(names(telling.take(view(.requested, .cloning, obstacle: "e"), at: moment(900))) == ["1 cloning"])
        #expect(telling.dueAt == nil)
    }

    @Test("is over when the run has ended and everything is told, not before")
    func over() {
        var telling = RunTelling(after: 0, pace: .milliseconds(500))
        _ = telling.take(view(.requested, .ending, .ended), at: moment(0))
        #expect(telling.isOver)
        var late = RunTelling(after: 0, pace: .milliseconds(500))
        _ = late.take(view(.ended, obstacle: "a"), at: moment(0))
        #expect(late.isOver)
        var owing = RunTelling(after: 0, pace: .milliseconds(500))
        _ = owing.take(view(.requested, obstacle: "a"), at: moment(0))
        _ = owing.take(view(.ended, obstacle: "b"), at: moment(1))
        #expect(!owing.isOver)
        _ = owing.due(at: moment(500))
        #expect(owing.isOver)
    }
}
