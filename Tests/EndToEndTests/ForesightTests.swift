import Lifecycle
import Model
import Testing

@testable import understudy

/// What the doctor foretells of a run, on clusters that are made up.
@Suite("The doctor's foresight")
struct ForesightTests {
    private static let now = Instant(milliseconds: 1_800_000_000_000)
    private static let name = SourceName("app")

    private static func node(_ name: String, _ tier: Tier) -> StorageNode {
        StorageNode(id: NodeID(name), hostname: name, pools: [StoragePool(id: PoolID("pool-\(name)"), tier: tier)])
    }

    private static func offer(_ hostname: String, milliCPUs: Int64 = 4_000) -> Offer {
        Offer(
            id: OfferID("offer-\(hostname)"),
            agentID: AgentID("agent-\(hostname)"),
            hostname: hostname,
            resources: [
                Resource(name: "cpus", value: .scalar(thousandths: milliCPUs)),
                Resource(name: "mem", value: .scalar(thousandths: 8_000_000)),
                Resource(name: "disk", value: .scalar(thousandths: 8_000_000)),
                Resource(name: "ports", value: .ranges([31_000...31_099])),
            ]
        )
    }

    private static func volume(on nodes: String...) -> Volume {
        Volume(
            id: VolumeID("1"),
            name: "production",
            replicas: nodes.map { Volume.Replica(node: NodeID($0), pool: PoolID("pool-\($0)")) }
        )
    }

    private static func outlook(
        _ volume: Volume?,
        tier: Source.TierPolicy = Source.TierPolicy(),
        offers: [Offer]
    ) -> Foresight.Outlook {
        let cassandra = Source.Cassandra(image: "cassandra:3.11", clusterName: "app")
        let source = Source(name: name, volume: "production", cassandra: cassandra, tier: tier)
        return Foresight(
            Settings(),
            sources: [source],
            nodes: [node("hdd-1", .low), node("hdd-2", .low), node("ssd-1", .high)],
            readings: [name: [volume]],
            offers: offers,
            now: now
        ).outlook(name)
    }

    @Test("with room beside its copy it starts")
    func starts() {
        #expect(Self.outlook(Self.volume(on: "hdd-1"), offers: [Self.offer("hdd-1"), Self.offer("ssd-1")]) == .starts)
    }

    @Test("with room on another node alone it starts there, once its own node had its chance")
    func elsewhere() {
        let offers = [Self.offer("hdd-1", milliCPUs: 100), Self.offer("hdd-2")]
        #expect(
            Self.outlook(Self.volume(on: "hdd-1"), offers: offers)
                == .startsElsewhere(after: Settings().replicaPatience)
        )
    }

    @Test("without room it waits, and the nearest miss is named")
    func waits() {
        let offers = [Self.offer("hdd-1", milliCPUs: 1_000), Self.offer("hdd-2", milliCPUs: 500)]
        guard case .waits(let sentence) = Self.outlook(Self.volume(on: "hdd-1"), offers: offers) else {
            Issue.record("it does not wait")
            return
        }
        #expect(sentence.contains("nearest miss hdd-1"), "\(sentence)")
        guard case .waits = Self.outlook(Self.volume(on: "hdd-1"), offers: []) else {
            Issue.record("it does not wait where nothing is free at all")
            return
        }
    }

    @Test("a tier that is required and cannot be had keeps it from starting, one that is wished for does not")
    func tier() {
        let offers = [Self.offer("ssd-1"), Self.offer("hdd-1")]
        let required = Source.TierPolicy(want: .low, copy: .tieredSnapshot, require: true)
        let outlook = Self.outlook(Self.volume(on: "ssd-1"), tier: required, offers: offers)
        switch outlook {
        case .ends(let reason): #expect(reason.contains("high"), "\(reason)")
        case .waits(let sentence): #expect(sentence.contains("high"), "\(sentence)")
        case .starts, .startsElsewhere: Issue.record("\(outlook)")
        }
        let wished = Source.TierPolicy(want: .low, copy: .inPlace, require: false)
        #expect(Self.outlook(Self.volume(on: "hdd-1", "ssd-1"), tier: wished, offers: offers) == .starts)
    }

    @Test("without its volume it does not start")
    func missing() {
        let outlook = Self.outlook(nil, offers: [Self.offer("hdd-1")])
        switch outlook {
        case .ends(let why), .waits(let why): #expect(why.contains("production"), "\(why)")
        case .starts, .startsElsewhere: Issue.record("\(outlook)")
        }
    }
}
