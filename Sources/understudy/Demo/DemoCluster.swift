import LocalCluster
import Model

/// The demo's cluster: what it consists of, and the images that stand in for real ones.
struct DemoCluster: Sendable {
    /// Production's volume.
    static let volume = "guestbook-production"
    /// Production's image, and therefore the copy's.
    static let databaseImage = "cassandra:3.11"
    /// An image with a suite in shell, `guestbook-suite`, that reads the copy and then empties its table.
    static let suiteImage = "guestbook-suite:1"
    /// As written in production's data.
    static let clusterName = "guestbook"
    /// An address of loopback that no copy listens on.
    static let productionHost = "127.0.0.2"
    /// The agent that production runs on.
    static let productionAgent = "ssd-1"

    /// The first of 500 ports, 450 of them for its agents to offer; two clusters at a time need two of them.
    var firstPort: UInt16 = 21_000
    /// Where production answers: offered to nobody.
    var productionPort: UInt16 { firstPort + 499 }
    /// Where production gossips.
    var productionStoragePort: UInt16 { firstPort + 498 }
    /// Where a database with dummy data answers, while tests run on it.
    var dummyPort: UInt16 { firstPort + 497 }
    /// Where that gossips.
    var dummyStoragePort: UInt16 { firstPort + 496 }

    /// Where the guestbook's site answers, whatever version of it is deployed.
    var sitePort: UInt16 { firstPort + 495 }

    /// Where production's nodetool speaks to it, on loopback.
    var productionJMXPort: UInt16 { firstPort + 494 }

    private static let gibibyte: UInt64 = 1_024 * 1_024 * 1_024

    /// Two agents with fast pools that keep no snapshots, two with cheap ones, one without Portworx: so that there is a
    /// choice to make and something to refuse.
    func plan(in directory: String) -> LocalClusterPlan {
        LocalClusterPlan(
            agents: [
                agent("ssd-1", cos: "HIGH", number: 0),
                agent("ssd-2", cos: "HIGH", number: 1),
                agent("hdd-1", cos: "LOW", number: 2),
                agent("hdd-2", cos: "LOW", number: 3),
                agent("plain-1", cos: nil, number: 4),
            ],
            volumes: [
                // A replica on each tier: with the label on the fast pools, snapshots live on the cheap replica alone.
                LocalClusterPlan.Volume(
                    name: Self.volume,
                    sizeBytes: 10 * Self.gibibyte,
                    cos: "HIGH",
                    replicas: [(node: "node-ssd-1", pool: 0), (node: "node-hdd-1", pool: 0)],
                    labels: ["app": "guestbook"],
                    sticky: true,
                    snapshotIntervalMinutes: 60
                )
            ],
            images: DemoImages.folders(in: directory),
            directory: directory
        )
    }

    private func agent(_ hostname: String, cos: String?, number: UInt16) -> LocalClusterPlan.Agent {
        let first = firstPort + 90 * number
        let labels = cos == "HIGH" ? ["no_snapshot": "true"] : [:]
        return LocalClusterPlan.Agent(
            hostname: hostname,
            cpus: 4,
            memoryMB: 8_192,
            diskMB: 16_384,
            ports: first...first + 89,
            attributes: cos == nil ? [:] : ["px": "true"],
            storage: cos.map { cos in
                LocalClusterPlan.Node(
                    id: "node-\(hostname)",
                    pools: [LocalClusterPlan.Pool(cos: cos, totalBytes: 500 * Self.gibibyte, labels: labels)]
                )
            }
        )
    }

    /// The source, as an operator would write it.
    static let sources = """
        [{ "name": "guestbook",
           "volumes": ["\(volume)"],
           "cassandra": { "image": "\(databaseImage)", "clusterName": "\(clusterName)", "cpus": 0.5, "memoryMB": 512 },
           "network": "host", "allowHostNetwork": true,
           "tier": { "want": "low", "copy": "tiered-snapshot", "require": true },
           "limits": { "runs": 4, "lease": "10m", "leaseMax": "8h", "snapshots": 8 } }]
        """

    /// Where production's clients find it.
    var productionAddress: [String: String] {
        ["CASSANDRA_HOST": Self.productionHost, "CASSANDRA_PORT": "\(productionPort)"]
    }

    /// What production is started with.
    var productionEnvironment: [String: String] {
        [
            "UNDERSTUDY_DATA": "/var/lib/cassandra", "CASSANDRA_CLUSTER_NAME": Self.clusterName,
            "CASSANDRA_LISTEN_ADDRESS": Self.productionHost,
            "JVM_EXTRA_OPTS": "-Dcassandra.native_transport_port=\(productionPort)"
                + " -Dcassandra.storage_port=\(productionStoragePort)"
                + " -Dcassandra.jmx.local.port=\(productionJMXPort)",
        ]
    }
}
