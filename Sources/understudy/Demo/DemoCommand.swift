import ArgumentParser
import FoundationEssentials
import Glibc

/// The command `understudy demo`.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Shows one run from beginning to end on a local cluster, and leaves nothing behind."
    )

    @Flag(help: "Leave the cluster up until Ctrl-C, and say where it is.")
    var keep = false

    func run() async throws {
        let directory = try temporaryDirectory()
        defer { remove(directory) }
        let stage = try DemoStage(directory: directory, program: ownPath())
        let result: Result<Bool?, any Error>
        do {
            result = .success(
                try await untilSignalled {
                    try await DemoStory(stage: stage, keep: keep).tell()
                    return true
                }
            )
        } catch {
            result = .failure(error)
        }
        await stage.clear()
        switch result {
        case .success(.some): break
        case .success(nil):
            Output.standardOutput.line("interrupted: everything that was started has been ended")
            throw ExitCode(130)
        case .failure(let error):
            Output.standardError.line("understudy demo: \(error)")
            throw ExitCode(1)
        }
    }

    private func temporaryDirectory() throws -> String {
        let root = environmentVariable("TMPDIR") ?? "/tmp"
        let path = "\(root)/understudy-demo-\(String(UInt32.random(in: .min ... .max), radix: 36))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private func remove(_ directory: String) {
        do {
            try FileManager.default.removeItem(atPath: directory)
        } catch {
            Output.standardError.line("understudy demo: \(directory) stays behind: \(error)")
        }
    }
}

/// This very program's path.
func ownPath() throws -> String {
    var buffer = [CChar](repeating: 0, count: 4_097)
    let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    guard count > 0 else { throw ValidationError("this program's own path cannot be found") }
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
