public import Model

/// What `POST /v1/runs` asks for.
///
/// Encoded with the optional fields that are set; read with ``read(_:)``, which is strict.
public struct RunRequest: Hashable, Encodable, Sendable {
    /// The tests to run beside the copy.
    public struct Suite: Hashable, Encodable, Sendable {
        /// A Docker reference, at most 255 characters.
        public var image: String
        /// A shell command, 1 byte to 64 KiB, no NUL.
        public var command: String
        /// At most 100; names `[A-Za-z_][A-Za-z0-9_]*`, values up to 32 KiB, no NUL.
        public var env: [String: String]
        /// 0.01…64; nil for the scheduler's default.
        public var cpus: Double?
        /// In MiB, 16…1,048,576; nil for the scheduler's default.
        public var memoryMB: Int?

        /// Wraps all of it.
        public init(
            image: String,
            command: String,
            env: [String: String] = [:],
            cpus: Double? = nil,
            memoryMB: Int? = nil
        ) {
            self.image = image
            self.command = command
            self.env = env
            self.cpus = cpus
            self.memoryMB = memoryMB
        }
    }

    /// 1 to 200 printable ASCII characters; the same key gives the same run, so that a repeat is safe.
    public var key: String?
    /// The data set to copy.
    public var source: SourceName
    /// nil for a service run: a copy to use until released.
    public var suite: Suite?
    /// How long the run may live; nil for the source's default.
    public var lease: Span?
    /// How long the clone is kept when the suite fails; nil for not at all.
    public var keepOnFailure: Span?
    /// A run whose snapshot to use again.
    public var sameDataAs: RunID?
    /// 0…100, the higher goes first; nil for 0.
    public var priority: Int?
    /// True for a run that only reads what a copy says of itself: no suite, no endpoint.
    public var inspect: Bool?

    /// Wraps all of it.
    public init(
        key: String? = nil,
        source: SourceName,
        suite: Suite? = nil,
        lease: Span? = nil,
        keepOnFailure: Span? = nil,
        sameDataAs: RunID? = nil,
        priority: Int? = nil,
        inspect: Bool? = nil
    ) {
        self.key = key
        self.source = source
        self.suite = suite
        self.lease = lease
        self.keepOnFailure = keepOnFailure
        self.sameDataAs = sameDataAs
        self.priority = priority
        self.inspect = inspect
    }
}
