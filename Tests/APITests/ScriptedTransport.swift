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

    private struct State {
        var steps: [Step]
        /// Each is handed out once; after the last the scheduler cannot be reached; nil for a transport without any.
        var streams: [ScriptedStream]?
        var calls: [APICall] = []
    }

    private let state: Mutex<State>

    init(_ steps: [Step], streams: [ScriptedStream]? = nil) {
        state = Mutex(State(steps: steps, streams: streams))
    }

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

    func open(_ call: APICall) async throws(APIError) -> (any APIByteStream)? {
        let (hasStreams, stream) = state.withLock { state -> (Bool, ScriptedStream?) in
            guard let streams = state.streams else { return (false, nil) }
            state.calls.append(call)
            state.streams?.removeFirst(streams.isEmpty ? 0 : 1)
            return (true, streams.first)
        }
        if hasStreams, stream == nil {
            throw APIError(.unreachable(mayHaveHappened: false), .unreachable, "connection refused")
        }
        return stream
    }

    func shutdown() async {}
}

/// Time that passes only in pauses, and a user who may want the run to end.
final class VirtualControl: FollowControl {
    private struct State {
        var now = Instant(milliseconds: 0)
        var pauses: [Span] = []
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    private let releaseAfter: Span?

    /// - Parameter releaseAfter: when the user loses patience; nil for never.
    init(releaseAfter: Span? = nil) { self.releaseAfter = releaseAfter }

    var pauses: [Span] { state.withLock { $0.pauses } }

    func now() -> Instant { state.withLock { $0.now } }

    func pause(_ span: Span) async {
        state.withLock { $0.pauses.append(span) }
        pass(span)
    }

    /// Time passes.
    func pass(_ span: Span) {
        state.withLock { $0.now = $0.now + span }
        if releaseWanted { wake() }
    }

    private func wake() {
        state.withLock { state in
            defer { state.waiter = nil }
            return state.waiter
        }?.resume()
    }

    func releaseWish() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { $0.waiter = continuation }
                if releaseWanted || Task.isCancelled { wake() }
            }
        } onCancel: {
            wake()
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
