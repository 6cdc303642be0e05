import Synchronization

/// One request on its way: what the loop has received, and the caller that waits for it.
///
/// The loop's thread fills it, the caller empties it; the lock is never held while either is called.
final class Exchange: Sendable {
    /// How the body is handed over.
    enum Kind: Sendable {
        /// At once, at the end, and no larger than the limit.
        case whole
        /// As it comes; the transfer pauses while the buffer is full.
        case stream
    }

    /// What a caller waits for; the exchange's end satisfies each.
    enum Goal { case head, bytes, end }

    /// What became of received bytes.
    enum Verdict { case taken, pause, tooLarge }

    /// Bytes of a stream held for a slow reader before the transfer pauses: some 16 of libcurl's buffers, so that a reader
    /// that keeps up never waits, and 100 streams hold no more than 25 MiB.
    static let streamBufferBytesMax = 256 << 10

    private struct Waiter {
        let goal: Goal
        let number: UInt64
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var head: HTTPHead?
        var buffer: [UInt8] = []
        var end: Result<Void, HTTPError>?
        var isPaused = false
        var isCancelled = false
        var waiter: Waiter?
        var waits: UInt64 = 0

        func satisfies(_ goal: Goal) -> Bool {
            switch goal {
            case .head: head != nil || end != nil
            case .bytes: !buffer.isEmpty || end != nil
            case .end: end != nil
            }
        }

        mutating func takeSatisfiedWaiter() -> CheckedContinuation<Bool, Never>? {
            guard let waiter, satisfies(waiter.goal) else { return nil }
            self.waiter = nil
            return waiter.continuation
        }
    }

    let request: HTTPRequest
    let kind: Kind
    private let mailbox: Mailbox
    private let state = Mutex(State())

    init(_ request: HTTPRequest, _ kind: Kind, mailbox: Mailbox) {
        self.request = request
        self.kind = kind
        self.mailbox = mailbox
    }
}

// MARK: the loop's side

extension Exchange {
    /// The final answer's head is there.
    func receive(_ head: HTTPHead) {
        state.withLock { state in
            state.head = head
            return state.takeSatisfiedWaiter()
        }?.resume(returning: true)
    }

    /// Takes bytes of the body, or says why not; after `pause`, a `resume` command follows when there is room.
    func receive(_ bytes: UnsafeBufferPointer<UInt8>) -> Verdict {
        let (verdict, continuation) = state.withLock { state -> (Verdict, CheckedContinuation<Bool, Never>?) in
            let total = state.buffer.count + bytes.count
            switch kind {
            case .whole where total > request.limits.bodyBytes:
                return (.tooLarge, nil)
            case .stream where total > Self.streamBufferBytesMax && !state.buffer.isEmpty:
                state.isPaused = true
                return (.pause, nil)
            case .whole, .stream:
                state.buffer.append(contentsOf: bytes)
                return (.taken, state.takeSatisfiedWaiter())
            }
        }
        continuation?.resume(returning: true)
        return verdict
    }

    /// The last thing that happens to it; what comes later is ignored.
    ///
    /// - Parameters:
    ///   - result: why it ended.
    ///   - keepingBytes: whether a stream's reader still gets what was received before.
    func finish(_ result: Result<Void, HTTPError>, keepingBytes: Bool) {
        state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard state.end == nil else { return nil }
            state.end = result
            if !keepingBytes { state.buffer = [] }
            return state.takeSatisfiedWaiter()
        }?.resume(returning: true)
    }

    /// Whether the wait with this number goes on.
    func isWaiting(_ number: UInt64) -> Bool { state.withLock { $0.waiter?.number == number } }

    /// Bytes held for the reader.
    var bufferedBytes: Int { state.withLock { $0.buffer.count } }

    /// Whether the transfer waits for the reader.
    var isPaused: Bool { state.withLock { $0.isPaused } }
}

// MARK: the caller's side

extension Exchange {
    /// What a stream has for its reader.
    enum Reading {
        case bytes([UInt8])
        case end
        case failure(HTTPError)
        case nothingYet
    }

    /// Waits until there is what the goal names; ends the exchange when the task is cancelled or the time is up.
    ///
    /// - Returns: false, at once, when someone else waits already.
    func wait(for goal: Goal, within limit: Duration? = nil) async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                enlist(continuation, goal, until: limit.map { .now + $0 })
            }
        } onCancel: {
            cancel()
        }
    }

    private func enlist(
        _ continuation: CheckedContinuation<Bool, Never>,
        _ goal: Goal,
        until: ContinuousClock.Instant?
    ) {
        let (answer, number) = state.withLock { state -> (Bool?, UInt64) in
            if state.satisfies(goal) { return (true, 0) }
            guard state.waiter == nil else { return (false, 0) }
            state.waits += 1
            state.waiter = Waiter(goal: goal, number: state.waits, continuation: continuation)
            return (nil, state.waits)
        }
        if let answer {
            continuation.resume(returning: answer)
        } else if let until {
            mailbox.post(.watch(self, wait: number, until: until))
        }
    }

    /// Everything received and not yet read; failing that, how it ended.
    func read() -> Reading {
        let (reading, resumes) = state.withLock { state -> (Reading, Bool) in
            if !state.buffer.isEmpty {
                defer {
                    state.buffer = []
                    state.isPaused = false
                }
                return (.bytes(state.buffer), state.isPaused)
            }
            switch state.end {
            case .success: return (.end, false)
            case .failure(let error): return (.failure(error), false)
            case nil: return (.nothingYet, false)
            }
        }
        if resumes { mailbox.post(.resume(self)) }
        return reading
    }

    /// A stream's head, once there is one or the exchange has ended; a failure after it is for the reader of the body.
    func head() throws(HTTPError) -> HTTPHead {
        let (head, end) = state.withLock { ($0.head, $0.end) }
        if let head { return head }
        try end?.get()
        throw headless
    }

    /// The whole answer, once the exchange has ended.
    func response() throws(HTTPError) -> HTTPResponse {
        let (head, body, end) = state.withLock { ($0.head, $0.buffer, $0.end) }
        try end?.get()
        guard let head else { throw headless }
        return HTTPResponse(head: head, body: body)
    }

    /// Not reached: an exchange ends well only after its head.
    private var headless: HTTPError {
        HTTPError(.internalFailure, "\(request.label): an answer without a head", retry: .outcomeUnknown)
    }

    /// Ends the transfer and closes its connection; safe to repeat and after the end.
    func cancel() {
        let isNews = state.withLock { state in
            defer { state.isCancelled = true }
            return !state.isCancelled && state.end == nil
        }
        if isNews { mailbox.post(.cancel(self)) }
    }
}
