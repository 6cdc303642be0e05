import Lifecycle
import Model
import StateStore
import Testing

@testable import Scheduler

@Suite("The scheduler around the frame loop", .timeLimit(.minutes(6)))
struct SchedulerTests {
    private static func update(_ state: TaskState, uuid: [UInt8]?) -> TaskUpdate {
        TaskUpdate(taskID: TaskID("understudy.abc.0.1"), state: state, agentID: AgentID("a"), uuid: uuid)
    }

    @Test("an update is acknowledged, but not before it is durable")
    func acknowledgesAfterCommit() async throws {
        let bench = Bench()
        try await bench.play {
            #expect(await bench.scheduler.handle(.subscribed(FrameworkID("f"))))
            await bench.store.hold()
            let submitted = Task { try await bench.scheduler.submit(.suite()) }
            let updated = Task { await bench.scheduler.handle(.update(Self.update(.running, uuid: [1]))) }
            await bench.store.held()
            for _ in 0..<100 { await Task.yield() }
            #expect(!bench.ports.calls.contains { $0.hasPrefix("acknowledge") })
            await bench.store.letGo()
            _ = try await submitted.value
            #expect(await updated.value)
            await bench.until("acknowledge understudy.abc.0.1 TASK_RUNNING")
        }
    }

    @Test("an update that the master made up is not acknowledged")
    func noUUID() async throws {
        let bench = Bench()
        try await bench.play {
            #expect(await bench.scheduler.handle(.update(Self.update(.running, uuid: nil))))
            #expect(await bench.scheduler.handle(.update(Self.update(.killed, uuid: [2]))))
            await bench.until("acknowledge understudy.abc.0.1 TASK_KILLED")
            #expect(!bench.ports.calls.contains("acknowledge understudy.abc.0.1 TASK_RUNNING"))
        }
    }

    @Test("when a commit fails, nothing follows from its frame, and the scheduler ends")
    func commitFails() async throws {
        let bench = Bench()
        let running = Task { try await bench.scheduler.run() }
        await bench.store.fail(with: try await Self.error())
        let result = try await bench.scheduler.submit(.suite())
        guard case .failure(let refusal) = result else {
            Issue.record("a request that is not durable was answered")
            return
        }
        #expect(refusal.code == "run.stopping")
        let error = await #expect(throws: SchedulerError.self) { try await running.value }
        #expect(error?.code == .store)
        #expect(!bench.ports.calls.contains { $0.hasPrefix("create") || $0.hasPrefix("volume") })
        #expect(await bench.scheduler.handle(.tick) == false, "it takes nothing more")
    }

    /// Stores alone make their errors.
    private static func error() async throws -> StateStoreError {
        do {
            _ = try StateAddress("nonsense")
        } catch {
            return error
        }
        throw CancellationError()
    }

    @Test("the same key gives the same run, also when both ask at once")
    func sameKey() async throws {
        let bench = Bench()
        try await bench.play {
            let ids = try await withThrowingTaskGroup(of: (RunID, Bool)?.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        guard case .success(let (run, isNew)) = try await bench.scheduler.submit(.suite(key: "k"))
                        else {
                            return nil
                        }
                        return (run.id, isNew)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(ids.compactMap { $0?.0 }).count == 1)
            #expect(ids.count { $0?.1 == true } == 1, "one of them made it")
            #expect(await bench.scheduler.state.runs.count == 1)
        }
    }

    @Test("with nothing to do, offers are given back in one call and no more are wanted")
    func idle() async throws {
        let bench = Bench()
        try await bench.play {
            #expect(await bench.scheduler.handle(.subscribed(FrameworkID("f"))))
            await bench.until("suppress")
            let offers = ["1", "2", "3"].map { Offer(id: OfferID($0), agentID: AgentID("a\($0)"), hostname: "h") }
            #expect(await bench.scheduler.handle(.offers(offers)))
            await bench.until("decline 1 2 3 for 30s")
        }
    }

    @Test("the framework's id is durable before the subscription counts as taken")
    func frameworkID() async throws {
        let bench = Bench()
        try await bench.play {
            #expect(await bench.scheduler.handle(.subscribed(FrameworkID("f-1"))))
            let stored = try await bench.store.open()
            #expect(try Records.load(stored.records).frameworkID == FrameworkID("f-1"))
        }
    }

    @Test("stopping answers everybody who waits")
    func stops() async throws {
        let bench = Bench()
        let running = Task { try await bench.scheduler.run() }
        await bench.until("nodes")
        await bench.scheduler.stop()
        try await running.value
        #expect(await bench.scheduler.handle(.tick) == false)
        let answer = try await bench.scheduler.submit(.suite())
        guard case .failure(let refusal) = answer else {
            Issue.record("a stopped scheduler took a run")
            return
        }
        #expect(refusal.kind == .stopping)
    }
}
