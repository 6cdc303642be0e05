import API
import Model

/// Shows what a run's suite says while somebody else follows the run.
struct SuiteOutput: Sendable {
    private let client: APIClient
    private let lines: MarkedLines
    private let say: @Sendable (String) -> Void
    private let clock = InterruptibleClock()
    private let views: AsyncStream<RunView>
    private let feed: AsyncStream<RunView>.Continuation
    private let end: AsyncStream<Void>
    private let ended: AsyncStream<Void>.Continuation

    /// Says each line where the phases are told.
    init(client: APIClient, say: @escaping @Sendable (String) -> Void) {
        self.client = client
        self.say = say
        lines = MarkedLines(say)
        (views, feed) = AsyncStream.makeStream(of: RunView.self, bufferingPolicy: .bufferingNewest(1))
        (end, ended) = AsyncStream.makeStream(of: Void.self)
    }

    /// Takes each view of the run.
    func see(_ view: RunView) { feed.yield(view) }

    /// The run has its result: returns once the suite's last line is shown.
    func finish() async {
        feed.finish()
        clock.wantRelease()
        for await _ in end {}
    }

    /// Shows it; returns when nothing can follow.
    func show() async {
        defer { ended.finish() }
        var iterator = views.makeAsyncIterator()
        guard let first = await iterator.next() else { return }
        let follower = OutputFollower(client: client, control: clock, write: lines.write) { note in
            say("\(MarkedLines.mark)(\(note))")
        }
        do throws(APIError) {
            try await follower.follow(first.id) { clock.releaseWanted }
            lines.flush()
        } catch {
            lines.flush()
            say("the suite's output cannot be shown: \(error)")
        }
    }
}
