public import Model

/// How the helper is run around a copy of a Cassandra volume: what a task runs, with which environment, and how it is asked.
public struct CassandraBoot: Hashable, Sendable {
    /// Where the clone is mounted, and where the image keeps its data.
    public static let dataPath = "/var/lib/cassandra"
    /// What the helper is called in a sandbox.
    public static let helperName = "copyboot"
    /// Where that is in a container.
    public static let helperPath = "\(PodPlan.sandbox)/\(helperName)"

    /// What it is told.
    public var order: BootOrder
    /// In MiB; nil leaves it to the image.
    public var heapMB: Int64?

    /// Wraps both.
    public init(order: BootOrder, heapMB: Int64?) {
        self.order = order
        self.heapMB = heapMB
    }

    /// Of the cassandra task; in the place of the image's entry point, which would change the owner of a whole volume.
    public var command: PodPlan.Command { .program(Self.helperPath, arguments: ["boot"]) }

    /// In order of the key.
    public var environment: [Label] {
        var variables = order.environment
        if let heapMB {
            // The image wants both or neither; a quarter is what its own script would take of a small heap.
            variables += [Label("MAX_HEAP_SIZE", "\(heapMB)M"), Label("HEAP_NEWSIZE", "\(max(1, heapMB / 4))M")]
        }
        return variables.sorted { $0.key < $1.key }
    }

    /// Exits with the sealing step; all that it needs stands in its arguments.
    public var check: PodPlan.Check {
        PodPlan.Check(
            command: .program(
                Self.helperPath,
                arguments: ["check", PodPlan.sandbox, order.reachable, "\(order.ports.published)"]
            ),
            interval: .seconds(1),
            timeout: .seconds(5),
            delay: .zero
        )
    }

    /// Of a suite's task: what its container has runs only once the copy is published.
    ///
    /// - Parameter shell: for `/bin/sh -c`.
    /// - Returns: the helper, which becomes that shell.
    public static func awaiting(_ shell: String) -> PodPlan.Command {
        .program(helperPath, arguments: ["await", "/bin/sh", "-c", shell])
    }

    /// What ``awaiting(_:)`` has to know beside where the copy answers: of a ring, where all of them do.
    public var awaitEnvironment: [Label] {
        let names: [BootOrder.Name] = [.cluster, .helper, .ring, .ringPlace]
        return order.environment.filter { variable in names.contains { $0.rawValue == variable.key } }
    }
}
