import Lifecycle
import Model

/// Names and things that most tests speak of: one source on one volume, nodes `n1`… on agents `a1`….
enum Fixture {
    static let install = "install-1"
    static let start = Instant(milliseconds: 1_700_000_000_000)
    static let guestbook = SourceName("guestbook")
    static let sourceVolume = VolumeID("100")
    /// Of a ring's nodes, the first among them.
    static let production = (100..<103).map { VolumeID("\($0)") }
    static let silence = Fault(code: "test.silence", message: "no answer", transient: true)
    static let no = Fault(code: "test.no", message: "not now", transient: true)
    static let never = Fault(code: "test.never", message: "never", transient: false)

    static func source(
        tier: Source.TierPolicy = Source.TierPolicy(),
        limits: Source.Limits = Source.Limits(),
        network: PodPlan.Network = .named("mesos-bridge"),
        quiesce: Source.Quiesce? = nil,
        nodes: Int = 1
    ) -> Source {
        let others = (1..<nodes).map { Source.Member(volume: "app-production-\($0 + 1)") }
        return Source(
            name: guestbook,
            volume: "app-production",
            others: others.isEmpty ? nil : others,
            cassandra: Source.Cassandra(image: "cassandra:3.11", clusterName: "guestbook"),
            network: network,
            tier: tier,
            limits: limits,
            quiesce: quiesce
        )
    }

    static func spec(
        key: String? = nil,
        lease: Span? = nil,
        keepOnFailure: Span? = nil,
        sameDataAs: String? = nil,
        priority: Int = 0
    ) -> RunSpec {
        RunSpec(
            key: key,
            source: guestbook,
            suite: RunSpec.Suite(image: "suite:1", command: "true"),
            lease: lease,
            keepOnFailure: keepOnFailure,
            sameDataAs: sameDataAs.map { RunID($0) },
            priority: priority
        )
    }

    /// A service run.
    static func service(key: String? = nil, lease: Span? = nil, opens: String? = nil) -> RunSpec {
        RunSpec(key: key, source: guestbook, lease: lease, opens: opens.map { RunID($0) })
    }

    /// A healthy node `n<number>` with one pool of each of these classes.
    static func node(_ number: Int, _ tiers: [Tier?] = [.low], status: String = "STATUS_OK") -> StorageNode {
        StorageNode(
            id: NodeID("n\(number)"),
            status: status,
            managementAddress: "10.0.0.\(number)",
            dataAddress: "10.1.0.\(number)",
            hostname: "host\(number)",
            pools: tiers.enumerated().map { StoragePool(id: PoolID("n\(number)p\($0)"), index: $0, tier: $1) }
        )
    }

    static func replica(_ number: Int, pool: Int? = 0) -> Volume.Replica {
        Volume.Replica(node: NodeID("n\(number)"), pool: pool.map { PoolID("n\(number)p\($0)") })
    }

    static func offer(_ id: String = "o1", agent number: Int = 1, _ resources: [Resource] = .plenty) -> Offer {
        Offer(
            id: OfferID(id),
            agentID: AgentID("a\(number)"),
            hostname: "host\(number).example.org",
            address: "10.0.0.\(number)",
            port: 5_051,
            resources: resources
        )
    }

    static func state(_ source: Source = source(), settings: Settings = Settings()) -> SystemState {
        SystemState(settings: settings, install: install, sources: [source])
    }
}

extension Resource {
    static func scalar(_ name: String, _ amount: Int64, reservedFor role: String? = nil, special: Bool = false) -> Self
    {
        Resource(
            name: name,
            value: .scalar(thousandths: amount * 1_000),
            reservations: role.map { [Reservation(dynamic: false, role: $0)] } ?? [],
            special: special
        )
    }

    static func ports(_ ranges: ClosedRange<UInt64>..., reservedFor role: String? = nil) -> Self {
        Resource(
            name: "ports",
            value: .ranges(ranges),
            reservations: role.map { [Reservation(dynamic: false, role: $0)] } ?? []
        )
    }
}

extension [Resource] {
    /// Enough for two pods or so.
    static var plenty: Self {
        [.scalar("cpus", 8), .scalar("mem", 16_000), .scalar("disk", 10_000), .ports(31_000...31_099)]
    }

    /// Plenty, but with this much of one scalar.
    static func plenty(but name: String, _ amount: Int64) -> Self {
        plenty.map { $0.name == name ? .scalar(name, amount) : $0 }
    }
}
