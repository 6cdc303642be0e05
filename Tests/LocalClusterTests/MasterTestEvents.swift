import Foundation
import Synchronization

/// One event of a subscription.
struct TestEvent: Sendable {
    enum Kind: UInt64, Sendable {
        case subscribed = 1
        case offers, rescind, update, message, failure, error, heartbeat
    }

    let bytes: [UInt8]
    /// Seconds on the monotonic clock.
    let at: Double

    var message: TestMessage { TestMessage(bytes) }
    var kind: Kind? { message.number(1).flatMap(Kind.init) }
    var status: TestMessage? { message.message(5)?.message(1) }
    var task: String? { status?.id(1) }
    var state: String? { status?.number(2).map { Self.states[Int($0)] } }
    var text: String { status?.text(4) ?? message.message(8)?.text(1) ?? "" }
    var reason: UInt64? { status?.number(10) }
    var uuid: [UInt8] { status?.data(11) ?? [] }
    var offers: [TestMessage] { message.message(3)?.messages(1) ?? [] }
    /// nil without a check; -1 for a check that has told nothing.
    var exitCode: Int? {
        status?.message(15).map { $0.message(2)?.number(1).map { Int(Int32(truncatingIfNeeded: $0)) } ?? -1 }
    }
    /// `task STATE` of an update, the kind of anything else.
    var brief: String {
        if let task, let state { return "\(task) \(state)" }
        return kind.map { "\($0)" } ?? "?"
    }

    private static let states = [
        "STARTING", "RUNNING", "FINISHED", "FAILED", "KILLED", "LOST", "STAGING", "ERROR", "KILLING", "DROPPED",
        "UNREACHABLE", "GONE", "GONE_BY_OPERATOR", "UNKNOWN",
    ]
}

/// How a stream ended.
enum TestStreamEnd: Sendable, Equatable {
    case lastChunk
    case broken(String)
}

/// What came on a stream, to be waited for.
final class TestEventLog: Sendable {
    struct Missing: Error, CustomStringConvertible { let description: String }

    private struct State {
        var events: [TestEvent] = []
        var end: TestStreamEnd?
        var next = 0
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var tickets = 0
    }
    private let state = Mutex(State())
    private static let deadlines = DispatchQueue(label: "deadlines of the tests")

    var all: [TestEvent] { state.withLock { $0.events } }

    func append(_ event: TestEvent) { change { $0.events.append(event) } }
    func finish(_ end: TestStreamEnd) { change { $0.end = end } }

    private func change(_ body: (inout State) -> Void) {
        let waiting = state.withLock { state in
            body(&state)
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        waiting.forEach { $0.resume() }
    }

    /// The next event of this kind, behind the one that was waited for last; others are passed over.
    func next(
        _ what: String,
        within seconds: Double = 15,
        _ matches: @Sendable (TestEvent) -> Bool
    ) async throws -> TestEvent {
        try await wait(what, seconds) { state in
            while state.next < state.events.count {
                defer { state.next += 1 }
                if matches(state.events[state.next]) { return state.events[state.next] }
            }
            return nil
        }
    }

    /// An event anywhere on the stream, whether waited for or not.
    func any(
        _ what: String,
        within seconds: Double = 15,
        _ matches: @Sendable (TestEvent) -> Bool
    ) async throws -> TestEvent {
        try await wait(what, seconds) { state in state.events.first(where: matches) }
    }

    func end(within seconds: Double = 15) async throws -> TestStreamEnd {
        try await wait("the end", seconds) { $0.end }
    }

    private func wait<Value: Sendable>(
        _ what: String,
        _ seconds: Double,
        _ look: @Sendable (inout State) -> Value?
    ) async throws -> Value {
        let deadline = monotonicSeconds() + seconds
        while true {
            if let found = state.withLock({ look(&$0) }) { return found }
            let known = all.map(\.brief).joined(separator: ", ")
            guard monotonicSeconds() < deadline else { throw Missing(description: "no \(what) among: \(known)") }
            await changed(by: deadline, look)
        }
    }

    /// Returns when something has come, or at the deadline.
    private func changed<Value: Sendable>(by deadline: Double, _ look: @Sendable (inout State) -> Value?) async {
        await withCheckedContinuation { continuation in
            let ticket = state.withLock { state -> Int? in
                // What came since the last look must not be slept over.
                var copy = state
                guard look(&copy) == nil else { return nil }
                state.tickets += 1
                state.waiting[state.tickets] = continuation
                return state.tickets
            }
            guard let ticket else { return continuation.resume() }
            let left = max(0, deadline - monotonicSeconds())
            Self.deadlines.asyncAfter(deadline: .now() + left) { [self] in
                state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume()
            }
        }
    }
}

func monotonicSeconds() -> Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }
