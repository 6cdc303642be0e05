import ArgumentParser
import FoundationEssentials
import Glibc
import LocalCluster

/// The command `understudy demo`.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract:
            "Tells in five acts, on a local cluster, how a copy of production catches a change; leaves nothing behind."
    )

    @Flag(help: "Leave the cluster up until Ctrl-C, and say where it is.")
    var keep = false

    @Flag(help: "Only the first act: production with the guestbook on it. Then leave it up, as with --keep.")
    var stageOnly = false

    @Flag(help: "No story: one run from end to end, on stand-ins that need no program but this one and its helper.")
    var once = false

    @Option(help: "The folder of the guestbook's versions and tests.")
    var guestbook = "examples/guestbook"

    @Option(help: "The first of 500 ports that its agents and databases take; two demos at a time need two of them.")
    var firstPort: UInt16 = 21_000

    func validate() throws {
        guard !once || !(keep || stageOnly) else {
            throw ValidationError("--once leaves nothing up: --keep and --stage-only are for the story")
        }
        guard (1_024...65_000).contains(firstPort) else {
            throw ValidationError("--first-port is 1024 to 65000: 500 ports from there on are taken")
        }
    }

    func run() async throws {
        let guestbook = once ? nil : try guestbookFolder()
        let cassandra = once ? nil : try RealCassandra.fromEnvironment()
        let result: Result<Bool?, any Error>
        do {
            result = .success(
                try await untilSignalled {
                    try await show(guestbook, cassandra)
                    return true
                }
            )
        } catch {
            result = .failure(error)
        }
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

    /// From the temporary folder to its removal, whatever happens in between.
    private func show(_ guestbook: String?, _ cassandra: RealCassandra?) async throws {
        let directory = try temporaryDirectory()
        defer { remove(directory) }
        let parts = DemoCluster(firstPort: firstPort)
        let stage =
            once
            ? try DemoOnce.stage(in: directory, program: ownPath(), parts: parts)
            : try DemoStage(
                directory: directory,
                program: ownPath(),
                guestbook: guestbook,
                cassandra: cassandra,
                parts: parts
            )
        let result: Result<Void, any Error>
        do { result = .success(try await tell(on: stage)) } catch { result = .failure(error) }
        // A task of its own: clearing up goes on when this one is cancelled.
        await Task { await stage.clear() }.value
        try result.get()
    }

    private func tell(on stage: DemoStage) async throws {
        let started = ContinuousClock.now
        if once {
            try await DemoOnce(stage: stage).tell()
            return Output.standardOutput.line("done in \(seconds(since: started)): passed on a copy, which is gone")
        }
        guard let site = stage.site else { throw DemoFault("there is no guestbook") }
        let story = DemoStory(stage: stage, site: site, teller: DemoTeller())
        let places = stageOnly ? try await story.runOnProduction() : try await story.tell()
        if !stageOnly {
            Output.standardOutput.line("")
            Output.standardOutput.line(
                "done in \(seconds(since: started)): the guest broke the site once, and will not break it again"
            )
        }
        if keep || stageOnly { try await stay(stage, places) }
    }

    private func seconds(since start: ContinuousClock.Instant) -> String {
        let tenths = Int((ContinuousClock.now - start) / .milliseconds(100))
        return "\(tenths / 10).\(tenths % 10) s"
    }

    private func stay(_ stage: DemoStage, _ places: (scheduler: String, site: String)) async throws {
        let file = "\(stage.directory)/environment"
        let folder = stage.program.split(separator: "/").dropLast().joined(separator: "/")
        let variables = stage.parts.productionAddress.merging([
            "UNDERSTUDY_URL": places.scheduler, "SITE": places.site, "FAULTS": stage.cluster.controlURL,
            "MASTER": stage.cluster.masterAddress, "PORTWORX": stage.cluster.storageURL,
        ]) { _, own in own }
        let lines = variables.sorted { $0.key < $1.key }.map { "export \($0.key)='\($0.value)'\n" }
        try Data((lines.joined() + "export PATH=\"/\(folder):$PATH\"\n").utf8).write(to: URL(filePath: file))
        let say = Output.standardOutput.line
        say("")
        say("the cluster stays up until Ctrl-C; in another terminal:")
        say("  . \(file)")
        say("  understudy runs")
        say("  understudy run --wait --source guestbook --suite-image guestbook:1.2 --command 'pytest tests'")
        say("the guestbook is at \(places.site), docs/tutorial.md leads through it")
        say("what goes wrong in the cluster is told at \(stage.cluster.controlURL) (docs/local-cluster.md)")
        try await Task.sleep(for: .seconds(24 * 3_600))
    }

    /// Absolute, since tasks run elsewhere.
    private func guestbookFolder() throws -> String {
        let here = FileManager.default.currentDirectoryPath
        let folder = guestbook.hasPrefix("/") ? guestbook : "\(here)/\(guestbook)"
        guard FileManager.default.fileExists(atPath: "\(folder)/store.py") else {
            throw ValidationError(
                "\(folder) holds no guestbook; --guestbook says where it is: examples/guestbook in the sources"
            )
        }
        guard !folder.contains("'") else { throw ValidationError("the guestbook's folder may have no ' in its name") }
        return folder
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
