import Lifecycle
import Model

extension Scheduler {
    /// Reads the ends of what a failed suite said; nil when the run is forgotten.
    func readOutput(_ id: RunID, attempt number: Int) async -> Event? {
        let state = state
        guard let attempt = state.runs[id]?.attempts.first(where: { $0.number == number }), let suite = attempt.suite
        else { return nil }
        func end(_ stream: OutputStream) async -> Result<SuiteReading.Part, ReadFault> {
            guard let sandboxes, let file = state.sandboxFile(stream.rawValue, of: suite.id, in: attempt) else {
                let why = "nobody knows where agent \(attempt.hostname) answers"
                return .failure(ReadFault(Fault(code: "scheduler.no_sandbox", message: why, transient: false)))
            }
            return await sandboxes.end(of: file)
        }
        let stdout = await end(.stdout)
        return .outputRead(id, attempt: number, SuiteReading(stdout: stdout, stderr: await end(.stderr)))
    }
}
