public import Model

/// Reads what a run's task says, as it comes, from one launch of the run to the next.
public struct OutputFollower: Sendable {
    /// A failing test should be seen when it fails.
    private static let pauseMin = Span.milliseconds(250)
    /// What is silent for long may be looked at less often.
    private static let pauseMax = Span.seconds(1)
    /// Parts of one stream before it is the other's turn.
    private static let partsAtOnce = 16
    /// From the run's end on, so long is waited for an agent that does not answer.
    private static let patience = Span.seconds(10)

    private let client: APIClient
    private let control: any FollowControl
    private let task: OutputTask
    private let write: @Sendable (OutputStream, String) -> Void
    private let say: @Sendable (String) -> Void

    /// A reader.
    ///
    /// - Parameters:
    ///   - client: of the scheduler.
    ///   - control: time; each pause ends early when the caller knows that something has happened.
    ///   - task: whose words.
    ///   - write: takes text as it comes: parts of lines, and several.
    ///   - say: takes what there is to be said about it, one line at a time.
    public init(
        client: APIClient,
        control: any FollowControl,
        task: OutputTask = .suite,
        write: @escaping @Sendable (OutputStream, String) -> Void,
        say: @escaping @Sendable (String) -> Void
    ) {
        self.client = client
        self.control = control
        self.task = task
        self.write = write
        self.say = say
    }

    /// How far it is read.
    private struct Position {
        var attempt: Int?
        var offsets: [OutputStream: Int64] = [:]
        var ended: Set<OutputStream> = []
        var said: Set<String> = []

        var isEnded: Bool { ended.count == OutputStream.allCases.count }
    }

    /// Writes what has been said so far, and returns.
    ///
    /// - Parameters:
    ///   - id: the run.
    ///   - attempt: which launch of it; nil for the last.
    /// - Throws: the refusal, `api.unreachable` or `api.bad_answer`.
    public func read(_ id: RunID, attempt: Int? = nil) async throws(APIError) {
        var position = Position(attempt: attempt)
        for stream in OutputStream.allCases {
            while try await part(of: stream, id, &position, isLast: true) {}
        }
    }

    /// Writes what is said until nothing can follow; outlives a scheduler or an agent that is away for a while.
    ///
    /// - Parameters:
    ///   - id: the run.
    ///   - attempt: which launch of it alone; nil for the last, and then the ones after it.
    ///   - isOver: true once the run will not be launched again.
    /// - Throws: a refusal that is for good, or `api.bad_answer`.
    public func follow(
        _ id: RunID,
        attempt: Int? = nil,
        isOver: () async -> Bool
    ) async throws(APIError) {
        var position = Position(attempt: attempt)
        var over: Instant?
        var pause = Self.pauseMin
        while !Task.isCancelled {
            // Asked before the reading: what was said until then is in the files.
            if await isOver() { over = over ?? control.now() }
            do {
                if try await round(id, &position) { pause = Self.pauseMin }
                if position.isEnded, attempt != nil { return }
                if position.isEnded, try await !moveOn(id, &position), over != nil { return }
            } catch {
                guard error.isTransient else { throw error }
            }
            if let over, control.now() - over >= Self.patience {
                return say("the \(task.rawValue)'s output could not be read to its end")
            }
            await control.pause(pause)
            pause = min(Span(milliseconds: pause.milliseconds * 3 / 2), Self.pauseMax)
        }
    }

    /// True when something was said.
    private func round(_ id: RunID, _ position: inout Position) async throws(APIError) -> Bool {
        var isNews = false
        for stream in OutputStream.allCases where !position.ended.contains(stream) {
            for _ in 0..<Self.partsAtOnce {
                guard try await part(of: stream, id, &position, isLast: false) else { break }
                isNews = true
            }
        }
        return isNews
    }

    /// True when there was something, and more may be there.
    private func part(
        of stream: OutputStream,
        _ id: RunID,
        _ position: inout Position,
        isLast: Bool
    ) async throws(APIError) -> Bool {
        let query = LogQuery(
            task: task,
            stream: stream,
            offset: position.offsets[stream] ?? 0,
            limit: LogQuery.bytes.upperBound,
            attempt: position.attempt
        )
        // What is followed is asked for again and again.
        let view = try await (isLast ? client : client.impatient).log(id, query)
        position.attempt = position.attempt ?? view.attempt
        position.offsets[stream] = view.next
        if view.ended { position.ended.insert(stream) }
        // While it is followed, what has not begun yet is waited for in silence.
        if let note = view.note, view.ended || isLast, position.said.insert(note).inserted { say(note) }
        if !view.data.isEmpty { write(stream, view.data) }
        return !view.data.isEmpty && !view.ended
    }

    /// Goes on to the next launch of the run, when there is one.
    private func moveOn(_ id: RunID, _ position: inout Position) async throws(APIError) -> Bool {
        let last = try await client.impatient.log(id, LogQuery(task: task, limit: LogQuery.bytes.lowerBound))
        guard let attempt = last.attempt, attempt > position.attempt ?? 0 else { return false }
        say("the \(task.rawValue) was launched again; this is launch \(attempt)")
        position = Position(attempt: attempt, said: position.said)
        return true
    }
}
