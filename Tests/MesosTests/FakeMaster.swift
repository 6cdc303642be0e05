import Model
import Synchronization

@testable import Mesos

/// A master without sockets and without time: it answers each request with the next line of its script.
final class FakeMaster: MasterTransport {
    enum Line: Sendable {
        case answer(Int, headers: [String: String] = [:], body: String = "")
        case stream([Step])
        case failure(MesosError)
    }

    /// What comes on a stream.
    enum Step: Sendable {
        case bytes([UInt8])
        /// The zero-length chunk.
        case end
        /// EOF without it.
        case broken
        /// Nothing for as long as the client bears it.
        case silent
        /// Nothing until the client goes away.
        case hang
    }

    private struct State {
        var lines: [Line]
        var requests: [MasterRequest] = []
        var limits: [Span] = []
        var opened = 0
        var cancelled = 0
    }

    private let state: Mutex<State>

    init(_ lines: [Line]) { state = Mutex(State(lines: lines)) }

    var requests: [MasterRequest] { state.withLock { $0.requests } }
    /// The silences that the client was ready to bear.
    var limits: [Span] { state.withLock { $0.limits } }
    /// How many connections the client has left open.
    var left: Int { state.withLock { $0.opened - $0.cancelled } }

    func send(_ request: MasterRequest) async throws(MesosError) -> MasterAnswer {
        switch next(request) {
        case .answer(let status, let headers, let body):
            return MasterAnswer(status: status, headers: headers, body: Array(body.utf8))
        case .failure(let error): throw error
        case .stream, nil: throw MesosError(.unreachable, "the script has no answer", retry: .safe)
        }
    }

    func open(_ request: MasterRequest) async throws(MesosError) -> any MasterStream {
        switch next(request) {
        case .stream(let steps):
            let headers = ["content-type": "application/x-protobuf", "mesos-stream-id": "stream-\(requests.count)"]
            return stream(200, headers, steps)
        case .answer(let status, let headers, let body):
            return stream(status, headers, [.bytes(Array(body.utf8)), .end])
        case .failure(let error): throw error
        case nil:
            // The script is over: hang like a master that accepts and says nothing, until the test has seen enough.
            return stream(503, [:], [.hang])
        }
    }

    private func stream(_ status: Int, _ headers: [String: String], _ steps: [Step]) -> FakeStream {
        state.withLock { $0.opened += 1 }
        return FakeStream(MasterAnswer(status: status, headers: headers, body: []), steps) { [self] limit in
            state.withLock { $0.limits.append(limit) }
        } closed: { [self] in
            state.withLock { $0.cancelled += 1 }
        }
    }

    private func next(_ request: MasterRequest) -> Line? {
        state.withLock { state in
            state.requests.append(request)
            return state.lines.isEmpty ? nil : state.lines.removeFirst()
        }
    }
}

private final class FakeStream: MasterStream {
    let head: MasterAnswer
    private let steps: Mutex<[FakeMaster.Step]>
    private let isOpen = Mutex(true)
    private let note: @Sendable (Span) -> Void
    private let closed: @Sendable () -> Void

    init(
        _ head: MasterAnswer,
        _ steps: [FakeMaster.Step],
        note: @escaping @Sendable (Span) -> Void,
        closed: @escaping @Sendable () -> Void
    ) {
        self.head = head
        self.steps = Mutex(steps)
        self.note = note
        self.closed = closed
    }

    func cancel() {
        let first = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        if first { closed() }
    }

    func next(within limit: Span) async throws(MesosError) -> [UInt8]? {
        note(limit)
        switch steps.withLock({ $0.isEmpty ? .hang : $0.removeFirst() }) {
        case .bytes(let bytes): return bytes
        case .end: return nil
        case .broken: throw MesosError(.streamBroken, "EOF", retry: .safe)
        case .silent: throw MesosError(.streamSilent, "silence", retry: .safe)
        case .hang:
            await untilCancelled()
            throw MesosError(.streamBroken, "cancelled", retry: .safe)
        }
    }

    private func untilCancelled() async {
        let (stream, continuation) = AsyncStream<Never>.makeStream()
        await withTaskCancellationHandler {
            for await _ in stream {}
        } onCancel: {
            continuation.finish()
        }
    }
}

extension FakeMaster.Step {
    static func event(_ message: WireMessage) -> Self {
        let bytes = message.bytes
        return .bytes(Array("\(bytes.count)\n".utf8) + bytes)
    }

    static func subscribed(_ id: String = "F", heartbeat: Double? = 15) -> Self {
        let body = WireMessage().with(1, value: id)
        return .event(WireMessage().with(1, 1).with(2, heartbeat.map { body.with(2, $0) } ?? body))
    }

    static func error(_ text: String) -> Self { .event(WireMessage().with(1, 7).with(8, WireMessage().with(1, text))) }
    static var heartbeat: Self { .event(WireMessage().with(1, 8)) }

    /// A recorded stream: its bytes, and its end as it was.
    static func recorded(_ path: String) throws -> [Self] {
        let response = try Recording(path).response()
        return [.bytes(response.body), response.ending == .clean ? .end : .broken]
    }
}
