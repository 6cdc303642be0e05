import Lifecycle
import Model
import SeededRandom
import Testing

@testable import Simulation

@Suite("History")
struct HistoryTests {
    private static func settings(batch: Int = 2, max: Int = 10_000) -> Settings {
        var settings = Settings()
        settings.archiveBatch = batch
        settings.historyMax = max
        return settings
    }

    private static func world(_ settings: Settings, ending count: Int) -> World {
        var world = World(settings: settings)
        for number in 1...count {
            world.submit("r\(number)", Fixture.spec(key: "k\(number)"))
            world.play(until: { $0.phase("r\(number)") == .ended })
        }
        return world
    }

    @Test("runs of which nothing is left to become go into the archive, and their copies are forgotten")
    func archives() {
        var world = Self.world(Self.settings(), ending: 2)
        #expect(world.state.archive.count == 0, "their copies have only just gone")
        world.play(for: .minutes(2))
        #expect(world.state.archive.count == 2 && world.state.runs.isEmpty && world.state.copies.isEmpty)
        #expect(world.durable.archived[RunID("r1")]?.result == .passed)
        #expect(world.durable.runs.isEmpty && world.durable.copies.isEmpty)
        #expect(world.checks.violations.isEmpty)
    }

    @Test("fewer than make up a chunk stay as they are")
    func fewer() {
        var world = Self.world(Self.settings(batch: 3), ending: 2)
        world.play(for: .hours(1), every: .seconds(30))
        #expect(world.state.archive.count == 0 && world.state.runs.count == 2)
    }

    @Test("the archive is there after a restart, and the key of a run in it still leads to it")
    func restarts() {
        var world = Self.world(Self.settings(), ending: 2)
        world.play(for: .minutes(2))
        world.restart()
        let place = world.state.archive.place(of: RunID("r2"))
        #expect(place?.chunk == 1 && place?.line == 1)
        #expect(world.state.admit(Fixture.spec(key: "k1")) == .existing(RunID("r1")))
        world.submit("r1", Fixture.spec(key: "another"))
        #expect(world.state.runs.isEmpty, "an id is given once")
    }

    @Test("a run with a copy that is kept stays out, and so does one on the same data, until that copy is gone")
    func kept() {
        var world = World(settings: Self.settings())
        world.script["r1"] = [PodScript(suite: .exits(1))]
        world.submit("r1", Fixture.spec(key: "k1", keepOnFailure: .minutes(30)))
        world.play(until: { $0.phase("r1") == .ended })
        world.submit("r2", Fixture.spec(key: "k2", sameDataAs: "r1"))
        world.play(until: { $0.phase("r2") == .ended })
        world.play(for: .minutes(5))
        #expect(world.state.runs.count == 2)
        world.play(for: .hours(2), every: .seconds(10))
        #expect(world.state.archive.count == 2)
    }

    @Test("what can be wanted of an archived run is refused as of any that has nothing left")
    func commands() {
        var world = Self.world(Self.settings(), ending: 2)
        world.play(for: .minutes(2))
        func code(_ body: () throws(AdmissionRefusal) -> Void) -> String? {
            do throws(AdmissionRefusal) { try body() } catch { return error.code }
            return nil
        }
        let (state, id) = (world.state, RunID("r1"))
        #expect(
            code { () throws(AdmissionRefusal) in try state.admit(.keep(.minutes(5)), for: id) } == "run.copies_gone"
        )
        #expect(
            code { () throws(AdmissionRefusal) in try state.admit(.extend(.minutes(5)), for: id) } == "run.has_ended"
        )
        #expect(code { () throws(AdmissionRefusal) in try state.admit(.reset, for: id) } == "run.not_ready")
        #expect(refusal(state.admit(Fixture.service(opens: "r1"))) == "run.clone_gone")
        #expect(refusal(state.admit(Fixture.spec(key: "n", sameDataAs: "r1"))) == "run.snapshot_gone")
        #expect(refusal(state.admit(Fixture.spec(key: "n", sameDataAs: "r9"))) == "run.unknown_run")
    }

    private func refusal(_ admission: Admission) -> String? {
        guard case .refused(let refusal) = admission else { return nil }
        return refusal.code
    }

    @Test("chunks are dropped as a whole, the oldest first, once there are enough without them")
    func bounded() {
        var world = Self.world(Self.settings(max: 3), ending: 9)
        world.play(for: .minutes(2))
        let remembered = world.state.archive.count + world.state.runs.count
        #expect((3...4).contains(remembered))
        #expect(world.state.archive[RunID("r1")] == nil && world.state.archive[RunID("r8")] != nil)
        #expect(world.state.admit(Fixture.spec(key: "k1")) == .new)
        #expect(Set(world.durable.chunks.keys) == Set(world.state.archive.chunks.map(\.number)))
        #expect(world.store.lazyKeys.count == world.durable.chunks.count)
    }

    @Test("what is too old is dropped, in chunks and outside of them")
    func old() {
        var settings = Self.settings()
        settings.historyKept = .hours(3)
        var world = Self.world(settings, ending: 2)
        world.play(for: .minutes(2))
        world.submit("r3", Fixture.spec(key: "k3"))
        world.play(for: .hours(2), every: .minutes(1))
        #expect(world.state.archive.count == 2 && world.state.runs.count == 1)
        world.play(for: .hours(2), every: .minutes(1))
        #expect(world.state.archive.count == 0 && world.state.runs.isEmpty && world.state.copies.isEmpty)
        #expect(world.durable.runs.isEmpty && world.durable.chunks.isEmpty && world.store.lazyKeys.isEmpty)
    }

    @Test("the youngest are found without looking through all", arguments: 1...20 as ClosedRange<UInt64>)
    func youngest(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var all: [EndedRun] = []
        let chunks = (1...10).map { number in
            let runs = (0..<Int.random(in: 1...9, using: &random)).map { line in
                // Runs end in another order than they begin.
                let created = Instant(milliseconds: Int64(number) * 10 + .random(in: 0...60, using: &random))
                let source = SourceName(Bool.random(using: &random) ? "a" : "b")
                return EndedRun(
                    id: RunID("r\(number)x\(line)"),
                    key: nil,
                    source: source,
                    createdAt: created,
                    endedAt: created
                )
            }
            all += runs
            return Archive.Chunk(number: number, runs: runs)
        }
        let archive = Archive(chunks.shuffled(using: &random))
        #expect(archive.count == all.count && archive.nextNumber == 11)
        for limit in [1, 3, 20, 200] {
            let wanted = SourceName("a")
            let expected = all.filter { $0.source == wanted }
                .sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }.prefix(limit)
            #expect(archive.youngest(limit) { $0.source == wanted } == Array(expected))
        }
        for run in all { #expect(archive[run.id] == run) }
    }
}
