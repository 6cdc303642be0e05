import Model
import Testing

@testable import Lifecycle
@testable import Simulation

@Suite("Which Portworx node is on an agent's host")
struct NodeIndexTests {
    private let index = NodeIndex([
        StorageNode(id: NodeID("n1"), managementAddress: "10.0.0.1", dataAddress: "10.1.0.1", hostname: "alpha"),
        StorageNode(id: NodeID("n2"), managementAddress: "10.0.0.2", schedulerName: "beta.example.org"),
        StorageNode(id: NodeID("n3"), managementAddress: "127.0.0.1", hostname: "gamma"),
        StorageNode(id: NodeID("n4"), managementAddress: "127.0.0.1", hostname: "delta"),
    ])

    @Test(
        "by address, then host name with or without its domain, then the scheduler's name",
        arguments: [
            ("x", "10.0.0.1", "n1"), ("x", "10.1.0.1", "n1"), ("10.0.0.2", nil, "n2"),
            ("alpha", nil, "n1"), ("alpha.example.org", nil, "n1"), ("beta.example.org", nil, "n2"),
            ("alpha", "10.0.0.2", "n2"), ("alpha", "10.9.9.9", "n1"),
            ("gamma", "127.0.0.1", "n3"), ("delta", "127.0.0.1", "n4"),
        ] as [(String, String?, String)]
    )
    func meets(hostname: String, address: String?, node: String) {
        let offer = Offer(id: OfferID("o"), agentID: AgentID("a"), hostname: hostname, address: address)
        #expect(index.node(of: offer)?.id == NodeID(node))
    }

    @Test("an address that two nodes share, an empty name and a stranger lead nowhere")
    func meetsNone() {
        for (hostname, address) in [("x", "127.0.0.1"), ("127.0.0.1", nil), ("", ""), ("alphabet", nil), ("beta", nil)]
        {
            let offer = Offer(id: OfferID("o"), agentID: AgentID("a"), hostname: hostname, address: address)
            #expect(index.node(of: offer) == nil, "\(hostname)")
        }
    }

    @Test("where nothing else matches, the operator's word counts, and only there")
    func told() {
        let told = NodeIndex(index.nodes, agentNodes: ["x": "gamma", "alpha": "delta", "y": "nobody", "z": "10.0.0.2"])
        func node(_ hostname: String) -> NodeID? {
            told.node(of: Offer(id: OfferID("o"), agentID: AgentID("a"), hostname: hostname))?.id
        }
        #expect(node("x") == NodeID("n3") && node("alpha") == NodeID("n1") && node("z") == NodeID("n2"))
        #expect(node("y") == nil)
    }

    @Test("a replica's pool is the named one, or the only one of its node")
    func pools() {
        let index = NodeIndex([Fixture.node(1, [.low, .high]), Fixture.node(2, [.medium]), Fixture.node(3, [nil])])
        #expect(index.tier(of: Fixture.replica(1, pool: 1)) == .high)
        #expect(index.tier(of: Fixture.replica(1, pool: nil)) == nil, "it may be either")
        #expect(index.tier(of: Fixture.replica(1, pool: 7)) == nil)
        #expect(index.tier(of: Fixture.replica(2, pool: nil)) == .medium)
        #expect(index.tier(of: Fixture.replica(9)) == nil)
    }

    @Test("replicas are as dear as the dearest of them, and unknown when one is")
    func dearest() {
        let index = NodeIndex([Fixture.node(1, [.low]), Fixture.node(2, [.medium]), Fixture.node(3, [nil])])
        #expect(index.dearest(of: []) == nil)
        #expect(index.dearest(of: [Fixture.replica(1)]) == .low)
        #expect(index.dearest(of: [Fixture.replica(1), Fixture.replica(2)]) == .medium)
        #expect(index.dearest(of: [Fixture.replica(1), Fixture.replica(3)]) == nil)
    }
}
