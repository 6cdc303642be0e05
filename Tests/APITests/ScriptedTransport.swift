import Model
import Synchronization

@testable import API

/// Answers as a script says, in order, and remembers what it was asked; the last step is repeated for ever.
final class ScriptedTransport: APITransport {
    enum Step: Sendable {
        case answer(Int, String)
        case view(Int, RunView)
        case unreachable(mayHaveHappened: Bool)
    }

    private let state: Mutex<(steps: [Step], calls: [APICall])>

    init(_ steps: [Step]) { state = Mutex((steps, [])) }

    var calls: [APICall] { state.withLock { $0.calls } }

    func send(_ call: APICall) async throws(APIError) -> APIAnswer {
        let step = state.withLock { state -> Step? in
            state.calls.append(call)
            return state.steps.count > 1 ? state.steps.removeFirst() : state.steps.first
        }
        switch step {
        case .answer(let status, let body): return APIAnswer(status: status, body: Array(body.utf8))
        case .view(let status, let view):
            do {
                return APIAnswer(status: status, body: try APIJSON.bytes(view))
            } catch {
                throw APIError(.invalid, .badValue, "\(error)")
            }
        case .unreachable(let mayHaveHappened):
            throw APIError(.unreachable(mayHaveHappened: mayHaveHappened), .unreachable, "connection refused")
        case nil: throw APIError(.unreachable(mayHaveHappened: false), .unreachable, "no script")
        }
    }

    func shutdown() async {}
}

/// Time that passes only in pauses, and a user who may want the run to end.
final class VirtualControl: FollowControl {
    private let state = Mutex((now: Instant(milliseconds: 0), pauses: [Span]()))
    private let releaseAfter: Span?

    /// - Parameter releaseAfter: when the user loses patience; nil for never.
    init(releaseAfter: Span? = nil) { self.releaseAfter = releaseAfter }

    var pauses: [Span] { state.withLock { $0.pauses } }

    func now() -> Instant { state.withLock { $0.now } }

    func pause(_ span: Span) async {
        state.withLock { state in
            state.pauses.append(span)
            state.now = state.now + span
        }
    }

    var releaseWanted: Bool { releaseAfter.map { now() >= Instant(milliseconds: $0.milliseconds) } ?? false }
}

/// Collects lines.
final class Lines: Sendable {
    private let state = Mutex([String]())
    var all: [String] { state.withLock { $0 } }
    func add(_ line: String) { state.withLock { $0.append(line) } }
}
