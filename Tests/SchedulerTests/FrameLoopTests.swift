import Lifecycle
import Model
import StateStore
import Testing

@testable import Scheduler

@Suite("The order within a frame")
struct FrameLoopTests {
    private static let now = Instant(milliseconds: 0)

    private func frame(batchChanges: Int = Records.batchChanges) throws -> FrameLoop.Frame {
        let state = SystemState(settings: Settings(), install: "i", sources: [.guestbook])
        var loop = FrameLoop(state, batchChanges: batchChanges)
        let update = TaskUpdate(taskID: TaskID("understudy.abc.0.1"), state: .running, uuid: [1])
        let events: [Event] = [
            .subscribed(FrameworkID("f")), .submitted(.suite(), as: RunID("abc")), .update(update),
            .update(TaskUpdate(taskID: TaskID("understudy.abc.0.2"), state: .running)),
        ]
        return try loop.frame(events, at: Self.now)
    }

    @Test("is: all commits, then who waits is told, then the calls, then the acknowledgements", arguments: [1, 500])
    func order(batchChanges: Int) throws {
        var frame = try frame(batchChanges: batchChanges)
        var words: [String] = []
        while let step = frame.next() {
            switch step {
            case .commit:
                words.append("commit")
                try frame.committed(.success(1))
            case .tell: words.append("tell")
            case .act: words.append("act")
            case .acknowledge(let update):
                words.append("acknowledge")
                #expect(update.uuid != nil)
            }
        }
        let commits = [String](repeating: "commit", count: batchChanges == 1 ? 2 : 1)
        let acts = [String](repeating: "act", count: frame.effects.count)
        #expect(words == commits + ["tell"] + acts + ["acknowledge"])
        #expect(frame.effects.count > 1)
        #expect(frame.next() == nil)
    }

    @Test("ends at a commit that fails", arguments: [StateStoreError.Code.fenced, .io, .limit])
    func failure(code: StateStoreError.Code) throws {
        var frame = try frame()
        guard case .commit = frame.next() else {
            Issue.record("a frame with changes does not begin with a commit")
            return
        }
        let error = #expect(throws: SchedulerError.self) {
            try frame.committed(.failure(StateStoreError(code, "no")))
        }
        #expect(error?.code == (code == .fenced ? .fenced : .store))
    }
}
