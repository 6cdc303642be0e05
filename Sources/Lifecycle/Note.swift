/// Something that a step wants said in the log: the core itself never logs.
public struct Note: Hashable, Sendable {
    /// How loud.
    public enum Level: Hashable, Sendable {
        /// A phase, a result.
        case info
        /// Needs an eye.
        case warning
        /// Needs a hand.
        case error
    }

    /// How loud.
    public let level: Level
    /// A constant sentence.
    public let message: String
    /// Dotted names and values, in order.
    public let fields: [Field]

    /// A name and a value.
    public struct Field: Hashable, Sendable {
        /// Dotted: `run.id`.
        public let name: String
        /// As text.
        public let value: String
    }

    init(_ level: Level, _ message: String, _ fields: KeyValuePairs<String, String>) {
        self.level = level
        self.message = message
        self.fields = fields.map { Field(name: $0.key, value: $0.value) }
    }
}

/// What follows from one event at once.
public struct Transition: Hashable, Sendable {
    /// Answers to offers, in order; to be acted on once the state is durable.
    public internal(set) var effects: [Effect] = []
    /// For the log.
    public internal(set) var notes: [Note] = []

    /// Nothing follows.
    public init() {}
}
