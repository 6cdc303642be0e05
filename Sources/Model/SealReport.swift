/// What sealing did and found, as the helper writes it into the sandbox and a run repeats it.
public struct SealReport: Hashable, Codable, Sendable {
    /// Its name in the cassandra task's sandbox.
    public static let file = "seal.json"
    /// In bytes; the helper writes less, and more is not read.
    public static let bytesMax = 64 * 1_024
    /// Keyspaces that it names; the counts are of all.
    public static let keyspacesMax = 50

    /// One step, in the order of their beginnings.
    public struct Step: Hashable, Codable, Sendable {
        /// Which, by name.
        public var step: String
        /// What it took; nil while it goes on.
        public var milliseconds: Int64?

        /// Wraps both.
        public init(step: String, milliseconds: Int64?) {
            self.step = step
            self.milliseconds = milliseconds
        }
    }

    /// Whether the copy holds all of one keyspace.
    public struct Keyspace: Hashable, Codable, Sendable {
        /// Its name.
        public var name: String
        /// In production, for people: `SimpleStrategy 2`, `dc1 3, dc2 2`.
        public var replication: String
        /// nil when that cannot be told.
        public var complete: Bool?

        /// Wraps the three.
        public init(name: String, replication: String, complete: Bool?) {
            self.name = name
            self.replication = replication
            self.complete = complete
        }
    }

    /// The check's exit code.
    public var code: Int32
    /// By name; nil unless it failed.
    public var fault: String?
    /// For people: what went wrong; nil unless it failed.
    public var message: String?
    /// What Cassandra said of itself, such as `3.11.11`; nil before it was read.
    public var release: String?
    /// What the data says of its node; nil before it was read.
    public var identity: CassandraIdentity?
    /// The copy's new host id; nil before it has one.
    public var hostID: String?
    /// Nodes of production's ring that the copy knew, itself among them; nil before they were counted.
    public var ring: Int?
    /// Not Cassandra's own keyspaces; at most ``keyspacesMax``, those that are not complete first.
    public var keyspaces: [Keyspace]
    /// Statements of the mask that ran.
    public var masked: Int
    /// So far.
    public var steps: [Step]

    /// Wraps all of it.
    public init(
        code: Int32,
        fault: String? = nil,
        message: String? = nil,
        release: String? = nil,
        identity: CassandraIdentity? = nil,
        hostID: String? = nil,
        ring: Int? = nil,
        keyspaces: [Keyspace] = [],
        masked: Int = 0,
        steps: [Step] = []
    ) {
        self.code = code
        self.fault = fault
        self.message = message
        self.release = release
        self.identity = identity
        self.hostID = hostID
        self.ring = ring
        self.keyspaces = keyspaces
        self.masked = masked
        self.steps = steps
    }

    /// With every text and list cut to what is shown and kept: a report comes out of a container.
    public var bounded: SealReport {
        func plain(_ text: String) -> String {
            String(text.unicodeScalars.prefix(300).map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) })
        }
        var report = self
        report.fault = fault.map(plain)
        report.message = message.map(plain)
        report.release = release.map(plain)
        report.hostID = hostID.map(plain)
        report.identity = identity.map { identity in
            CassandraIdentity(
                clusterName: plain(identity.clusterName),
                dataCenter: plain(identity.dataCenter),
                rack: plain(identity.rack),
                numTokens: identity.numTokens
            )
        }
        report.keyspaces = keyspaces.prefix(Self.keyspacesMax).map { keyspace in
            Keyspace(
                name: plain(keyspace.name),
                replication: plain(keyspace.replication),
                complete: keyspace.complete
            )
        }
        report.steps = steps.prefix(SealStep.allCases.count).map {
            Step(step: plain($0.step), milliseconds: $0.milliseconds)
        }
        return report
    }

    /// True when the copy holds all of every keyspace; nil when that is not known of one that may be whole.
    public var complete: Bool? {
        if keyspaces.contains(where: { $0.complete == false }) { return false }
        return keyspaces.allSatisfy { $0.complete == true } && ring != nil ? true : nil
    }
}
