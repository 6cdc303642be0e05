import Model
import Testing

@testable import Lifecycle
@testable import Simulation

@Suite("A copy that somebody else deletes")
struct MissingCopyTests {
    private static func gone(_ name: String) -> String {
        "the \(name) is gone from Portworx: somebody deleted it"
    }

    private func delete(_ name: String, in world: inout World) {
        guard let volume = world.volume(named: name) else { return }
        world.deletedByHand.insert(name)
        world.volumes[volume.id] = nil
    }

    @Test("ends the run whose suite runs on it, by infrastructure and with that reason")
    func clone() {
        var world = World()
        world.script["r1"] = [PodScript(suite: .hangs)]
        world.submit("r1")
        world.play(until: "r1", .testing)
        delete("understudy-r1-0-c1", in: &world)
        world.play(for: .seconds(45))
        #expect(world.run("r1")?.result == .error)
        #expect(world.run("r1")?.reason == Self.gone("clone understudy-r1-0-c1"))
        #expect(world.copy("r1-0-c1")?.state == .gone)
        world.play(until: "r1", .ended)
        world.play(until: { $0.standingCopies.isEmpty })
    }

    @Test("is looked for by its id before it is believed: a list may lag")
    func lag() {
        var world = World()
        world.script["r1"] = [PodScript(suite: .hangs)]
        world.submit("r1")
        world.play(until: "r1", .testing)
        let clone = world.volume(named: "understudy-r1-0-c1")?.id ?? VolumeID("")
        // What lacks its label is in no list of ours.
        world.volumes[clone]?.labels = [:]
        world.order(.refused(Fixture.no), times: 2) { $0.isA("inspect") }
        world.play(until: { $0.planned("r1-0-c1")?.why.contains("a list lacks it") == true })
        world.play(for: .minutes(2))
        #expect(world.planned("r1-0-c1")?.action == .keep && world.phase("r1") == .testing)
    }

    @Test("is no loss before some looks by id have found nothing, also when a look fails")
    func looks() {
        var world = World()
        world.script["r1"] = [PodScript(suite: .hangs)]
        world.submit("r1")
        world.play(until: "r1", .testing)
        delete("understudy-r1-0-c1", in: &world)
        world.order(.refused(Fixture.no), times: 2) { $0.isA("inspect") }
        world.play(until: { $0.planned("r1-0-c1")?.why.contains("a list lacks it") == true })
        // Two looks that fail, and between the four others 1, 2 and 4 s.
        world.play(for: .seconds(15))
        #expect(world.phase("r1") == .testing)
        world.play(for: .seconds(5))
        #expect(world.run("r1")?.result == .error)
    }

    @Test("ends the run that waits for a clone of it")
    func snapshot() {
        var world = World()
        world.order(.refused(Fixture.no), times: 1_000) { $0.isClone }
        world.submit("r1")
        world.play(until: "r1", .cloning)
        delete("understudy-r1-s1", in: &world)
        world.play(for: .minutes(1))
        #expect(world.run("r1")?.result == .error)
        #expect(world.run("r1")?.reason == Self.gone("snapshot understudy-r1-s1"))
    }

    @Test("is no matter to a run that has its clone, nor to a suite that is green")
    func unneeded() {
        var world = World()
        world.script["r1"] = [PodScript(suite: .hangs)]
        world.submit("r1")
        world.play(until: "r1", .testing)
        delete("understudy-r1-s1", in: &world)
        world.play(for: .minutes(1))
        #expect(world.copy("r1-s1")?.state == .gone && world.phase("r1") == .testing)
    }

    @Test("is gone and noted when it was only kept")
    func kept() {
        var world = World()
        world.trace.isOn = true
        world.script["r1"] = [PodScript(suite: .exits(1))]
        world.submit("r1", Fixture.spec(keepOnFailure: .hours(2)))
        world.play(until: "r1", .ended)
        delete("understudy-r1-0-c1", in: &world)
        world.play(for: .minutes(1))
        #expect(world.copy("r1-0-c1")?.state == .gone && world.copy("r1-s1")?.state == .present)
        let notes = world.trace.lines.filter { $0.contains("somebody else deleted it") }
        #expect(notes.count == 1 && notes[0].contains("copy.name=understudy-r1-0-c1"))
        #expect(world.run("r1")?.result == .failed)
    }
}
