import Model
import Testing

@testable import Lifecycle
@testable import Simulation

@Suite("Placement")
struct PlacementTests {
    /// A demand for a copy that lies on n1 (low) and n2 (high).
    private func demand(
        _ policy: Source.TierPolicy = Source.TierPolicy(),
        replicas: [Volume.Replica] = [Fixture.replica(1), Fixture.replica(2)],
        nodes: [StorageNode] = [Fixture.node(1), Fixture.node(2, [.high])],
        avoided: [String] = [],
        anyNode: Bool = false,
        network: PodPlan.Network = .named("mesos-bridge")
    ) -> Demand {
        var run = Fixture.run(source: Fixture.source(tier: policy, network: network))
        run.avoided = avoided.map { AgentID($0) }
        return Demand(run, place: 0, replicas: replicas, on: NodeIndex(nodes), anyNode: anyNode, at: Fixture.start)
    }

    private static func pile(_ offers: [Offer], _ role: String) -> AgentOffer {
        var pile = AgentOffer(offers[0], role: role)
        for offer in offers.dropFirst() { pile.add(offer, role: role) }
        return pile
    }

    private func refusal(
        _ demand: Demand,
        _ offers: [Offer] = [Fixture.offer()],
        on node: StorageNode? = Fixture.node(1),
        role: String = "*"
    ) -> Refusal? {
        switch match(demand, Self.pile(offers, role), node, Settings(role: role)) {
        case .success: nil
        case .failure(let refused): refused.reason
        }
    }

    private func fit(
        _ demand: Demand,
        _ offers: [Offer],
        on node: StorageNode = Fixture.node(1),
        role: String = "*"
    ) throws -> Fit {
        try match(demand, Self.pile(offers, role), node, Settings(role: role)).get()
    }

    @Test("an offer of the replica's own healthy node with enough of everything is taken")
    func fits() throws {
        #expect(refusal(demand()) == nil)
        let fit = try fit(demand(), [Fixture.offer()])
        #expect(fit.onReplica && fit.tier == .low && fit.node == NodeID("n1"))
        #expect(fit.ports == [31_000])
        #expect(fit.resources.executor == [.cut("cpus", 100), .cut("mem", 32_000), .cut("disk", 32_000)])
        let cassandra: [Resource] = [.cut("cpus", 1_000), .cut("mem", 3_072_000), .cut("disk", 32_000)]
        #expect(fit.resources.cassandra == cassandra + [.ports(31_000...31_000)])
        #expect(fit.resources.suite == [.cut("cpus", 500), .cut("mem", 512_000), .cut("disk", 32_000)])
    }

    @Test("who has no node, an unhealthy one, or has failed before is refused, in this order")
    func refusedAgents() {
        #expect(refusal(demand(avoided: ["a1"]), on: nil) == .noPortworx)
        let offline = Fixture.node(1, status: "STATUS_OFFLINE")
        #expect(refusal(demand(avoided: ["a1"]), on: offline) == .nodeUnhealthy)
        #expect(refusal(demand(avoided: ["a1"])) == .agentAvoided)
        #expect(refusal(demand(avoided: ["a2"])) == nil)
    }

    @Test("a node without a replica has to wait for its chance, and then has to be cheap enough")
    func elsewhere() throws {
        let third = Fixture.node(3, [.high, .low])
        #expect(refusal(demand(), on: third) == .notReplicaNode)
        #expect(refusal(demand(anyNode: true), on: third) == nil)
        #expect(refusal(demand(anyNode: true), on: Fixture.node(3, [.high])) == .tier)
        #expect(refusal(demand(anyNode: true), on: Fixture.node(3, [nil])) == .tier, "unknown is not cheap")
        #expect(refusal(demand(Source.TierPolicy(want: .high), anyNode: true), on: Fixture.node(3, [.high])) == nil)
        #expect(try !fit(demand(anyNode: true), [Fixture.offer()], on: third).onReplica)
    }

    @Test("a replica on a dearer pool is not used while a cheaper one has its chance")
    func dearerReplica() {
        let dear = Fixture.node(2, [.high])
        #expect(refusal(demand(), on: dear) == .tier)
        #expect(refusal(demand(anyNode: true), on: dear) == nil)
        let alone = demand(replicas: [Fixture.replica(2)])
        #expect(refusal(alone, on: dear) == nil, "there is no cheaper one")
    }

    @Test("a source that requires its tier takes no replica on a dearer or unknown pool, whatever the patience")
    func require() {
        let strict = Source.TierPolicy(want: .medium, require: true)
        for anyNode in [false, true] {
            let alone = demand(strict, replicas: [Fixture.replica(2)], anyNode: anyNode)
            #expect(refusal(alone, on: Fixture.node(2, [.high])) == .tier)
            #expect(refusal(alone, on: Fixture.node(2, [nil])) == .tier)
            #expect(refusal(alone, on: Fixture.node(2, [.medium])) == nil)
            #expect(refusal(alone, on: Fixture.node(2, [.low])) == nil, "cheaper is as good")
        }
    }

