import Model
import Testing

@testable import Lifecycle
@testable import Simulation

@Suite("A copy that cannot be deleted")
struct StuckCopyTests {
    /// A run that has ended, whose clone somebody else has attached.
    private func attached() -> World {
        var world = World()
        world.script["r1"] = [PodScript(suite: .hangs)]
        world.submit("r1")
        world.play(until: "r1", .testing)
        // The agent's own detachment comes first.
        world.release("r1")
        world.order(.refused(Fixture.no), times: 2) { $0.isA("delete") }
        let id = world.copy("r1-0-c1")?.volumeID?.id ?? VolumeID("")
        world.play(until: { $0.volumes[id]?.attachedOn == nil })
        world.volumes[id]?.attachedOn = "10.1.0.2"
        world.volumes[id]?.attachPath = "/var/lib/osd/mounts/c1"
        return world
    }

    @Test("is stuck when somebody has it attached for minutes: node, host, path, and what to do; released, it goes")
    func held() throws {
        var world = attached()
        world.play(for: .minutes(4), every: .seconds(5))
        let waits = try #require(world.planned("r1-0-c1"))
        #expect(waits.stuck == nil && waits.action != .delete)
        #expect(waits.why.contains("attached on 10.1.0.2 (host2) at /var/lib/osd/mounts/c1") || waits.action == .look)
        world.play(for: .minutes(2), every: .seconds(5))
        let stuck = try #require(world.stuck("r1-0-c1"))
        let id = try #require(world.copy("r1-0-c1")?.volumeID)
        #expect(stuck.node == "10.1.0.2" && stuck.host == "host2" && stuck.path == "/var/lib/osd/mounts/c1")
        #expect(
            stuck.advice == "if no container uses it any more, run on host2: "
                + "pxctl host unmount --path /var/lib/osd/mounts/c1 \(id) && pxctl host detach \(id); "
                + "then it is deleted by itself"
        )
        #expect(world.state.stuckCopies(at: world.now) == 1)
        world.volumes[id.id]?.attachedOn = nil
        world.play(for: .seconds(35))
        #expect(world.standingCopies.isEmpty && world.state.stuckCopies(at: world.now) == 0)
    }

    @Test("is looked at every few seconds while somebody has it, and less often once it is stuck")
    func cadence() {
        var world = attached()
        world.trace.isOn = true
        let name = "understudy-r1-0-c1"
        func looks(_ world: World) -> Int { world.trace.lines.count { $0.contains("> inspect") && $0.contains(name) } }
        world.play(for: .minutes(2))
        let before = looks(world)
        world.play(for: .minutes(1))
        #expect((11...13).contains(looks(world) - before), "every 5 s")
        world.play(for: .minutes(4))
        let stuck = looks(world)
        world.play(for: .minutes(1))
        #expect((2...3).contains(looks(world) - stuck), "every 30 s")
    }

    @Test("is stuck when Portworx has refused five times; it is said once")
    func refused() throws {
        var world = World()
        world.order(.refused(Fixture.no), times: 100) { $0.isA("delete") }
        world.trace.isOn = true
        world.submit("r1")
        world.play(until: { $0.stuck("r1-0-c1") != nil }, within: .minutes(10))
        let stuck = try #require(world.stuck("r1-0-c1"))
        #expect(stuck.failures >= 5 && stuck.cause == Fixture.no.message && stuck.node == nil)
        #expect(stuck.advice == "remove what Portworx complains of; the delete is tried again every 30s by itself")
        world.play(for: .minutes(5))
        #expect(world.trace.lines.count { $0.contains("is stuck: copy.name=understudy-r1-0-c1") } == 1)
        world.orders = []
        world.play(until: { $0.standingCopies.isEmpty })
    }

    @Test("only waits while Portworx answers nothing, and while a task may be using it")
    func waits() {
        var world = World()
        world.order(.refused(Fixture.no), times: 100) { $0.isA("delete") }
        world.submit("r1")
        world.play(until: { $0.stuck("r1-0-c1") != nil }, within: .minutes(10))
        world.frame([.nodesRead(.failure(ReadFault(Fixture.silence)))])
        #expect(world.stuck("r1-0-c1") == nil)

        var lost = World()
        lost.script["r2"] = [PodScript(suite: .hangs)]
        lost.submit("r2")
        lost.play(until: "r2", .testing)
        for id in lost.agents.keys { lost.lose(id, for: .hours(1)) }
        lost.release("r2")
        lost.play(for: .minutes(30), every: .seconds(10))
        #expect(lost.planned("r2-0-c1")?.action == .wait && lost.stuck("r2-0-c1") == nil)
        #expect(lost.planned("r2-0-c1")?.why.contains("out of sight since") == true)
    }

    @Test("what waits for its detachment and is then refused once is not stuck for that")
    func detached() {
        var world = attached()
        world.play(for: .minutes(3))
        let id = world.copy("r1-0-c1")?.volumeID?.id ?? VolumeID("")
        world.orders = []
        world.order(.refused(Fixture.no), times: 3) { $0.isA("delete") }
        world.volumes[id]?.attachedOn = nil
        world.play(until: { ($0.copy("r1-0-c1")?.failures ?? 0) > 0 && $0.copy("r1-0-c1")?.attachedOn == nil })
        #expect(world.stuck("r1-0-c1") == nil && (world.copy("r1-0-c1")?.failures ?? 9) <= 3)
    }

    @Test("many at once are looked at within a budget")
    func budget() {
        let settings = Settings()
        #expect(settings.alertInterval(volumes: 1) == .seconds(5))
        #expect(settings.alertInterval(volumes: 100) == .seconds(10))
        #expect(settings.alertInterval(volumes: 10_000) == settings.sweepInterval)
    }
}
