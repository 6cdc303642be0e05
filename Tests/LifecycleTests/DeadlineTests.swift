import Model
import Testing

@testable import Lifecycle
@testable import Simulation

@Suite("What runs out ends with the phase and the last obstacle")
struct DeadlineTests {
    /// Plays a run that never gets out of a phase, and says how long it was in it.
    private func stuck(
        in phase: Phase,
        _ spec: RunSpec = Fixture.spec(),
        _ prepare: (inout World) -> Void
    ) -> (run: Run?, seconds: Double) {
        var world = World(nodes: [Fixture.node(1), Fixture.node(2)])
        prepare(&world)
        world.submit("r1", spec)
        world.play(until: { $0.phase("r1") == .ended }, within: .hours(3), every: .seconds(5))
        let phases = world.run("r1")?.phases ?? []
        guard let index = phases.firstIndex(where: { $0.phase == phase }), index + 1 < phases.count else {
            return (world.run("r1"), 0)
        }
        return (world.run("r1"), (phases[index + 1].at - phases[index].at).seconds)
    }

    @Test("requested: no fitting offer for 30 minutes")
    func requested() {
        let (run, seconds) = stuck(in: .requested) { world in world.agents = [:] }
        #expect(run?.result == .error)
        #expect(run?.reason == "no way out of phase requested within 30m: no fitting offer in the last 1m")
        #expect((1_800...1_810).contains(seconds))
        #expect(run?.snapshot == nil, "no volume is held for a run that cannot be placed")
    }

    @Test("requested: a source that cannot be read is the obstacle")
    func unreadable() {
        let (run, _) = stuck(in: .requested) { world in
            world.order(.refused(Fixture.no), times: 10_000) { $0.isA("readSource") }
        }
        #expect(run?.reason?.contains("the source's volume cannot be read: test.no") == true)
    }

    @Test("snapshotting: nothing made within 10 minutes")
    func snapshotting() {
        let (run, seconds) = stuck(in: .snapshotting) { world in
            world.order(.refused(Fixture.no), times: 10_000) { $0.isA("create") }
        }
        #expect(run?.reason == "no way out of phase snapshotting within 10m: test.no: not now")
        #expect((600...610).contains(seconds))
    }

    @Test("cloning: nothing made within 10 minutes")
    func cloning() {
        let (run, seconds) = stuck(in: .cloning) { world in
            world.order(.refused(Fixture.no), times: 10_000) { $0.isClone }
        }
        #expect(run?.reason == "no way out of phase cloning within 10m: test.no: not now")
        #expect((600...610).contains(seconds))
    }

    @Test("waiting: the same data is not refreshed, and nobody waits for more than 30 minutes")
    func waiting() {
        var world = World()
        world.script["r1"] = [PodScript(suite: .exits(1))]
        world.submit("r1", Fixture.spec(keepOnFailure: .hours(5)))
        world.play(until: "r1", .ended)
        world.submit("r2", Fixture.spec(sameDataAs: "r1"))
        world.play(until: "r2", .cloning)
        world.agents = [:]
        world.play(until: { $0.phase("r2") == .ended }, within: .hours(1), every: .seconds(5))
        #expect(world.run("r2")?.reason?.hasPrefix("no way out of phase waiting within 30m") == true)
        #expect(world.phases("r2").count { $0 == .waiting } == 1)
    }

    @Test(
        "launching, starting, sealing and ready: a pod that gets no further is retried elsewhere, and then the run ends",
        arguments: [
            (Phase.launching, PodScript(neverStarts: true), 300.0, "phase launching lasted longer than 5m"),
            (
                .starting, PodScript(neverAnswers: true), 600,
                "phase starting lasted longer than 10m: Cassandra boots in isolation"
            ),
            (
                .sealing, PodScript(neverSeals: true), 600,
                "phase sealing lasted longer than 10m: the copy is not sealed yet at rewriting"
            ),
            (.ready, PodScript(suiteNeverStarts: true), 300, "phase ready lasted longer than 5m"),
        ]
    )
    func pod(phase: Phase, script: PodScript, limit: Double, reason: String) {
        var scripts = [script, script, script]
        scripts.indices.forEach { scripts[$0].suite = .hangs }
        let (run, seconds) = stuck(in: phase, Fixture.spec(lease: .hours(8))) { world in
            world.nodes.append(Fixture.node(3))
            world.agents[AgentID("a3")] = WorldAgent(number: 3)
            world.script["r1"] = scripts
        }
        #expect(run?.result == .error)
        #expect(run?.reason?.hasPrefix(reason) == true, "\(run?.reason ?? "")")
        #expect((limit...limit + 10).contains(seconds))
        #expect(run?.attempts.map(\.agent.value) == ["a1", "a2", "a3"])
        #expect(run?.attempts.allSatisfy { $0.isTerminal } == true)
    }

    @Test("ending: what is left belongs to the ledger, and is still deleted once it can be")
    func ending() {
        var world = World()
        world.order(.refused(Fixture.no), times: 100) { $0.isA("delete") }
        world.submit("r1")
        world.play(until: { $0.phase("r1") == .ended }, within: .hours(1), every: .seconds(5))
        let phases = world.run("r1")?.phases.suffix(2).map(\.at) ?? []
        #expect(phases.count == 2 && (600...610).contains((phases[1] - phases[0]).seconds))
        #expect(!world.standingCopies.isEmpty)
        #expect(world.stuck("r1-0-c1")?.failures ?? 0 >= 5)
        world.play(until: { $0.standingCopies.isEmpty }, within: .hours(2), every: .seconds(5))
    }

    @Test("every phase has a deadline, but for the one that the lease rules")
    func table() {
        let without = Phase.allCases.filter { Settings().deadline(of: $0) == nil }
        #expect(without == [.testing, .ended])
    }
}
