import Glibc
import LocalCluster
import StandIn

/// A database with nothing in it but what tests write: what a pipeline had before it had copies of production.
struct DemoDummy: Sendable {
    private static let stopLimit = Duration.seconds(10)

    private let process: ChildProcess
    /// Where it serves.
    let address: [String: String]

    static func start(_ stage: DemoStage) async throws -> DemoDummy {
        let directory = "\(stage.directory)/dummy"
        try StandInDatabase.initialise(directory: directory, identity: StandInIdentity(clusterName: "dummy"))
        let port = stage.parts.dummyPort
        let arguments = [
            "stand-in", "serve", "--directory", directory, "--port", "\(port)", "--storage-port",
            "\(stage.parts.dummyStoragePort)", "--cluster-name", "dummy",
        ]
        let process = try ChildProcess(
            stage.program,
            arguments,
            environment: DemoStage.childEnvironment,
            output: .lines { _, _ in }
        )
        let dummy = DemoDummy(
            process: process,
            address: ["CASSANDRA_HOST": "127.0.0.1", "CASSANDRA_PORT": "\(port)"]
        )
        do {
            _ = try await stage.shell(
                "'\(stage.program)' cql --within 30s --port \(port) 'SELECT key FROM system.local'"
            )
            return dummy
        } catch {
            await dummy.stop()
            throw error
        }
    }

    func stop() async {
        _ = await process.end(by: SIGTERM, within: Self.stopLimit)
    }
}