    @Test(
        "too little of a resource is refused under its name, one unit more is enough",
        arguments: [
            ("cpus", Int64(1), Int64(2), Refusal.cpus),
            ("mem", 3_615, 3_616, .memory),
            ("disk", 95, 96, .disk),
        ]
    )
    func scalars(name: String, short: Int64, enough: Int64, reason: Refusal) {
        #expect(refusal(demand(), [Fixture.offer("o", .plenty(but: name, short))]) == reason)
        #expect(refusal(demand(), [Fixture.offer("o", .plenty(but: name, enough))]) == nil)
    }

    @Test("in host mode every port that Cassandra binds is from the offer; elsewhere CQL's alone")
    func ports() throws {
        let base = [Resource].plenty.dropLast()
        func offer(_ ports: Resource) -> [Offer] { [Fixture.offer("o", base + [ports])] }
        #expect(refusal(demand(), [Fixture.offer("o", Array(base))]) == .ports)
        let host = demand(network: .host)
        #expect(refusal(host, offer(.ports(5...8))) == .ports)
        #expect(try fit(host, offer(.ports(5...6, 9...20))).ports == [5, 6, 9, 10, 11])
        #expect(try fit(host, offer(.ports(70_000...70_009, 5...9))).ports == [5, 6, 7, 8, 9], "a port has 16 bits")
    }

    @Test("what is reserved for our role is used first, for another role or special is left alone")
    func roles() throws {
        var resources: [Resource] = .plenty(but: "cpus", 1)
        resources.append(.scalar("cpus", 8, reservedFor: "other"))
        resources.append(.scalar("cpus", 8, special: true))
        #expect(refusal(demand(), [Fixture.offer("o", resources)], role: "mine") == .cpus)
        resources.append(.scalar("cpus", 1, reservedFor: "mine"))
        let fit = try fit(demand(), [Fixture.offer("o", resources)], role: "mine")
        let reserved = Resource.Reservation(dynamic: false, role: "mine")
        #expect(fit.resources.executor.first == .cut("cpus", 100, [reserved]))
        #expect(fit.resources.cassandra.prefix(2) == [.cut("cpus", 900, [reserved]), .cut("cpus", 100)])
        #expect(refusal(demand(), [Fixture.offer("o", resources)], role: "theirs") == .cpus)
    }

    @Test("a refined reservation belongs to the role that refined it last")
    func refined() {
        var cpus = Resource.scalar("cpus", 8)
        cpus.reservations = [.init(dynamic: false, role: "mine"), .init(dynamic: true, role: "mine/other")]
        let offer = Fixture.offer("o", [cpus] + [Resource].plenty.dropFirst())
        #expect(refusal(demand(), [offer], role: "mine") == .cpus)
        #expect(refusal(demand(), [offer], role: "mine/other") == nil)
    }

    @Test("two offers of one agent count as one")
    func merged() throws {
        let half: [Resource] = [.scalar("cpus", 1), .scalar("mem", 2_000), .scalar("disk", 60), .ports(1...1)]
        #expect(refusal(demand(), [Fixture.offer("o", half)]) == .cpus)
        let other: [Resource] = [.scalar("cpus", 1), .scalar("mem", 2_000), .scalar("disk", 60)]
        let fit = try fit(demand(), [Fixture.offer("o", half), Fixture.offer("p", other)])
        #expect(fit.resources.cassandra.first == .cut("cpus", 900))
    }

    @Test("no part of a pod is cut from what another part took")
    func disjoint() throws {
        let fit = try fit(demand(), [Fixture.offer("o", .plenty(but: "cpus", 2))])
        let all = fit.resources.executor + fit.resources.cassandra + fit.resources.suite
        let cpus = all.filter { $0.name == "cpus" }.map(\.value)
        #expect(cpus == [.scalar(thousandths: 100), .scalar(thousandths: 1_000), .scalar(thousandths: 500)])
    }

    @Test("every reason has a sentence of its own")
    func sentences() {
        #expect(Set(Refusal.allCases.map(\.sentence)).count == Refusal.allCases.count)
        #expect(Set(Refusal.allCases.map(\.rawValue)).count == Refusal.allCases.count)
    }
}

extension Fixture {
    fileprivate static func offer(_ id: String, _ resources: [Resource]) -> Offer { offer(id, agent: 1, resources) }
}

extension Resource {
    fileprivate static func cut(_ name: String, _ thousandths: Int64, _ reservations: [Reservation] = []) -> Self {
        Resource(name: name, value: .scalar(thousandths: thousandths), reservations: reservations)
    }
}
