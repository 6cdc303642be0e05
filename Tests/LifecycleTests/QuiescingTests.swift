import Model
import Testing

@testable import Lifecycle
@testable import Simulation

@Suite("Production is flushed before a snapshot")
struct QuiescingTests {
    private func world(_ script: FlushScript, _ onFailure: Source.Quiesce.Failure) -> World {
        let quiesce = Source.Quiesce(timeout: .seconds(30), onFailure: onFailure)
        var world = World(source: Fixture.source(quiesce: quiesce))
        world.flushScript = script
        world.submit("r1", Fixture.spec())
        world.play(until: { $0.phase("r1") == .ended }, within: .hours(1))
        return world
    }

    @Test("on the agent of the node that has its volume, by a task of its own, and then the snapshot is taken")
    func works() throws {
        let world = world(.works, .fail)
        let run = try #require(world.run("r1"))
        #expect(run.result == .passed)
        #expect(world.phases("r1").prefix(3) == [.requested, .quiescing, .snapshotting])
        #expect(world.flushes == [RunID("r1")])
        #expect(run.flush?.head.done == true && run.flush?.head.fault == nil)
        #expect(run.flush?.head.agent == AgentID("a1"), "production is attached at 10.0.0.1")
        #expect(run.flush?.head.task?.id == TaskID("understudy.r1.flush.1"))
        #expect(try #require(run.dataAt) >= #require(run.phases.first { $0.phase == .snapshotting }?.at))
        #expect(world.standingCopies.isEmpty)
    }

    @Test(
        "where it does not work, the run goes on and says so, or ends, as its source says",
        arguments: [FlushScript.fails, .hangs]
    )
    func failures(_ script: FlushScript) throws {
        let words =
            script == .fails
            ? "the flush on host1.example.org ended: " : "the flush on host1.example.org did not end within 30s"
        let warned = try #require(world(script, .warn).run("r1"))
        #expect(warned.result == .passed)
        #expect(warned.flush?.head.done == false)
        #expect(warned.flush?.head.fault?.hasPrefix(words) == true, "\(warned.flush?.head.fault ?? "")")
        let failed = world(script, .fail)
        #expect(failed.run("r1")?.result == .error)
        #expect(failed.run("r1")?.reason?.hasPrefix("production was not flushed: \(words)") == true)
        #expect(failed.volumes.count == 1, "no copy was made")
    }

    @Test("a launch that the master does not take is no flush")
    func refused() {
        let quiesce = Source.Quiesce(timeout: .seconds(30), onFailure: .warn)
        var world = World(source: Fixture.source(quiesce: quiesce))
        world.order(.refused(Fixture.no)) { $0.isA("flush") }
        world.submit("r1", Fixture.spec())
        world.play(until: { $0.phase("r1") == .ended }, within: .hours(1))
        #expect(world.run("r1")?.flush?.head.fault?.contains("not now") == true, "\(world.run("r1")?.flush as Any)")
        #expect(world.run("r1")?.result == .passed)
    }

    @Test("nobody is waited for where production is attached nowhere, nor for data that is there already")
    func needless() {
        let quiesce = Source.Quiesce(timeout: .seconds(30), onFailure: .fail)
        var world = World(source: Fixture.source(quiesce: quiesce))
        world.volumes[Fixture.sourceVolume]?.attachedOn = nil
        world.checks.production[Fixture.sourceVolume] = world.volumes[Fixture.sourceVolume]
        world.script["r1"] = [PodScript(suite: .exits(1))]
        world.submit("r1", Fixture.spec())
        world.play(until: { $0.phase("r1") == .ended }, within: .hours(1))
        world.submit("r2", Fixture.spec(sameDataAs: "r1"))
        world.play(until: { $0.phase("r2") == .ended }, within: .hours(1))
        #expect(world.flushes.isEmpty)
        #expect(world.run("r2")?.result == .passed)
        #expect(world.run("r2")?.dataAt == world.run("r1")?.dataAt)
    }

    @Test("without an offer of that agent, the run goes on after its time")
    func noOffer() {
        let quiesce = Source.Quiesce(timeout: .seconds(30), onFailure: .warn)
        var world = World(source: Fixture.source(quiesce: quiesce))
        world.agents[AgentID("a1")]?.reachable = false
        world.submit("r1", Fixture.spec())
        world.play(until: { $0.phase("r1") == .ended }, within: .hours(1))
        #expect(world.run("r1")?.flush?.head.fault == "host1 offered no room for a flush within 30s")
    }
}
