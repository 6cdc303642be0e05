import LocalCluster
import Logging

/// The cluster that the bench's schedulers see, and their source.
enum BenchCluster {
    static let volume = "bench-production"
    static let source = "bench"
    /// Mesos agents and Portworx nodes of the same number are on the same host.
    static func hostname(_ number: Int) -> String { "agent-\(number)" }

    private static let gibibyte: UInt64 = 1_024 * 1_024 * 1_024

    /// One volume on two nodes, and as many nodes as wanted, each beside an agent.
    static func plan(nodes: Int, in directory: String) -> LocalClusterPlan {
        LocalClusterPlan(
            agents: (0..<nodes).map { number in
                // Nobody launches anything here: the ports have to differ, and that is all.
                let port = UInt16(20_000 + number * 4)
                return LocalClusterPlan.Agent(
                    hostname: hostname(number),
                    cpus: 8,
                    memoryMB: 16_384,
                    diskMB: 65_536,
                    ports: port...port + 3,
                    storage: LocalClusterPlan.Node(
                        id: "node-\(number)",
                        pools: [LocalClusterPlan.Pool(cos: "LOW", totalBytes: 500 * gibibyte)]
                    )
                )
            },
            volumes: [
                LocalClusterPlan.Volume(
                    name: volume,
                    sizeBytes: gibibyte,
                    cos: "LOW",
                    replicas: [(node: "node-0", pool: 0), (node: "node-1", pool: 0)]
                )
            ],
            images: [:],
            directory: directory
        )
    }

    /// Starts one, lends it out, and stops it whatever happens.
    static func with<Value>(
        nodes: Int,
        on premises: Premises,
        _ body: (LocalCluster) async throws -> Value
    ) async throws -> Value {
        let directory = try premises.folder("cluster-\(String(UInt64.random(in: .min ... .max), radix: 36))")
        let cluster = try LocalCluster(
            plan: plan(nodes: nodes, in: directory),
            logger: Logger(label: "local-cluster") { _ in SwiftLogNoOpLogHandler() }
        )
        let result: Result<Value, any Error>
        do {
            try await cluster.start()
            result = .success(try await body(cluster))
        } catch {
            result = .failure(error)
        }
        await cluster.stop()
        return try result.get()
    }

    /// As an operator would write them.
    static let sources = """
        [{ "name": "\(source)",
           "volumes": ["\(volume)"],
           "cassandra": { "image": "cassandra:3.11", "clusterName": "bench", "cpus": 1, "memoryMB": 3072 },
           "limits": { "runs": 200, "lease": "10m", "leaseMax": "1h", "snapshots": 64 } }]
        """
}
