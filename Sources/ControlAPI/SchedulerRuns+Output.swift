public import API
import Lifecycle
public import Model
import Scheduler
import Synchronization

/// Lets a few read files of agents at once, and sends the others away.
final class OutputGate: Sendable {
    /// Parts of logs: at 256 KiB each they stay small, and agents are not flooded.
    static let logsMax = 16
    /// Whole files of up to 8 MiB.
    static let filesMax = 2

    private let max: Int
    private let inside = Mutex(0)

    /// For so many at once.
    init(max: Int) { self.max = max }

    /// Does it, unless enough are at it.
    func pass<Value: Sendable>(
        _ body: () async -> Result<Value, APIRefusal>
    ) async -> Result<Value, APIRefusal> {
        let mayEnter = inside.withLock { count in
            guard count < max else { return false }
            count += 1
            return true
        }
        guard mayEnter else {
            let message = "too many read output at once; ask again"
            return .failure(APIRefusal(status: 429, code: "run.output_busy", message: message))
        }
        defer { inside.withLock { $0 -= 1 } }
        return await body()
    }
}

extension SchedulerRuns {
    /// A run of this id, or why there is none to be had.
    private func known(_ id: RunID) async throws(APIRefusal) -> Run {
        guard let run = try await find(id) else { throw .unknown(id) }
        return run
    }

    /// From the agent while the sandbox is there; the end of a failed suite's from the run after.
    public func log(_ id: RunID, _ query: LogQuery) async -> Result<LogView, APIRefusal> {
        // Before the file: what a task that has ended by now has said is all in it.
        let state = await scheduler.state
        let run: Run
        do throws(APIRefusal) { run = try await known(id) } catch { return .failure(error) }
        guard let attempt = query.attempt.map({ number in run.attempts.first { $0.number == number } }) ?? run.attempt
        else {
            if let number = query.attempt {
                let message = "run \(id) has had \(run.attempts.count) launches, and asked for is number \(number)"
                return .failure(
                    APIRefusal(status: 404, code: "run.unknown_attempt", message: message, field: "attempt")
                )
            }
            let note = run.phase.isActive ? "nothing of it has been launched yet" : "nothing of it was ever launched"
            return .success(LogView(attempt: nil, offset: query.offset, ended: !run.phase.isActive, note: note))
        }
        guard let task = query.task == .suite ? attempt.suite : attempt.cassandra else {
            let message = "run \(id) has no suite"
            return .failure(APIRefusal(status: 404, code: "run.no_suite", message: message, field: "task"))
        }
        guard let sandboxes, let file = state.sandboxFile(query.stream.rawValue, of: task.id, in: attempt) else {
            return without(SandboxFault.nowhere(attempt), run, attempt, task, query)
        }
        return await logGate.pass {
            switch await sandboxes.read(file, from: query.offset, max: query.limit) {
            case .failure(let fault): without(fault, run, attempt, task, query)
            case .success(let chunk): .success(LogView(chunk, attempt, task, query))
            }
        }
    }

    /// What can be said without the file.
    private func without(
        _ fault: SandboxFault,
        _ run: Run,
        _ attempt: Attempt,
        _ task: Attempt.Task,
        _ query: LogQuery
    ) -> Result<LogView, APIRefusal> {
        if query.task == .suite, let output = run.output, output.attempt == attempt.number,
            output[query.stream].fault == nil
        {
            return .success(LogView(output[query.stream], attempt, query))
        }
        guard fault.kind == .missing else { return .failure(.unreadable(fault)) }
        guard task.state.isTerminal else {
            return .success(LogView(attempt: attempt.number, offset: query.offset, note: "it has not begun yet"))
        }
        guard task.started else {
            let note = "it never began: \(task.message ?? task.state.rawValue)"
            return .success(LogView(attempt: attempt.number, offset: query.offset, ended: true, note: note))
        }
        let message = "its sandbox on \(attempt.hostname) is gone; only what a failed suite said last is kept"
        return .failure(APIRefusal(status: 410, code: "run.output_gone", message: message))
    }

    /// From the sandbox of the last launch's suite.
    public func file(_ id: RunID, path: String) async -> Result<[UInt8], APIRefusal> {
        let state = await scheduler.state
        let run: Run
        do throws(APIRefusal) { run = try await known(id) } catch { return .failure(error) }
        guard let attempt = run.attempt, let suite = attempt.suite else {
            let message = "run \(id) has no suite that was launched"
            return .failure(APIRefusal(status: 404, code: "run.no_file", message: message))
        }
        guard let sandboxes, let file = state.sandboxFile(path, of: suite.id, in: attempt) else {
            return .failure(.unreadable(SandboxFault.nowhere(attempt)))
        }
        return await fileGate.pass {
            await sandboxes.download(file, max: FileQuery.bytesMax).mapError { fault in
                switch fault.kind {
                case .missing:
                    let message = "there is no file \(path) in the suite's sandbox on \(attempt.hostname)"
                    return APIRefusal(status: 404, code: "run.no_file", message: message, field: "path")
                case .tooLarge:
                    let message = "\(path) is larger than \(FileQuery.bytesMax) bytes"
                    return APIRefusal(status: 413, code: "run.file_too_large", message: message, field: "path")
                case .unreadable: return .unreadable(fault)
                }
            }
        }
    }
}

extension SandboxFault {
    fileprivate static func nowhere(_ attempt: Attempt) -> SandboxFault {
        let message = "nobody knows where agent \(attempt.hostname) answers"
        return SandboxFault(.unreadable, Fault(code: "run.no_sandbox", message: message, transient: false))
    }
}

extension APIRefusal {
    fileprivate static func unknown(_ id: RunID) -> APIRefusal {
        APIRefusal(status: 404, code: "api.unknown_run", message: "there is no run \(id)")
    }

    fileprivate static func unreadable(_ fault: SandboxFault) -> APIRefusal {
        APIRefusal(
            status: fault.fault.transient ? 503 : 409,
            code: "run.output_unreadable",
            message: "\(fault.fault)"
        )
    }
}

extension LogView {
    fileprivate init(_ chunk: FileChunk, _ attempt: Attempt, _ task: Attempt.Task, _ query: LogQuery) {
        let isOver = task.state.isTerminal
        let (text, bytes) = chunk.text(nothingFollows: isOver)
        self.init(
            attempt: attempt.number,
            data: text,
            offset: query.offset,
            next: query.offset + Int64(bytes),
            ended: isOver && chunk.isEnd && bytes == chunk.bytes.count
        )
    }

    /// What was kept; a reader who is beyond its beginning gets the rest.
    fileprivate init(_ tail: SuiteOutput.Tail, _ attempt: Attempt, _ query: LogQuery) {
        let known = Int(max(0, min(query.offset - tail.from, Int64(tail.text.utf8.count))))
        let isWhole = tail.from == 0
        self.init(
            attempt: attempt.number,
            data: query.offset >= tail.size ? "" : String(decoding: tail.text.utf8.dropFirst(known), as: UTF8.self),
            offset: max(tail.from, min(query.offset, tail.size)),
            next: max(tail.size, query.offset),
            ended: true,
            note: "its sandbox on \(attempt.hostname) cannot be read; "
                + (isWhole ? "this was kept with the run" : "this end of the output was kept with the run")
        )
    }
}
