import Model
import Synchronization

@testable import API

/// A stream that goes as a script says, in virtual time.
final class ScriptedStream: APIByteStream {
    enum Step: Sendable {
        case text(String)
        /// Time passes; bytes of no meaning come.
        case wait(Span)
        /// Nothing comes for as long as the reader has patience.
        case silence
        /// Nothing comes until the reader ends it.
        case hang
        /// The connection breaks.
        case broken
    }

    let status: Int
    let contentType: String?
    private let control: VirtualControl?
    private struct State {
        var steps: [Step]
        var isCancelled = false
        var waiter: CheckedContinuation<Void, Never>?
    }
    private let state: Mutex<State>

    /// After the last step it ends properly.
    init(
        _ steps: [Step],
        status: Int = 200,
        contentType: String? = "text/event-stream;charset=utf-8",
        control: VirtualControl? = nil
    ) {
        self.status = status
        self.contentType = contentType
        self.control = control
        state = Mutex(State(steps: steps))
    }

    func next(within limit: Span) async throws(APIError) -> [UInt8]? {
        let broken = APIError(.unreachable(mayHaveHappened: true), .unreachable, "broken")
        let step = state.withLock { state -> Step? in
            if state.isCancelled { return .broken }
            return state.steps.isEmpty ? nil : state.steps.removeFirst()
        }
        switch step {
        case nil: return nil
        case .text(let text): return Array(text.utf8)
        case .wait(let span):
            control?.pass(span)
            return Array(": still here\n\n".utf8)
        case .silence:
            control?.pass(limit)
            throw broken
        case .hang:
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if !state.isCancelled { state.waiter = continuation }
                    return state.isCancelled
                }
                if isOver { continuation.resume() }
            }
            throw broken
        case .broken: throw broken
        }
    }

    func cancel() {
        state.withLock { state in
            state.isCancelled = true
            defer { state.waiter = nil }
            return state.waiter
        }?.resume()
    }
}

extension ScriptedStream.Step {
    /// A phase as the server sends it.
    static func phase(_ view: RunView, _ index: Int? = nil) throws -> Self {
        let index = index ?? view.phases.count - 1
        let data = try APIJSON.bytes(PhaseEvent(phase: view.phases[index], run: view))
        return .text("id: \(index)\nevent: phase\ndata: \(String(decoding: data, as: UTF8.self))\n\n")
    }

    /// Anything else about a run, as the server sends it.
    static func run(_ view: RunView) throws -> Self {
        .text("event: run\ndata: \(String(decoding: try APIJSON.bytes(view), as: UTF8.self))\n\n")
    }
}
