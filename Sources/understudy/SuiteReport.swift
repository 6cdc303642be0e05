import API
import ArgumentParser
import FoundationEssentials
import Glibc
import Model

/// The report that a suite leaves in its sandbox, and where it should go.
struct SuiteReport: Sendable {
    /// As the user wrote it.
    let file: String
    /// Inside the sandbox.
    let path: String

    private static let attemptsMax = 4

    /// Refuses what could not work, before there is a run.
    func validate() throws {
        guard SandboxFile.isPath(path) else {
            throw ValidationError("--junit-path is a path inside the suite's sandbox, such as out/report.xml")
        }
        let folder = URL(filePath: file).deletingLastPathComponent().path
        guard !file.isEmpty, access(folder, W_OK) == 0 else {
            throw ValidationError(
                "--junit \(file) cannot be written: there is no folder \(folder) that one may write to"
            )
        }
    }

    /// Fetches and writes it, or says why not; the run's result is what it is either way.
    func fetch(of id: RunID, _ client: APIClient, said: Output) async {
        for attempt in 1...Self.attemptsMax {
            do throws(APIError) {
                let bytes = try await client.file(id, path: path, within: .seconds(30))
                return write(bytes, said)
            } catch {
                if error.isTransient, attempt < Self.attemptsMax {
                    await InterruptibleClock().pause(.milliseconds(Int64(500 * attempt)))
                    continue
                }
                return Output.standardError.line("understudy: no report in \(file): \(error.message)")
            }
        }
    }

    private func write(_ bytes: [UInt8], _ said: Output) {
        do {
            try Data(bytes).write(to: URL(filePath: file), options: .atomic)
            said.line("report \(path), \(bytes.count) bytes, is in \(file)")
        } catch {
            Output.standardError.line("understudy: the report cannot be written to \(file): \(error)")
        }
    }
}
