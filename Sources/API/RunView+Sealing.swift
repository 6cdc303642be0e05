public import Model

extension RunView {
    /// How the copy of the latest attempt was made safe to touch, and how much of the data it holds.
    public struct SealView: Hashable, Codable, Sendable {
        /// Whether the copy holds all of one keyspace.
        public struct Keyspace: Hashable, Codable, Sendable {
            /// Its name.
            public var name: String
            /// In production, for people.
            public var replication: String
            /// null where that cannot be told.
            public var complete: Bool?

            /// Wraps the three.
            public init(name: String, replication: String, complete: Bool?) {
                self.name = name
                self.replication = replication
                self.complete = complete
            }

            /// Writes every field, null where there is none.
            public func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: CodingKeys.self)
                try container.encode(name, forKey: .name)
                try container.encode(replication, forKey: .replication)
                try container.encode(complete, forKey: .complete)
            }
        }

        /// One step and what it took.
        public struct Step: Hashable, Codable, Sendable {
            /// `preparing`, `isolating`, `reading`, `rewriting`, `masking`, `admitting`, `draining`, `rebooting`,
            /// `verifying`.
            public var step: String
            /// null while it goes on.
            public var seconds: Double?

            /// Wraps both.
            public init(step: String, seconds: Double?) {
                self.step = step
                self.seconds = seconds
            }

            /// Writes every field, null where there is none.
            public func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: CodingKeys.self)
                try container.encode(step, forKey: .step)
                try container.encode(seconds, forKey: .seconds)
            }
        }

        /// Where it stands; `ready` when it is sealed, null when it failed or before it began.
        public var step: String?
        /// Why it failed, by name; null when it did not.
        public var fault: String?
        /// What Cassandra says of itself; null before it was asked.
        public var release: String?
        /// What the data says of its node; null before it was read.
        public var identity: CassandraIdentity?
        /// Nodes of production's ring that the copy knew; null before they were counted.
        public var ring: Int?
        /// True when every keyspace is whole; false when one is not; null where that cannot be told.
        public var complete: Bool?
        /// Those that are not whole first, fifty at most.
        public var keyspaces: [Keyspace]
        /// Statements of the mask that ran; null before that is known.
        public var masked: Int?
        /// In order; empty before they were read.
        public var steps: [Step]

        /// Wraps all of it.
        public init(
            step: String?,
            fault: String? = nil,
            release: String? = nil,
            identity: CassandraIdentity? = nil,
            ring: Int? = nil,
            complete: Bool? = nil,
            keyspaces: [Keyspace] = [],
            masked: Int? = nil,
            steps: [Step] = []
        ) {
            self.step = step
            self.fault = fault
            self.release = release
            self.identity = identity
            self.ring = ring
            self.complete = complete
            self.keyspaces = keyspaces
            self.masked = masked
            self.steps = steps
        }

        /// Writes every field, null where there is none.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(step, forKey: .step)
            try container.encode(fault, forKey: .fault)
            try container.encode(release, forKey: .release)
            try container.encode(identity, forKey: .identity)
            try container.encode(ring, forKey: .ring)
            try container.encode(complete, forKey: .complete)
            try container.encode(keyspaces, forKey: .keyspaces)
            try container.encode(masked, forKey: .masked)
            try container.encode(steps, forKey: .steps)
        }
    }
}
