import Model
import Testing

@testable import Lifecycle
@testable import Simulation

@Suite("Agents for a ring")
struct RingPlacementTests {
    private static func pile(_ ranges: ClosedRange<UInt64>...) -> ResourcePile {
        ResourcePile(ranges.map { Resource.ports($0) }, role: "*")
    }

    @Test("the lowest port numbers that all have are taken, from whatever ranges they are in")
    func commonPorts() {
        let first = Self.pile(31_000...31_004, 40_000...40_010)
        let second = Self.pile(31_004...31_020, 40_003...40_003)
        let third = Self.pile(30_000...50_000)
        #expect(ResourcePile.commonPorts(of: [first, second, third], 2) == [31_004, 40_003])
        #expect(ResourcePile.commonPorts(of: [first, second, third], 3) == nil)
        #expect(ResourcePile.commonPorts(of: [third], 2) == [30_000, 30_001])
        #expect(ResourcePile.commonPorts(of: [first, Self.pile(1...2)], 1) == nil)
        #expect(ResourcePile.commonPorts(of: [Self.pile(70_000...70_009), Self.pile(70_000...70_009)], 1) == nil)
    }

    @Test("ports that have to be there are cut out beside others, or none is")
    func cutPorts() {
        var pile = Self.pile(31_000...31_004, 40_000...40_001)
        #expect(pile.takePorts(3, among: [31_002, 40_001])?.ports == [31_002, 40_001, 31_000])
        #expect(pile.portCount == 4)
        #expect(pile.takePorts(2, among: [31_002]) == nil, "it is taken")
        #expect(pile.portCount == 4)
    }

    @Test("a node gives way where it has another agent and the next one has not")
    func augments() throws {
        // Node 1's copy lies on n1 and n2; node 2's on n2 alone, since n3 has no agent: the first must not keep n2.
        let source = Fixture.source(nodes: 2)
        var world = World(source: source, nodes: [Fixture.node(1), Fixture.node(2), Fixture.node(3)])
        world.agents[AgentID("a3")] = nil
        let replicas = [Fixture.replica(2), Fixture.replica(1)]
        world.volumes[Fixture.production[0]]?.replicas = replicas
        world.checks.production[Fixture.production[0]]?.replicas = replicas
        world.submit("r1")
        world.play(until: { $0.run("r1")?.current.count == 2 })
        #expect(world.run("r1")?.current.map(\.agent.value) == ["a1", "a2"])
    }

    @Test("agents without a port number in common are refused for that")
    func noCommonPorts() throws {
        var state = Fixture.state(Fixture.source(nodes: 2))
        _ = state.step(.subscribed(FrameworkID("f")), at: Fixture.start)
        _ = state.step(.nodesRead(.success([Fixture.node(1), Fixture.node(2), Fixture.node(3)])), at: Fixture.start)
        let volumes = Fixture.production.prefix(2).enumerated().map { place, id in
            Volume(id: id, name: "p\(place)", replicas: [Fixture.replica(place + 1)])
        }
        _ = state.step(.sourceRead(Fixture.guestbook, .success(volumes)), at: Fixture.start)
        _ = state.step(.submitted(Fixture.spec(), as: RunID("r1")), at: Fixture.start)
        func offers(_ second: UInt64) -> [Offer] {
            [1, 2].map { number in
                var resources: [Resource] = .plenty
                resources[3] = .ports(number == 1 ? 31_000...31_099 : second...second + 99)
                return Fixture.offer("o\(number)-\(second)", agent: number, resources)
            }
        }
        _ = state.step(.offers(offers(32_000)), at: Fixture.start)
        #expect(state.waits[RunID("r1")]?.refusals.keys.sorted { $0.rawValue < $1.rawValue } == [.ringPorts])
        #expect(state.waits[RunID("r1")]?.fitAt == nil)
        _ = state.step(.offers(offers(31_098)), at: Fixture.start)
        #expect(state.waits[RunID("r1")]?.fitAt == Fixture.start, "two in common are enough")
    }

    @Test(
        "a ring that has waited long keeps the agents that could hold it, and one that they could not keeps none",
        arguments: [2, 3]
    )
    func keeps(nodes: Int) throws {
        var ring = Fixture.source(nodes: nodes)
        ring.name = SourceName("ring")
        var state = SystemState(settings: Settings(), install: Fixture.install, sources: [ring, Fixture.source()])
        _ = state.step(.subscribed(FrameworkID("f")), at: Fixture.start)
        _ = state.step(.nodesRead(.success((1...3).map { Fixture.node($0) })), at: Fixture.start)
        let later = Fixture.start + state.settings.elderPatience + .seconds(1)
        func read(_ count: Int, _ name: SourceName, at now: Instant) {
            let volumes = (0..<count).map { place in
                let replicas = [1, 2, 3].map { Fixture.replica($0) }
                return Volume(id: Fixture.production[place], name: "p\(place)", replicas: replicas)
            }
            _ = state.step(.sourceRead(name, .success(volumes)), at: now)
        }
        // The second agent has too little of one thing; a third has nothing to offer.
        let offers = [Fixture.offer("o1", agent: 1), Fixture.offer("o2", agent: 2, .plenty(but: "cpus", 1))]
        read(nodes, ring.name, at: Fixture.start)
        _ = state.step(.submitted(RunSpec(source: ring.name), as: RunID("elder")), at: Fixture.start)
        _ = state.step(.offers(offers), at: Fixture.start)
        #expect(state.waits[RunID("elder")]?.refusals[.ringIncomplete]?.count == 1)
        read(1, Fixture.guestbook, at: later)
        _ = state.step(.submitted(Fixture.service(), as: RunID("younger")), at: later)
        _ = state.step(.offers(offers), at: later)
        let wait = try #require(state.waits[RunID("younger")])
        #expect((wait.refusals[.keptForElder]?.count == 1) == (nodes == 2), "\(wait.refusals)")
        #expect((wait.fitAt == nil) == (nodes == 2))
    }
}
