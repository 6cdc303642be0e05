import Model
import Testing

@testable import Lifecycle
@testable import Simulation

@Suite("Every phase takes every event")
struct TotalityTests {
    /// A run as it is in each phase that it can come to, in a world of its own.
    private static let worlds: [(phase: Phase, world: World)] = {
        var found: [(Phase, World)] = []
        for (script, hasAgents) in [
            (PodScript(), true), (PodScript(), false), (PodScript(suiteNeverStarts: true), true),
        ] {
            var world = World()
            world.script["r1"] = [script]
            world.order(.lost, times: 2) { $0.isA("create") }
            world.order(.silent) { $0.isClone }
            world.submit("r1", Fixture.spec(key: "k", keepOnFailure: .hours(1)))
            for _ in 0..<200 {
                if let phase = world.phase("r1"), !found.contains(where: { $0.0 == phase }) {
                    found.append((phase, world))
                }
                world.advance(to: world.now + .milliseconds(500))
                if !hasAgents, world.phase("r1") == .cloning { world.agents = [:] }
            }
        }
        return found
    }()

    private static let outcomes: [Outcome<Void>] = [.done(()), .refused(Fixture.never), .unknown(Fixture.silence)]

    /// One of every kind, about whatever the world holds, and about things that it has never heard of.
    private func events(_ world: World) -> [Event] {
        let run = RunID("r1")
        let copies = world.state.copies.keys.sorted() + [CopyName("none")]
        let tasks = (world.run("r1")?.attempts ?? []).flatMap { $0.tasks.map(\.id) }
        let failed = ReadFault(Fixture.no)
        var events: [Event] = [
            .tick, .submitted(Fixture.spec(key: "k"), as: run), .submitted(Fixture.spec(), as: RunID("r2")),
            .release(run), .release(RunID("none")), .subscribed(FrameworkID("f-1")), .subscribed(FrameworkID("f-2")),
            .disconnected, .offers([]), .offers([Fixture.offer(), Fixture.offer("o2", agent: 2)]),
            .failure(agent: AgentID("a1"), executor: nil, status: nil),
            .failure(agent: nil, executor: ExecutorID("e"), status: 1),
            .nodesRead(.success([])), .nodesRead(.failure(failed)), .sourceRead(Fixture.guestbook, .success([nil])),
            .sourceRead(Fixture.guestbook, .failure(failed)), .sourceRead(SourceName("none"), .success([nil])),
            .sourceRead(Fixture.guestbook, .success([])),
            .listed(.success([])), .listed(.failure(failed)),
            .listed(.success(world.volumes.values.sorted { $0.id < $1.id })),
        ]
        for task in tasks + [TaskID("none"), TaskID("understudy.r1.0.9"), TaskID("understudy.r9.0.1")] {
            for state in TaskState.allCases {
                for uuid in [nil, [1]] as [[UInt8]?] {
                    let update = TaskUpdate(taskID: task, state: state, agentID: AgentID("a1"), uuid: uuid)
                    events.append(.update(update))
                }
            }
        }
        let launches = (0...2).map { Effect.Key.launch(run, attempt: $0) }
        for key in [.offerFlow, .reconcile, .nodes, .list, .kill(TaskID("t"))] + launches {
            events += Self.outcomes.map { .called(key, $0) }
        }
        for name in copies { events += answers(about: name, world) }
        for reading in Self.sealings { events.append(.sealRead(RunID("r1"), attempt: 1, reading)) }
        return events
    }

    private static let sealings: [Result<SealReport, ReadFault>] = [
        .success(SealReport(code: 0)), .success(SealReport(code: 73, fault: "wrongSettings", message: "m")),
        .failure(ReadFault(Fixture.no)), .failure(ReadFault(Fixture.never)),
    ]

    private func answers(about name: CopyName, _ world: World) -> [Event] {
        let real = world.volume(named: name.value)
        var broken = real
        broken?.error = "broken"
        broken?.up = false
        let alien = Volume(id: VolumeID("alien"), name: name.value, parent: VolumeID("x"))
        var events: [Event] = [
            .created(name, .refused(Fixture.never)), .created(name, .refused(Fixture.no)),
            .created(name, .unknown(Fixture.silence)),
        ]
        for volume in [real, broken, alien, world.volumes[Fixture.sourceVolume]] {
            guard let volume else { continue }
            events += [
                .created(name, .done(volume)), .found(name, .success(volume)), .inspected(name, .success(volume)),
            ]
        }
        events += [.found(name, .success(nil)), .inspected(name, .success(nil))]
        events += [.found(name, .failure(ReadFault(Fixture.no))), .inspected(name, .failure(ReadFault(Fixture.no)))]
        return events + Self.outcomes.map { .deleted(name, $0) }
    }

    @Test("every way in is known")
    func reaches() {
        #expect(Set(Self.worlds.map(\.phase)) == Set(Phase.allCases).subtracting([.quiescing]))
    }

    @Test("no event is too much for a phase: order, result and ledger hold, after one and after two of them")
    func total() {
        for (phase, world) in Self.worlds {
            var count = 0
            for event in events(world) {
                var next = world
                next.frame([event])
                next.frame([event])
                count += 1
                for violation in next.checks.violations { Issue.record("\(phase) and \(event): \(violation)") }
            }
            #expect(count > 120, "\(phase)")
        }
    }

    @Test("nothing changes a result, and an ended run stays ended", arguments: [Phase.ending, .ended])
    func final(phase: Phase) throws {
        let world = try #require(Self.worlds.first { $0.phase == phase }?.world)
        let run = try #require(world.run("r1"))
        for event in events(world) {
            var state = world.state
            _ = state.step(event, at: world.now + .seconds(1))
            let after = state.runs[run.id]
            #expect(after?.result == run.result && after?.reason == run.reason, "\(event)")
            #expect(after?.phase == phase || after?.phase == .ended, "\(event)")
        }
    }
}
