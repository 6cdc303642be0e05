import API
import FoundationEssentials
import HTTPTransport
import LocalCluster
import Model

/// The demo, told step by step.
struct DemoStory: Sendable {
    /// From the end of the suite to nothing left.
    private static let cleanUpLimit = Duration.seconds(60)

    let stage: DemoStage
    let keep: Bool

    func tell() async throws {
        try await openCluster()
        let before = try await fillProduction()
        let url = try await openScheduler()
        let id = try await runSuite(url)
        try await checkProduction(before)
        try await checkNothingIsLeft(url, id)
        say("")
        say("done: the suite dropped the table, and production does not know it")
        if keep { try await stay(url) }
    }

    private func openCluster() async throws {
        heading("a local cluster (a stand-in for DC/OS: Mesos, its agents and Portworx, on loopback alone)")
        try await stage.cluster.start()
        say("  mesos master   \(stage.cluster.masterAddress)   (stand-in)")
        say("  portworx       \(stage.cluster.storageURL)   (stand-in)")
        say("  agents         ssd-1 ssd-2: Portworx, high tier, pools labelled no_snapshot")
        say("                 hdd-1 hdd-2: Portworx, low tier")
        say("                 plain-1: no Portworx")
    }

    private func fillProduction() async throws -> String {
        heading("production: a guestbook's database on \(DemoCluster.productionAgent), its volume on high and low")
        try await stage.startProduction()
        let call = "'\(stage.program)' stand-in call --port \(stage.parts.productionPort)"
        _ = try await stage.shell("\(call) 'ADD Ada' 'ADD Grace' 'ADD Zoë'")
        say("  " + (try await stage.shell("\(call) HELLO | head -1")))
        let guests = try await stage.shell("\(call) LIST").split(separator: "\n").joined(separator: ", ")
        say("  guests         \(guests)")
        let checksum = try await checksum()
        say("  checksum       \(checksum)")
        return checksum
    }

    private func openScheduler() async throws -> String {
        heading("the scheduler")
        let started = ContinuousClock.now
        let url = try await stage.startScheduler()
        try await withClient(url) { client in
            try await until("the scheduler is not able to act", within: .seconds(30)) {
                try await client.health().isAbleToAct
            }
        }
        say("  \(url)   subscribed, Portworx answers, after \(milliseconds(since: started)) ms")
        return url
    }

    private func runSuite(_ url: String) async throws -> RunID {
        heading("understudy run --wait: the suite on a copy of production, on the cheaper tier")
        let ending = try await stage.run(
            [
                "run", "--url", url, "--key", "demo", "--source", "guestbook", "--wait", "--timeout", "2m",
                "--suite-image", DemoCluster.suiteImage, "--command", "guestbook-suite", "--env", "EXPECTED_GUESTS=3",
            ],
            line: { say("  \($0)") }
        )
        guard ending == .exited(0) else {
            throw DemoFault("the run did not pass (\(ending)); the scheduler's last words:\n\(stage.lastWords())")
        }
        let run = try await withClient(url) { client in try await client.runs(RunsQuery()).runs.first }
        guard let run else { throw DemoFault("the scheduler knows no run") }
        return run.id
    }

    private func checkProduction(_ before: String) async throws {
        heading("production, after the suite has dropped its table")
        let call = "'\(stage.program)' stand-in call --port \(stage.parts.productionPort)"
        let guests = try await stage.shell("\(call) LIST").split(separator: "\n").joined(separator: ", ")
        let after = try await checksum()
        say("  guests         \(guests)")
        say("  checksum       \(after)")
        guard before == after else {
            throw DemoFault("production's bytes have changed: \(before) before, \(after) after")
        }
        say("  unchanged")
    }

    private func checkNothingIsLeft(_ url: String, _ id: RunID) async throws {
        heading("what is left")
        try await withClient(url) { client in
            try await until(
                "the run \(id) does not end; the scheduler's last words:\n\(stage.lastWords())",
                within: Self.cleanUpLimit
            ) {
                try await client.run(id).phase == .ended
            }
        }
        let volumes = stage.cluster.volumeNames
        let tasks = await stage.cluster.runningTasks
        say("  volumes        \(volumes.joined(separator: ", "))")
        say("  tasks          \(tasks) (production's own)")
        guard volumes == [DemoCluster.volume] else { throw DemoFault("copies are left: \(volumes)") }
        guard tasks == 1 else { throw DemoFault("\(tasks) tasks run, and only production's should") }
    }

    private func stay(_ url: String) async throws {
        say("")
        say("the cluster stays up until Ctrl-C; try:")
        say("  \(stage.program) runs --url \(url)")
        say("  \(stage.program) run --url \(url) --source guestbook --wait --suite-image \(DemoCluster.suiteImage) \\")
        say("      --command guestbook-suite --env EXPECTED_GUESTS=3")
        say("what goes wrong in it is told at \(stage.cluster.controlURL) (docs/local-cluster.md)")
        try await Task.sleep(for: .seconds(24 * 3_600))
    }

    // MARK: telling

    private func heading(_ text: String) {
        say("")
        say("== \(text)")
    }

    private func say(_ text: String) { Output.standardOutput.line(text) }

    /// Of every byte and every name of production's volume.
    private func checksum() async throws -> String {
        guard let directory = stage.cluster.directory(ofVolumeNamed: DemoCluster.volume) else {
            throw DemoFault("production's volume is missing")
        }
        let sums = "cd '\(directory)' && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum"
        return "sha256 " + (try await stage.shell(sums)).prefix(32)
    }

    private func withClient<Value>(_ url: String, _ body: (APIClient) async throws -> Value) async throws -> Value {
        let client = try APIClient(url: url, http: HTTPClient())
        let result: Result<Value, any Error>
        do { result = .success(try await body(client)) } catch { result = .failure(error) }
        await client.shutdown()
        return try result.get()
    }

    private func until(_ fault: String, within limit: Duration, _ isSo: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + limit
        while try await !isSo() {
            guard ContinuousClock.now < deadline else { throw DemoFault(fault) }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func milliseconds(since start: ContinuousClock.Instant) -> Int64 {
        Int64((ContinuousClock.now - start) / .milliseconds(1))
    }
}
