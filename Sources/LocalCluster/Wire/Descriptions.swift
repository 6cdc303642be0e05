/// A framework as it describes itself.
struct FrameworkDescription: Sendable {
    var id: String?
    var name: String
    var user: String
    var roles: [String]
    var principal: String?
    var hostname: String?
    var webuiURL: String?
    var failoverTimeout: Double
    /// By number: 2 TASK_KILLING_STATE, 5 PARTITION_AWARE, 6 MULTI_ROLE.
    var capabilities: Set<UInt64>
    /// True when the old field for a single role is set.
    var namesOneRole = false

    init?(_ message: ProtoMessage) {
        guard let user = message.string(1), let name = message.string(2) else { return nil }
        self.user = user
        self.name = name
        id = message.id(3).flatMap { $0.isEmpty ? nil : $0 }
        failoverTimeout = message.double(4) ?? 0
        hostname = message.string(7)
        principal = message.string(8)
        webuiURL = message.string(9)
        capabilities = Set(message.messages(10).compactMap { $0.uint(1) })
        let roles = message.strings(12)
        self.roles = roles.isEmpty ? [message.string(6) ?? "*"] : roles
        namesOneRole = message.has(6)
    }

    /// For a framework of our own.
    init(name: String, user: String) {
        self.name = name
        self.user = user
        roles = ["*"]
        failoverTimeout = 0
        capabilities = []
    }

    var saysKilling: Bool { capabilities.contains(2) }
    var isPartitionAware: Bool { capabilities.contains(5) }
    var hasSeveralRoles: Bool { capabilities.contains(6) }
}

/// The executor of a pod.
struct ExecutorDescription: Sendable {
    var id: String
    var resources: ResourceAmount
    /// The CNI networks that the pod wants to join.
    var networks: [String]

    init?(_ message: ProtoMessage) {
        guard let id = message.id(1) else { return nil }
        self.id = id
        resources = ResourceAmount(message.messages(5))
        networks = message.message(11)?.messages(7).compactMap { $0.string(6) } ?? []
    }
}

/// A task, as far as a local agent can honour it.
struct TaskDescription: Sendable {
    struct Mount: Sendable {
        var name: String
        var containerPath: String
    }

    /// What is run.
    struct Command: Sendable {
        /// A shell's line, or a program's path.
        var value: String
        /// nil for a shell; of a program, without its name.
        var arguments: [String]?

        init?(_ message: ProtoMessage?) {
            guard let message else { return nil }
            value = message.string(3) ?? ""
            // A shell is Mesos' default; the first argument is what the program is called.
            arguments = message.uint(6) == 0 ? Array(message.strings(7).dropFirst()) : nil
        }

        init(shell: String) { value = shell }
    }

    /// What the agent fetches first.
    struct Fetched: Sendable {
        var url: String
        var name: String
        var isExecutable: Bool
        /// True for what the agent keeps, by its URL.
        var isCached: Bool

        init?(_ message: ProtoMessage) {
            guard let url = message.string(1) else { return nil }
            self.url = url
            isExecutable = message.uint(2) == 1
            isCached = message.uint(4) == 1
            name = message.string(5) ?? url.split(separator: "/").last.map(String.init) ?? ""
        }
    }

    struct Check: Sendable {
        var command: Command
        var delay: Double
        var interval: Double
        var timeout: Double
    }

    var id: String
    var name: String
    var agent: String
    var resources: ResourceAmount
    var command: Command
    var fetched: [Fetched]
    var environment: [(name: String, value: String)]
    var user: String?
    var image: String?
    var mounts: [Mount]
    var networks: [String]
    var labels: [(key: String, value: String)]
    var ports: [(name: String, number: UInt64)]
    var grace: Double
    var check: Check?
    /// Seconds; nil for no limit.
    var maxCompletion: Double?

    init?(_ message: ProtoMessage) {
        guard let name = message.string(1), let id = message.id(2), let agent = message.id(3) else { return nil }
        self.id = id
        self.name = name
        self.agent = agent
        resources = ResourceAmount(message.messages(4))
        let command = message.message(7)
        self.command = Command(command) ?? Command(shell: "")
        fetched = command?.messages(1).compactMap(Fetched.init) ?? []
        environment = Self.environment(of: command)
        user = command?.string(5)
        let container = message.message(9)
        image = container?.message(5)?.message(1)?.message(3)?.string(1)
        mounts = container?.messages(2).compactMap(Self.mount) ?? []
        networks = container?.messages(7).compactMap { $0.string(6) } ?? []
        labels = message.message(10)?.messages(1).map { ($0.string(1) ?? "", $0.string(2) ?? "") } ?? []
        ports = message.message(11)?.message(6)?.messages(1).map { ($0.string(2) ?? "", $0.uint(1) ?? 0) } ?? []
        grace = message.message(12).flatMap(graceSeconds) ?? Self.defaultGrace
        check = message.message(13).flatMap(Self.check)
        maxCompletion = message.message(14).flatMap(secondsOfDuration)
    }

    /// A task of our own, without limits.
    init(id: String, agent: String, image: String?, command: String, environment: [String: String], mount: Mount?) {
        self.id = id
        name = id
        self.agent = agent
        resources = ResourceAmount()
        self.command = Command(shell: command)
        fetched = []
        self.environment = environment.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        self.image = image
        mounts = mount.map { [$0] } ?? []
        networks = []
        labels = []
        ports = []
        grace = Self.defaultGrace
    }

    /// Mesos' own, in seconds (`recordings/mesos/03-kill`).
    private static let defaultGrace = 3.0

    private static func environment(of command: ProtoMessage?) -> [(name: String, value: String)] {
        command?.message(2)?.messages(1).map { ($0.string(1) ?? "", $0.string(2) ?? "") } ?? []
    }

    private static func mount(_ message: ProtoMessage) -> Mount? {
        guard let path = message.string(1), let name = message.message(5)?.message(2)?.string(2) else { return nil }
        return Mount(name: name, containerPath: path)
    }

    private static func check(_ message: ProtoMessage) -> Check? {
        guard message.uint(1) == 1, let command = Command(message.message(2)?.message(1)) else { return nil }
        // The defaults are Mesos'.
        return Check(
            command: command,
            delay: seconds(message.double(4), 15),
            interval: seconds(message.double(5), 10),
            timeout: seconds(message.double(6), 20)
        )
    }

    /// A year: what is longer, negative or no number at all is no time that anybody waits.
    private static let secondsMax = 31_536_000.0

    private static func seconds(_ value: Double?, _ usual: Double) -> Double {
        guard let value, value >= 0 else { return usual }
        return min(value, secondsMax)
    }
}
