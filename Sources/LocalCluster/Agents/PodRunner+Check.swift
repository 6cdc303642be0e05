import Glibc
import Logging
import Model

extension PodRunner {
    /// Runs a COMMAND check now and then, and tells each change of its exit code.
    func repeatCheck(
        _ id: String,
        _ check: TaskDescription.Check,
        _ command: (path: String, arguments: [String]),
        _ environment: [String: String],
        _ directory: String
    ) async {
        do {
            try await Task.sleep(for: .seconds(check.delay))
            while entries[id]?.ended == false {
                if let code = try await runOnce(command, environment, directory, timeout: check.timeout) {
                    checked(id, code)
                }
                try await Task.sleep(for: .seconds(check.interval))
            }
        } catch is CancellationError {
            return
        } catch {
            host.logger.warning("a check cannot be run", metadata: ["task.id": "\(id)", "error.cause": "\(error)"])
        }
    }

    private func checked(_ id: String, _ code: Int32) {
        guard entries[id]?.ended == false, entries[id]?.killing == false, entries[id]?.check != .exited(code) else {
            return
        }
        entries[id]?.check = .exited(code)
        tell(id, .running, reason: .checkStatusUpdated)
    }

    /// nil when it took too long, which tells nothing.
    private nonisolated func runOnce(
        _ command: (path: String, arguments: [String]),
        _ environment: [String: String],
        _ directory: String,
        timeout: Double
    ) async throws -> Int32? {
        let process = try ChildProcess(
            command.path,
            command.arguments,
            environment: environment,
            directory: directory,
            output: .files(output: "/dev/null", error: "/dev/null")
        )
        return try await withTaskCancellationHandler {
            let timer = Task {
                try await Task.sleep(for: .seconds(timeout))
                process.signal(SIGKILL)
            }
            defer { timer.cancel() }
            let ending = await process.wait()
            try Task.checkCancellation()
            guard case .exited(let code) = ending else { return nil }
            return code
        } onCancel: {
            process.signal(SIGKILL)
        }
    }
}
