public import Model

extension RunView {
    /// Where a copy answers.
    public struct Endpoint: Hashable, Codable, Sendable {
        /// A name or an address.
        public var host: String
        /// On that host.
        public var port: UInt16
        /// The login's name; the password never travels here.
        public var user: String

        /// Wraps the three.
        public init(host: String, port: UInt16, user: String) {
            self.host = host
            self.port = port
            self.user = user
        }
    }

    /// On which class of storage the copy should be, and is.
    public struct TierView: Hashable, Codable, Sendable {
        /// As the source's configuration asks.
        public var wanted: Tier?
        /// As read back from where the replicas are; null until known.
        public var got: Tier?

        /// Wraps both.
        public init(wanted: Tier? = nil, got: Tier? = nil) {
            self.wanted = wanted
            self.got = got
        }

        /// Writes both, null where there is none.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(wanted, forKey: .wanted)
            try container.encode(got, forKey: .got)
        }
    }

    /// One Mesos task of the run.
    public struct TaskView: Hashable, Codable, Sendable {
        /// Its id; the suite's ends in `.suite`.
        public var id: TaskID
        /// As Mesos says it, `TASK_RUNNING` among them; null before its first update.
        public var state: TaskState?
        /// The agent's host name, or its id where that is not known.
        public var agent: String?

        /// Wraps the three.
        public init(id: TaskID, state: TaskState?, agent: String?) {
            self.id = id
            self.state = state
            self.agent = agent
        }

        /// Writes every field, null where there is none.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(id, forKey: .id)
            try container.encode(state, forKey: .state)
            try container.encode(agent, forKey: .agent)
        }
    }

    /// One phase that the run has entered.
    public struct PhaseView: Hashable, Codable, Sendable {
        /// Which.
        public var phase: Phase
        /// When it began.
        public var at: Timestamp
        /// How long it lasted; null while it lasts.
        public var seconds: Double?

        /// Wraps the three.
        public init(phase: Phase, at: Timestamp, seconds: Double?) {
            self.phase = phase
            self.at = at
            self.seconds = seconds
        }

        /// How long it lasted, for people: `1.3 s`; nil while it lasts.
        package var took: String? {
            seconds.map { seconds in
                let tenths = Int((max(0, min(seconds, 1e9)) * 10).rounded())
                return "\(tenths / 10).\(tenths % 10) s"
            }
        }

        /// Writes every field, null where there is none.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(phase, forKey: .phase)
            try container.encode(at, forKey: .at)
            try container.encode(seconds, forKey: .seconds)
        }
    }

    /// Of when the copy's data is.
    public struct DataView: Hashable, Codable, Sendable {
        /// Production's data was as the copy has it then, or a moment later.
        public var at: Timestamp
        /// How old it was when the copy could be used; null before.
        public var ageSeconds: Double?
        /// At most so far apart are the instants of a ring's volumes; null for one volume.
        public var spreadSeconds: Double?
        /// Whether production was flushed just before; null where nobody asked for that.
        public var flushed: Bool?
        /// Why it was not, for people; null when it was, and where nobody asked.
        public var flushFault: String?

        /// Wraps all of it.
        public init(
            at: Timestamp,
            ageSeconds: Double? = nil,
            spreadSeconds: Double? = nil,
            flushed: Bool? = nil,
            flushFault: String? = nil
        ) {
            self.at = at
            self.ageSeconds = ageSeconds
            self.spreadSeconds = spreadSeconds
            self.flushed = flushed
            self.flushFault = flushFault
        }

        /// Writes all of them, null where there is none.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(at, forKey: .at)
            try container.encode(ageSeconds, forKey: .ageSeconds)
            try container.encode(spreadSeconds, forKey: .spreadSeconds)
            try container.encode(flushed, forKey: .flushed)
            try container.encode(flushFault, forKey: .flushFault)
        }
    }

    /// How long the run may live.
    public struct LeaseView: Hashable, Codable, Sendable {
        /// When it ends by itself; null once it has ended.
        public var ends: Timestamp?

        /// Wraps it.
        public init(ends: Timestamp? = nil) { self.ends = ends }

        /// Writes the field, null where there is none.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(ends, forKey: .ends)
        }
    }

    /// Offers that were not taken, by reason.
    public struct RefusalView: Hashable, Codable, Sendable {
        /// From a closed list, `snake_case`.
        public var reason: String
        /// How many offers.
        public var count: Int
        /// The latest of them, for people; null when there is nothing to add to the reason.
        public var example: String?

        /// Wraps the three.
        public init(reason: String, count: Int, example: String? = nil) {
            self.reason = reason
            self.count = count
            self.example = example
        }

        /// Writes every field, null where there is none.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(reason, forKey: .reason)
            try container.encode(count, forKey: .count)
            try container.encode(example, forKey: .example)
        }
    }
}
