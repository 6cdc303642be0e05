public import Model

extension SystemState {
    /// Failed suites whose last words are to be read, a few at once.
    func dueOutput(_ now: Instant) -> [Effect] {
        guard !wantingOutput.isEmpty else { return [] }
        let ready = wantingOutput.sorted().filter { id in
            failures[.output(id)].map { $0.nextTryAt <= now } ?? true
        }
        return ready.prefix(settings.outputsAtOnceMax).compactMap { id in
            runs[id]?.attempt.map { .readOutput(id, attempt: $0.number) }
        }
    }

    /// Keeps what a suite said last, or why nobody knows.
    mutating func outputRead(
        _ id: RunID,
        _ attempt: Int,
        _ reading: SuiteReading,
        _ now: Instant,
        _ transition: inout Transition
    ) {
        let key = Effect.Key.output(id)
        inFlight.remove(key)
        guard var run = runs[id], run.wantsOutput, run.attempt?.number == attempt else { return }
        let count = (failures[key]?.count ?? 0) + 1
        if reading.transientFault != nil, count < settings.outputAttemptsMax {
            failures[key] = (count, now + settings.retryDelay(failures: count))
            return
        }
        failures[key] = nil
        let room = max(0, min(settings.outputRecordBytesMax, settings.outputAndSpecBytesMax - run.spec.jsonBytes))
        func tail(_ part: Result<SuiteReading.Part, ReadFault>) -> SuiteOutput.Tail {
            SuiteOutput.Tail(part, lines: settings.outputLinesMax, recordBytes: room / 2)
        }
        let output = SuiteOutput(attempt: attempt, stdout: tail(reading.stdout), stderr: tail(reading.stderr))
        run.output = output
        put(run)
        guard let fault = output.stdout.fault ?? output.stderr.fault else { return }
        transition.notes.append(
            Note(.warning, "a failed suite's output could not be read", ["run.id": id.value, "error.cause": fault])
        )
    }

    /// A file of one of an attempt's tasks; nil when nobody knows where its agent answers.
    public func sandboxFile(_ path: String, of task: TaskID, in attempt: Attempt) -> SandboxFile? {
        guard let frameworkID, let port = attempt.agentPort else { return nil }
        return SandboxFile(
            host: attempt.address,
            port: port,
            framework: frameworkID,
            executor: attempt.executorID,
            task: task,
            path: path
        )
    }
}
