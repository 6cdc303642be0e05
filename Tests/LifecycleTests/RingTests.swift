import Foundation
import Model
import Testing

@testable import Lifecycle
@testable import Simulation

@Suite("A ring of several volumes")
struct RingTests {
    /// Three volumes, each on two of four cheap nodes.
    private func world(
        agents: Int = 4,
        network: PodPlan.Network = .named("mesos-bridge"),
        quiesce: Source.Quiesce? = nil,
        script: [PodScript] = [PodScript()]
    ) -> World {
        let source = Fixture.source(network: network, quiesce: quiesce, nodes: 3)
        var world = World(source: source, nodes: (1...4).map { Fixture.node($0) })
        for number in stride(from: 4, to: agents, by: -1) { world.agents[AgentID("a\(number)")] = nil }
        world.script["r1"] = script
        return world
    }

    @Test("is copied, placed and started as one: a set of snapshots, an agent a node, the suite beside the first")
    func starts() throws {
        var world = world()
        world.submit("r1")
        world.play(until: "r1", .testing)
        let run = try #require(world.run("r1"))
        #expect(run.snapshot?.map(\.value) == (1...3).map { "understudy-r1-s\($0)" })
        #expect(run.clone?.map(\.value) == (0...2).map { "understudy-r1-\($0)-c\($0 + 1)" })
        let ring = run.current
        #expect(Set(ring.map(\.agent)).count == 3)
        #expect(ring.map(\.cassandra.id.value) == (0...2).map { "understudy.r1.\($0).\($0 + 1)" })
        #expect(ring.map { $0.suite != nil } == [true, false, false])
        #expect(Set(ring.map(\.ports)).count == 1 && ring.first?.ports.count == 2, "CQL and storage, the same on all")
        #expect(ring.allSatisfy { $0.seal?.report != nil }, "each helper's report is read")
        #expect(try #require(run.dataSpread) >= .zero)
        world.play(until: "r1", .ended)
        #expect(world.run("r1")?.result == .passed)
        #expect(world.pods(of: "r1").count == 3 && world.pods(of: "r1").allSatisfy { !$0.isLive })
        #expect(world.standingCopies.isEmpty && world.deleted.count == 6)
    }

    @Test("of nodes in the host's network has CQL and storage in common, and the rest for each agent itself")
    func hostPorts() throws {
        var world = world(network: .host)
        world.submit("r1", Fixture.service())
        world.play(until: "r1", .ready)
        let ports = try #require(world.run("r1")?.current.map(\.ports))
        #expect(ports.allSatisfy { $0.count == 5 && Set($0).count == 5 })
        #expect(Set(ports.map { Array($0.prefix(2)) }).count == 1)
    }

    @Test("waits for as many agents as it has nodes, holds none of them meanwhile, and says so")
    func waits() throws {
        var world = world(agents: 2)
        world.submit("r1")
        world.play(for: .seconds(30))
        #expect(world.phase("r1") == .requested && world.standingCopies.isEmpty)
        let why = try #require(world.state.explain(RunID("r1"), at: world.now))
        #expect(why.reasons.first?.reason == .ringIncomplete)
        let words = "that would do, while another node of the ring found no agent"
        #expect(why.sentence.contains(words), "\(why.sentence)")
        #expect(world.run("r1")?.attempts.isEmpty == true)
        world.agents[AgentID("a3")] = WorldAgent(number: 3)
        world.play(until: "r1", .ended)
        #expect(world.run("r1")?.result == .passed)
    }

    @Test("finds its agents together also where their offers were given back at different times")
    func gathers() {
        var world = world(agents: 3)
        for number in 1...3 {
            world.agents[AgentID("a\(number)")]?.refusedUntil = world.now + .seconds(Int64(number) * 2)
        }
        world.submit("r1")
        world.play(until: { $0.phase("r1") == .ended }, within: .minutes(3))
        #expect(world.run("r1")?.result == .passed)
    }

