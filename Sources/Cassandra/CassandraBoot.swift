public import Model

/// How a copy of a Cassandra volume is booted in the official image: command, environment and readiness check.
///
/// Unsealed: what is booted here still carries production's identity, so it may only run where production cannot be
/// reached. Until sealing exists, the scheduler speaks to loopback clusters alone (design, rule 7).
///
/// - Source: facts on Cassandra, §3 and §4: what the official image does with its environment.
public struct CassandraBoot: Hashable, Sendable {
    /// What production's Cassandra is configured with; a copy boots under the same or not at all.
    public struct Identity: Hashable, Sendable {
        /// As written in the data.
        public var clusterName: String
        /// As written in the data.
        public var dataCenter: String
        /// As written in the data.
        public var rack: String
        /// As many as the data has.
        public var numTokens: Int

        /// Wraps the four.
        public init(clusterName: String, dataCenter: String, rack: String, numTokens: Int) {
            self.clusterName = clusterName
            self.dataCenter = dataCenter
            self.rack = rack
            self.numTokens = numTokens
        }
    }

    /// Where it listens.
    public struct Ports: Hashable, Sendable {
        /// For clients.
        public var cql: UInt16
        /// For other nodes.
        public var storage: UInt16
        /// For other nodes over TLS.
        public var storageTLS: UInt16
        /// For nodetool.
        public var jmx: UInt16

        /// Cassandra's own, for a container with a network of its own.
        public static let standard = Ports(cql: 9_042, storage: 7_000, storageTLS: 7_001, jmx: 7_199)

        /// Four of an agent's, in this order: nil when there are fewer.
        public init?(host ports: [UInt16]) {
            guard ports.count >= 4 else { return nil }
            self.init(cql: ports[0], storage: ports[1], storageTLS: ports[2], jmx: ports[3])
        }

        init(cql: UInt16, storage: UInt16, storageTLS: UInt16, jmx: UInt16) {
            self.cql = cql
            self.storage = storage
            self.storageTLS = storageTLS
            self.jmx = jmx
        }
    }

    /// Where the clone is mounted, and where the image keeps its data.
    public static let dataPath = "/var/lib/cassandra"
    /// Of the wrapper, for a directory that holds no Cassandra data.
    public static let notADataDirectory = 78

    /// Who it says it is.
    public var identity: Identity
    /// Where it listens.
    public var ports: Ports
    /// In MiB; nil leaves it to the image.
    public var heapMB: Int64?

    /// Wraps the three.
    public init(identity: Identity, ports: Ports, heapMB: Int64?) {
        self.identity = identity
        self.ports = ports
        self.heapMB = heapMB
    }

    /// For `/bin/sh -c` in the image.
    ///
    /// A wrong volume name would be an empty volume, hence an empty database and a green suite: without `data/system` the
    /// boot is refused (design, rule 8).
    public var command: String {
        """
        test -d \(Self.dataPath)/data/system \
        || { echo "understudy: \(Self.dataPath) holds no data/system: this is no copy of a Cassandra volume" >&2; \
        exit \(Self.notADataDirectory); }; \
        exec docker-entrypoint.sh cassandra -f
        """
    }

    /// In order of the key.
    public var environment: [Label] {
        var variables = [
            "CASSANDRA_CLUSTER_NAME": identity.clusterName,
            "CASSANDRA_DC": identity.dataCenter,
            "CASSANDRA_RACK": identity.rack,
            // Data centre and rack count with this snitch only.
            "CASSANDRA_ENDPOINT_SNITCH": "GossipingPropertyFileSnitch",
            "CASSANDRA_NUM_TOKENS": "\(identity.numTokens)",
            "CASSANDRA_LISTEN_ADDRESS": "127.0.0.1",
            "CASSANDRA_BROADCAST_ADDRESS": "127.0.0.1",
            "CASSANDRA_SEEDS": "127.0.0.1",
            "JVM_EXTRA_OPTS": [
                "-Dcassandra.native_transport_port=\(ports.cql)", "-Dcassandra.storage_port=\(ports.storage)",
                "-Dcassandra.ssl_storage_port=\(ports.storageTLS)", "-Dcassandra.jmx.local.port=\(ports.jmx)",
            ].joined(separator: " "),
            "UNDERSTUDY_DATA": Self.dataPath,
            "UNDERSTUDY_CQL_PORT": "\(ports.cql)",
        ]
        if let heapMB {
            variables["MAX_HEAP_SIZE"] = "\(heapMB)M"
            // The image wants both or neither; a quarter is what its own script would take of a small heap.
            variables["HEAP_NEWSIZE"] = "\(max(1, heapMB / 4))M"
        }
        return variables.sorted { $0.key < $1.key }.map { Label($0.key, $0.value) }
    }

    /// Exits 0 once the port for clients is open: it opens only after join and settle (facts on Cassandra, §8).
    public var check: PodPlan.Check {
        PodPlan.Check(
            command: "bash -c 'exec 3<>/dev/tcp/127.0.0.1/\(ports.cql)'",
            interval: .seconds(1),
            timeout: .seconds(5),
            delay: .zero
        )
    }
}
