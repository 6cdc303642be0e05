import Model
import Testing

@testable import Lifecycle
@testable import Simulation

@Suite("Stories of one run")
struct StoryTests {
    @Test("a suite that exits 0 passes, and nothing of the run is left")
    func passes() {
        var world = World()
        world.submit("r1")
        world.play(until: "r1", .ended)
        #expect(
            world.phases("r1") == [
                .requested, .snapshotting, .cloning, .waiting, .launching, .starting, .sealing, .ready, .testing,
                .ending, .ended,
            ]
        )
        #expect(world.run("r1")?.result == .passed)
        #expect(world.run("r1")?.reason == "the suite exited 0")
        #expect(world.standingCopies.isEmpty && world.deleted.count == 2)
        #expect(world.pods(of: "r1").map(\.isLive) == [false])
        #expect(world.run("r1")?.attempt?.address == "10.0.0.1")
        #expect(world.run("r1")?.tierGot == .low)
    }
}