    @Test("that loses a node is ended, and made anew of fresh clones of the same snapshots elsewhere")
    func loses() throws {
        var second = PodScript()
        second.cassandraDiesAfter = .seconds(8)
        var world = world(script: [PodScript(suite: .hangs), second, PodScript(), PodScript()])
        world.submit("r1")
        world.play(until: { $0.run("r1")?.attempts.count == 6 })
        let run = try #require(world.run("r1"))
        #expect(run.clone?.map(\.value) == (0...2).map { "understudy-r1-\($0)-c\($0 + 4)" })
        #expect(run.snapshotAttempts == 3 && run.failures == 1)
        #expect(run.avoided == [run.attempts[1].agent], "the agent of the node that was lost")
        #expect(!run.current.contains { run.avoided.contains($0.agent) }, "the fourth takes its place")
        world.play(until: "r1", .ended)
        #expect(world.run("r1")?.result == .passed)
        #expect(world.pods(of: "r1").count == 6 && world.standingCopies.isEmpty)
    }

    @Test("that has lost a node is made anew on that node's agent where there is no other")
    func returns() throws {
        var second = PodScript()
        second.cassandraDiesAfter = .seconds(8)
        var world = world(agents: 3, script: [PodScript(suite: .hangs), second, PodScript(), PodScript()])
        world.submit("r1")
        world.play(until: "r1", .ended)
        let run = try #require(world.run("r1"))
        #expect(run.result == .passed && run.launches == 2)
        #expect(run.current.contains { run.avoided.contains($0.agent) })
    }

    @Test("of which one node cannot be sealed says which, and why")
    func sealFault() {
        var world = world(script: [PodScript(), PodScript(sealFault: .wrongSettings), PodScript()])
        world.submit("r1")
        world.play(until: "r1", .ended)
        #expect(world.run("r1")?.result == .error)
        let words = "sealing of node 2 of 3 on host2.example.org failed (wrongSettings): because"
        #expect(world.run("r1")?.reason == words)
        #expect(world.standingCopies.isEmpty)
    }

    @Test("of which one launch came to nothing is not tried again on clones that the others may have written to")
    func dropped() throws {
        var world = world()
        world.order(.refused(Fixture.no), times: 1) { $0.isA("launch") }
        world.submit("r1")
        world.play(until: "r1", .ended)
        let run = try #require(world.run("r1"))
        #expect(run.result == .passed && run.failures == 0 && run.droppedLaunches == 1)
        #expect(run.attempts.count == 6 && Set(run.attempts.map(\.clone)).count == 6)
    }

    @Test("is ready when all of its nodes are: while one is out of sight, it waits for that one")
    func outOfSight() {
        var world = world(script: [PodScript(suite: .hangs)])
        world.submit("r1")
        world.play(until: "r1", .testing)
        let agent = world.run("r1")?.current.last?.agent ?? AgentID("none")
        world.lose(agent, for: .seconds(60))
        world.play(for: .seconds(20))
        #expect(world.run("r1")?.obstacle?.contains("is out of sight since") == true)
        world.play(for: .minutes(2))
        #expect(world.phase("r1") == .testing && world.run("r1")?.obstacle == nil)
    }

    @Test("is tested again on the same snapshots, and its kept clones are opened as a ring")
    func again() throws {
        var world = world(script: [PodScript(suite: .exits(1)), PodScript()])
        world.submit("r1", Fixture.spec(keepOnFailure: .hours(2)))
        world.play(until: "r1", .ended)
        #expect(world.standingCopies.count == 6)
        world.submit("r2", Fixture.spec(sameDataAs: "r1"))
        world.play(until: "r2", .ended)
        #expect(world.run("r2")?.result == .passed && world.run("r2")?.snapshotAttempts == 0)
        #expect(world.run("r2")?.dataSpread == world.run("r1")?.dataSpread)
        world.submit("o1", Fixture.service(opens: "r1"))
        world.play(until: "o1", .ready)
        #expect(world.run("o1")?.clone == world.run("r1")?.clone)
        world.play(for: .hours(3), every: .seconds(30))
        #expect(world.standingCopies.isEmpty)
    }

