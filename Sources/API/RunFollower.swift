public import Model

/// Time and the user's will, as the follower meets them.
public protocol FollowControl: Sendable {
    /// On a clock that never jumps; its origin does not matter.
    func now() -> Instant
    /// Waits so long, or less when ``releaseWanted`` turns true or the task is cancelled.
    func pause(_ span: Span) async
    /// True once the user wants the run to end.
    var releaseWanted: Bool { get }
    /// Waits until ``releaseWanted`` turns true or the task is cancelled.
    func releaseWish() async
}

/// How following a run ended.
public enum FollowOutcome: Hashable, Sendable {
    /// The run has a result.
    case ended(RunView)
    /// A service run may be used; it goes on until it is released.
    case ready(RunView)
    /// Time ran out; the run, if there is one, goes on.
    case timedOut(RunView?)
    /// The scheduler refused, before there was a run or, with a run, later.
    case refused(APIError, RunView?)
    /// The user gave up before any request can have left, or the task was cancelled.
    case interrupted(RunView?)
}

/// Asks for a run and stays with it until it has a result; outlives a scheduler that is away for a while.
///
/// It reads the run's events as they come, goes on where it was when the connection breaks, and asks from time to time
/// where there are no events to be had.
public struct RunFollower: Sendable {
    /// Between two looks: quick at first, since the first phases pass quickly.
    static let pauseMin = Span.milliseconds(250)
    /// A run of minutes need not be watched more closely.
    private static let pauseMax = Span.seconds(2)

    let client: APIClient
    let control: any FollowControl
    private let say: @Sendable (String) -> Void
    private let see: @Sendable (RunView) async -> Void
    private let finish: @Sendable (RunView) async -> Void

    /// A follower for one run.
    ///
    /// - Parameters:
    ///   - client: of the scheduler.
    ///   - control: time, and whether to release.
    ///   - say: takes one line at a time.
    ///   - see: takes every view of the run, before the lines that tell of it.
    ///   - finish: takes the view that has the result, before the result is told.
    public init(
        client: APIClient,
        control: any FollowControl,
        say: @escaping @Sendable (String) -> Void,
        see: @escaping @Sendable (RunView) async -> Void = { _ in },
        finish: @escaping @Sendable (RunView) async -> Void = { _ in }
    ) {
        self.client = client.impatient
        self.control = control
        self.say = say
        self.see = see
        self.finish = finish
    }

    /// What is known at one moment.
    struct State {
        var view: RunView?
        var story = RunStory()
        var isAway = false
        /// A request for the run may have arrived.
        var mayExist = false
        var releaseSent = false
        var pause = RunFollower.pauseMin
        /// When a stream may be tried next; nil for never.
        var streamAt: Instant? = Instant(milliseconds: .min)
    }

    /// Submits, again where no answer came, and looks until there is a result.
    ///
    /// - Parameters:
    ///   - request: has a key, so that a repeat gives the same run.
    ///   - timeout: for all of it.
    /// - Returns: how it ended; the run's result is in the view.
    public func follow(_ request: RunRequest, timeout: Span) async -> FollowOutcome {
        precondition(request.key != nil, "a request without a key must not be repeated")
        let deadline = control.now() + timeout
        var state = State()
        while true {
            let left = deadline - control.now()
            guard left > .zero else { return .timedOut(state.view) }
            if Task.isCancelled { return .interrupted(state.view) }
            if control.releaseWanted, state.view == nil, !state.mayExist { return .interrupted(nil) }
            do {
                let view = try await look(request, within: min(left, APIClient.patience), &state)
                if let outcome = await take(view, &state) { return outcome }
                if let outcome = await read(until: deadline, &state) { return outcome }
            } catch {
                if Task.isCancelled { return .interrupted(state.view) }
                state.mayExist = state.mayExist || error.mayHaveHappened
                guard error.isTransient else { return .refused(error, state.view) }
                if !state.isAway {
                    say("the scheduler at \(client.url) cannot answer (\(error.message)); waiting for it")
                }
                state.isAway = true
            }
            await control.pause(min(state.pause, deadline - control.now()))
            state.pause = min(Span(milliseconds: state.pause.milliseconds * 3 / 2), Self.pauseMax)
        }
    }

    private func look(
        _ request: RunRequest,
        within: Span,
        _ state: inout State
    ) async throws(APIError) -> RunView {
        guard let id = state.view?.id else { return try await client.submit(request, within: within).run }
        guard control.releaseWanted, !state.releaseSent else { return try await client.run(id, within: within) }
        say("ending run \(id)")
        let view = try await client.release(id, within: within)
        state.releaseSent = true
        return view
    }

    /// Tells what is new.
    func take(_ view: RunView, _ state: inout State) async -> FollowOutcome? {
        if state.isAway { say("the scheduler answers again") }
        state.isAway = false
        await see(view)
        if view.result != nil {
            var open = view
            open.result = nil
            state.story.lines(for: open).forEach(say)
            await finish(view)
        }
        let lines = state.story.lines(for: view)
        lines.forEach(say)
        if !lines.isEmpty { state.pause = Self.pauseMin }
        state.view = view
        if view.service, view.phase == .ready, view.endpoint != nil, !control.releaseWanted { return .ready(view) }
        return view.result != nil || view.phase == .ended ? .ended(view) : nil
    }
}
