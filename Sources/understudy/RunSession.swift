import API
import ArgumentParser
import Model
import UnixSignals

/// One request from the command line, from its submission to the exit code.
struct RunSession: Sendable {
    /// How the command ends.
    struct Ending: Sendable {
        var code: ExitCode
        /// The last that was seen of the run; nil when there is none.
        var view: RunView?
    }

    /// Without `--wait`, a scheduler that restarts is given this long.
    private static let submitTimeout = Span.seconds(5)

    let client: APIClient
    let request: RunRequest
    /// Where the phases are told.
    let said: Output
    /// Is told where the copy answers.
    var endpointFile: EndpointFile?

    /// Asks for the run, again with the same key while there is no answer.
    func submit() async throws -> Ending {
        let control = InterruptibleClock()
        let deadline = control.now() + Self.submitTimeout
        while true {
            do {
                let (view, created) = try await client.submit(request)
                let news = created ? "requested" : "known by its key, \(view.phase.rawValue)"
                said.line("run \(view.id) of \(view.source): \(news)")
                return Ending(code: .success, view: view)
            } catch {
                guard error.isTransient, control.now() < deadline else {
                    return Ending(code: reported(error, at: client.url), view: nil)
                }
                await control.pause(.milliseconds(500))
            }
        }
    }

    /// Asks for the run and stays with it; the first Ctrl-C ends the run, the second the waiting.
    func wait(timeout: Span) async -> Ending {
        let control = InterruptibleClock()
        let narrator = Narrator(said, now: control.now)
        let output = request.suite.map { _ in SuiteOutput(client: client, say: narrator.line) }
        let follower = RunFollower(client: client, control: control, say: narrator.line) { view in
            narrator.see(view)
            output?.see(view)
            if let fault = await endpointFile?.see(view, client) { narrator.line("--env-file: \(fault)") }
        } finish: { _ in
            await output?.finish()
        }
        return await withTaskGroup(of: Ending?.self) { group in
            group.addTask {
                await output?.show()
                return nil
            }
            group.addTask {
                let outcome = await follower.follow(request, timeout: timeout)
                narrator.close()
                return ending(of: outcome)
            }
            group.addTask { await interruption(control, narrator) }
            group.addTask {
                await narrator.animate()
                return nil
            }
            defer { group.cancelAll() }
            while let next = await group.next() {
                if let next { return next }
            }
            return Ending(code: ExitCodes.infrastructure, view: nil)
        }
    }

    /// nil when cancelled, which is when the run has ended first.
    private func interruption(_ control: InterruptibleClock, _ narrator: Narrator) async -> Ending? {
        var count = 0
        for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup) {
            count += 1
            guard count == 1 else {
                narrator.close()
                said.line("no longer waiting; a run with key \(request.key ?? "") may go on")
                return Ending(code: ExitCodes.cancelled, view: nil)
            }
            narrator.line("interrupted; ending the run (again to leave at once)")
            control.wantRelease()
        }
        return nil
    }

    private func ending(of outcome: FollowOutcome) -> Ending {
        switch outcome {
        case .ended(let view):
            return Ending(code: ExitCodes.code(for: view.result), view: view)
        case .ready(let view):
            said.line(
                "ready; 'understudy release \(view.id)' gives it back, its lease ends \(view.lease.ends?.description ?? "by itself")"
            )
            return Ending(code: .success, view: view)
        case .timedOut(let view):
            let rest =
                view.map { "run \($0.id) goes on; 'understudy release \($0.id)' ends it" } ?? "there may be a run"
            Output.standardError.line(
                "understudy: the time is up; \(rest), and the key \(request.key ?? "") finds it again"
            )
            return Ending(code: ExitCodes.timedOut, view: view)
        case .refused(let error, let view):
            let code = reported(error, at: client.url)
            return Ending(code: view == nil ? code : ExitCodes.infrastructure, view: view)
        case .interrupted(let view):
            return Ending(code: ExitCodes.cancelled, view: view)
        }
    }
}
