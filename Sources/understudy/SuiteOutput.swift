import API
import Model

/// Shows what a run's suite says while somebody else follows the run.
struct SuiteOutput: Sendable {
    private let client: APIClient
    private let lines: MarkedLines
    private let said: Output
    private let clock = InterruptibleClock()
    private let views: AsyncStream<RunView>
    private let feed: AsyncStream<RunView>.Continuation
    private let end: AsyncStream<Void>
    private let ended: AsyncStream<Void>.Continuation

    init(client: APIClient, said: Output) {
        self.client = client
        self.said = said
        lines = MarkedLines(said)
        (views, feed) = AsyncStream.makeStream(of: RunView.self, bufferingPolicy: .bufferingNewest(1))
        (end, ended) = AsyncStream.makeStream(of: Void.self)
    }

    /// Takes each view of the run; of one with a result it returns once the suite's last line is shown.
    func seen(_ view: RunView) async {
        feed.yield(view)
        guard view.result != nil else { return }
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
            said.line("\(MarkedLines.mark)(\(note))")
        }
        do throws(APIError) {
            try await follower.follow(first.id) { clock.releaseWanted }
            lines.flush()
        } catch {
            lines.flush()
            Output.standardError.line("understudy: the suite's output cannot be shown: \(error)")
        }
    }
}
