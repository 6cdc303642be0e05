import Model
import Testing

@testable import Lifecycle
@testable import Simulation

@Suite("Every short sequence of what may happen", .timeLimit(.minutes(5)))
struct EnumerationTests {
    private static let moments: [Phase] = [
        .requested, .snapshotting, .cloning, .waiting, .launching, .starting, .testing, .ending,
    ]

    /// A run that has just entered this phase, with what follows from that on its way.
    private func world(in phase: Phase) -> World {
        var world = World()
        world.frame([.submitted(Fixture.spec(key: "k"), as: RunID("r1"))])
        for _ in 0..<2_000 where world.phase("r1") != phase { world.play(.happens) }
        return world
    }

    @Test("breaks no rule: seven steps on from each phase", arguments: moments)
    func safe(phase: Phase) async {
        let world = world(in: phase)
        #expect(world.phase("r1") == phase)
        let enumeration = await aside {
            var enumeration = Enumeration()
            enumeration.explore(world, length: 7) { _ in }
            return enumeration
        }
        #expect(enumeration.fault == nil)
        #expect(enumeration.moments > 100)
    }

    @Test("comes to an end with nothing left: two steps on from each phase", arguments: moments)
    func live(phase: Phase) async {
        let world = world(in: phase)
        let (fault, unsettled) = await aside {
            var unsettled: [RunResult?] = []
            var enumeration = Enumeration()
            enumeration.explore(world, length: 2) { world in
                let limit = world.now + .hours(3)
                while world.now < limit, world.phase("r1") != .ended || !world.standingCopies.isEmpty {
                    world.advance(to: world.now + .seconds(10))
                }
                guard world.phase("r1") == .ended, world.standingCopies.isEmpty else {
                    return unsettled.append(world.run("r1")?.result)
                }
            }
            return (enumeration.fault, unsettled)
        }
        #expect(fault == nil)
        #expect(unsettled.isEmpty)
    }
}
