import LocalCluster
import Model

/// The demo's cluster: what it consists of, and the images that stand in for real ones.
struct DemoCluster: Sendable {
    /// Production's volume.
    static let volume = "guestbook-production"
    /// Production's image, and therefore the copy's.
    static let databaseImage = "cassandra:3.11"
    /// The suite's image.
    static let suiteImage = "guestbook-suite:1"
    /// As written in production's data.
    static let clusterName = "guestbook"
    /// The agent that production runs on.
    static let productionAgent = "ssd-1"

    /// The first of 500 ports that its agents offer; two clusters at a time need two of them.
    var firstPort: UInt16 = 21_000
    /// Where production answers: offered to nobody.
    var productionPort: UInt16 { firstPort + 499 }

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
            images: [
                Self.databaseImage: "\(directory)/images/database",
                Self.suiteImage: "\(directory)/images/suite",
            ],
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

    /// What production is started with.
    var productionEnvironment: [String: String] {
        [
            "UNDERSTUDY_DATA": "/var/lib/cassandra", "UNDERSTUDY_CQL_PORT": "\(productionPort)",
            "CASSANDRA_CLUSTER_NAME": Self.clusterName,
        ]
    }

    /// Stands in for the image's entry point: starts the stand-in database on the volume's directory.
    static func entryPoint(_ program: String) -> String {
        """
        #!/bin/sh
        exec '\(program)' stand-in serve --directory "$UNDERSTUDY_DATA" --port "$UNDERSTUDY_CQL_PORT" \\
            --cluster-name "$CASSANDRA_CLUSTER_NAME"
        """ + "\n"
    }

    /// The suite: it reads production's guests, and then does to the copy what must never be done to production.
    static func suite(_ program: String) -> String {
        """
        #!/bin/sh
        set -eu
        db() { '\(program)' stand-in call --host "$CASSANDRA_HOST" --port "$CASSANDRA_PORT" --within 60s "$@"; }
        guests=$(db COUNT)
        echo "the copy has $guests guests"
        test "$guests" -eq "$EXPECTED_GUESTS"
        db LIST | grep -q 'Zoë' && echo "Zoë is among them"
        db "ADD a guest that only the suite knows" >/dev/null
        test "$(db COUNT)" -eq $((EXPECTED_GUESTS + 1)) && echo "a guest was added"
        db DROP >/dev/null
        test "$(db COUNT)" -eq 0 && echo "the table was dropped: no guest is left"
        """ + "\n"
    }
}