    @Test("is reset as a whole, wherever all of it finds room")
    func resets() throws {
        var world = world()
        world.submit("r1", Fixture.service())
        world.play(until: "r1", .ready)
        world.frame([.command(.reset, RunID("r1"))])
        world.play(until: { $0.run("r1")?.attempts.count == 6 && $0.phase("r1") == .ready })
        #expect(world.run("r1")?.preference == nil && world.run("r1")?.snapshotAttempts == 3)
        #expect(world.run("r1")?.launches == 2)
    }

    @Test("is flushed on every node that production is on before the first snapshot")
    func flushes() throws {
        var world = world(quiesce: Source.Quiesce(timeout: .seconds(30), onFailure: .fail))
        world.submit("r1")
        world.play(until: "r1", .ended)
        let run = try #require(world.run("r1"))
        #expect(run.result == .passed && world.flushes == [run.id, run.id, run.id])
        #expect(run.flush?.map { $0.agent?.value } == ["a1", "a2", "a3"])
        #expect(run.flush?.map { $0.task?.id.value } == (1...3).map { "understudy.r1.flush.\($0)" })
    }

    @Test("one of whose volumes is not there ends the run, and names it")
    func missingVolume() {
        var world = world()
        world.volumes[Fixture.production[2]] = nil
        world.checks.production[Fixture.production[2]] = nil
        world.submit("r1")
        world.play(until: "r1", .ended)
        #expect(world.run("r1")?.reason == "the source's volume app-production-3 does not exist in Portworx")
    }

    @Test("is inspected by its first node alone")
    func inspects() {
        var world = world()
        world.submit("r1", RunSpec(source: Fixture.guestbook, inspects: true))
        world.play(until: { $0.run("r1")?.attempts.isEmpty == false })
        #expect(world.run("r1")?.current.count == 1 && world.run("r1")?.snapshot?.count == 1)
    }

    @Test("is forecast with all that it takes")
    func forecast() {
        var world = world(agents: 3)
        world.frame([.look(Fixture.guestbook)])
        world.play(for: .seconds(3))
        let forecast = world.state.forecast(Fixture.spec(), at: world.now)
        #expect(forecast.copies == [.snapshot, .snapshot, .snapshot, .clone, .clone, .clone])
        #expect(forecast.agents == 3 && forecast.ports == 6 && forecast.places.count == 3)
        #expect(forecast.memoryMB == 3 * (Settings().executorMemoryMB + 3_072) + 512)
    }

    @Test("a copy of other volumes than its source has now is not used again")
    func otherVolumes() {
        var world = world(script: [PodScript(suite: .exits(1))])
        world.submit("r1", Fixture.spec(keepOnFailure: .hours(2)))
        world.play(until: "r1", .ended)
        let state = world.state
        let smaller = SystemState(
            settings: state.settings,
            install: state.install,
            sources: [Fixture.source()],
            frameworkID: state.frameworkID,
            runs: Array(state.runs.values),
            copies: Array(state.copies.values)
        )
        for spec in [Fixture.spec(sameDataAs: "r1"), Fixture.service(opens: "r1")] {
            guard case .refused(let refusal) = smaller.admit(spec) else {
                Issue.record("three volumes were taken for one")
                continue
            }
            #expect(refusal.message == "run r1 had 3 of its source's volumes, which are 1 now")
        }
    }

    @Test("what there is one of is written as that one, and read so")
    func coding() throws {
        let one = OneOrMore(only: CopyName("a"))
        let several = try #require(OneOrMore([CopyName("a"), CopyName("b")]))
        #expect(String(decoding: try JSONEncoder().encode([one]), as: UTF8.self) == #"["a"]"#)
        #expect(String(decoding: try JSONEncoder().encode([several]), as: UTF8.self) == #"[["a","b"]]"#)
        for text in [#"["a"]"#, #"[["a"]]"#] {
            #expect(try JSONDecoder().decode([OneOrMore<CopyName>].self, from: Data(text.utf8)) == [one])
        }
        #expect(try JSONDecoder().decode([OneOrMore<CopyName>].self, from: Data(#"[["a","b"]]"#.utf8)) == [several])
        for text in ["[[]]", "[7]", #"[["a",7]]"#] {
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode([OneOrMore<CopyName>].self, from: Data(text.utf8))
            }
        }
    }
}
