import API
import LocalCluster
import Model

/// What every part of the bench works with.
struct Stage: Sendable {
    let premises: Premises
    /// The release build of `understudy`.
    let program: String
    /// A short run: enough to see that all of it works, too little for a figure to rely on.
    let quick: Bool

    func count(_ full: Int, quick few: Int) -> Int { quick ? few : full }

    /// A bench master, a gateway with a node beside each of the first agents, and a scheduler between them.
    func withMaster<Value>(
        nodes: Int,
        _ body: (BenchMaster, SchedulerProcess) async throws -> Value
    ) async throws -> Value {
        try await BenchCluster.with(nodes: nodes, on: premises) { cluster in
            let master = try BenchMaster()
            defer { master.stop() }
            let scheduler = try await SchedulerProcess.start(
                self,
                master: "127.0.0.1:\(master.port)",
                portworx: cluster.storageURL
            )
            let result: Result<Value, any Error>
            do { result = .success(try await body(master, scheduler)) } catch { result = .failure(error) }
            await scheduler.stop()
            if case .failure = result { print("the scheduler's last words:\n\(scheduler.lastWords)") }
            return try result.get()
        }
    }

    /// A run that fits any agent's offer, or none's.
    static func request(fits: Bool) -> RunRequest {
        RunRequest(
            source: SourceName(BenchCluster.source),
            // Agents have 8 CPUs.
            suite: RunRequest.Suite(image: "suite:1", command: "true", cpus: fits ? 0.5 : 60)
        )
    }
}
