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
    /// Nodes of production's ring, one to three: each has its volume, an agent with a fast pool and one with a cheap one.
    var nodes = 1
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

    /// Where production's nodetool speaks to it, on loopback; those of a ring's other nodes are the ones below.
    var productionJMXPort: UInt16 { firstPort + 494 }

    /// Of a ring, what every agent has to offer beside ports of its own: the nodes of a copy have theirs in common.
    private var commonPorts: ClosedRange<UInt16>? { nodes > 1 ? firstPort + 450...firstPort + 469 : nil }

    /// One node of production.
    struct ProductionNode {
        /// From 0.
        var place: Int
        /// Its volume's name.
        var volume: String
        /// The agent that it runs on.
        var agent: String
        /// An address of loopback that no copy listens on.
        var host: String
    }

    /// Production's nodes, the first of them everybody's seed.
    var production: [ProductionNode] {
        (0..<nodes).map { place in
            ProductionNode(
                place: place,
                volume: place == 0 ? Self.volume : "\(Self.volume)-\(place + 1)",
                agent: "ssd-\(place + 1)",
                host: "127.0.0.\(place + 2)"
            )
        }
    }

    private static let gibibyte: UInt64 = 1_024 * 1_024 * 1_024

    /// Two agents with fast pools that keep no snapshots, two with cheap ones, one without Portworx: so that there is a
    /// choice to make and something to refuse.
    func plan(in directory: String) -> LocalClusterPlan {
        let pairs = max(2, nodes)
        let classes =
            (1...pairs).map { ("ssd-\($0)", "HIGH") } + (1...pairs).map { ("hdd-\($0)", "LOW") } + [("plain-1", nil)]
        return LocalClusterPlan(
            agents: classes.enumerated().map { number, agent in self.agent(agent.0, cos: agent.1, number: number) },
            volumes: production.map { node in
                // A replica on each tier: with the label on the fast pools, snapshots live on the cheap replica alone.
                LocalClusterPlan.Volume(
                    name: node.volume,
                    sizeBytes: 10 * Self.gibibyte,
                    cos: "HIGH",
                    replicas: [
                        (node: "node-ssd-\(node.place + 1)", pool: 0), (node: "node-hdd-\(node.place + 1)", pool: 0),
                    ],
                    labels: ["app": "guestbook"],
                    sticky: true,
                    snapshotIntervalMinutes: 60
                )
            },
            images: DemoImages.folders(in: directory),
            directory: directory
        )
    }

    private func agent(_ hostname: String, cos: String?, number: Int) -> LocalClusterPlan.Agent {
        // Two tiers and one without: five agents for one node, seven for three.
        let share = nodes > 2 ? 60 : 90
        let first = firstPort + UInt16(share * number)
        let labels = cos == "HIGH" ? ["no_snapshot": "true"] : [:]
        return LocalClusterPlan.Agent(
            hostname: hostname,
            // The nodes of a ring are told apart by their addresses.
            address: nodes > 1 ? "127.0.0.\(11 + number)" : "127.0.0.1",
            cpus: 4,
            memoryMB: 8_192,
            diskMB: 16_384,
            ports: first...first + UInt16(share - 1),
            commonPorts: commonPorts,
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
    static let sources = sources(volumes: [volume])

    /// The source of a ring, or of one volume.
    static func sources(volumes: [String]) -> String {
        let names = volumes.map { "\"\($0)\"" }.joined(separator: ", ")
        return """
            [{ "name": "guestbook",
               "volumes": [\(names)],
               "cassandra": { "image": "\(databaseImage)", "clusterName": "\(clusterName)", "cpus": 0.5, "memoryMB": 512 },
               "network": "host", "allowHostNetwork": true,
               "tier": { "want": "low", "copy": "tiered-snapshot", "require": true },
               "limits": { "runs": 4, "lease": "10m", "leaseMax": "8h", "snapshots": 8 } }]
            """
    }

    /// Where production's clients find it.
    var productionAddress: [String: String] {
        ["CASSANDRA_HOST": Self.productionHost, "CASSANDRA_PORT": "\(productionPort)"]
    }

    /// What a node of production is started with.
    func environment(of node: ProductionNode) -> [String: String] {
        [
            "UNDERSTUDY_DATA": "/var/lib/cassandra", "CASSANDRA_CLUSTER_NAME": Self.clusterName,
            "CASSANDRA_LISTEN_ADDRESS": node.host, "CASSANDRA_SEEDS": Self.productionHost,
            "JVM_EXTRA_OPTS": "-Dcassandra.native_transport_port=\(productionPort)"
                + " -Dcassandra.storage_port=\(productionStoragePort)"
                + " -Dcassandra.jmx.local.port=\(productionJMXPort - UInt16(node.place))",
        ]
    }
}
