import Mesos
import Model
import Scheduler
import Testing

@testable import Adapters
@testable import Lifecycle

/// The numbers of the calls, as Mesos has them.
private enum Call {
    static let accept: UInt64 = 3
    static let decline: UInt64 = 4
    static let kill: UInt64 = 6
    static let acknowledge: UInt64 = 8
    static let reconcile: UInt64 = 9
}

@Suite("The scheduler's port to Mesos", .timeLimit(.minutes(6)))
struct MesosClusterTests {
    private func declined(_ stage: Stage) -> [(offers: [String], refuse: Double)] {
        stage.master.calls(Call.decline).compactMap { $0.message(5) }.map { decline in
            (decline.messages(1).compactMap { $0.text(1) }.sorted(), decline.message(2)?.double(1) ?? -1)
        }
    }

    @Test("an offer that cannot be read goes back for five minutes; one without an id cannot")
    func undecodable() async throws {
        let offers = Written.offers([
            Written.oddOffer("O1"), Written.offer("O2"), Written.oddOffer(nil), Written.oddOffer("O3"),
        ])
        let stage = try Stage([Written.subscribed, offers])
        try await stage.play { await stage.master.until(2, of: Call.decline) }
        let declines = declined(stage)
        #expect(declines.contains { $0.offers == ["O1", "O3"] && $0.refuse == 300 })
        #expect(declines.contains { $0.offers == ["O2"] })
        #expect(declines.count == 2)
    }

    @Test("a subscription reaches the scheduler")
    func subscribed() async throws {
        let stage = try Stage([Written.subscribed, Written.offers([Written.offer("O1")])])
        try await stage.play {
            await stage.master.until(1, of: Call.decline)
            #expect(await stage.scheduler.state.frameworkID == FrameworkID("F"))
            #expect(await stage.scheduler.state.subscribed)
        }
    }

    @Test("an event that cannot be read is skipped, and the stream goes on")
    func skipped() async throws {
        let odd = Written.update("understudy.r.0.1", state: 99, uuid: [1])
        let stage = try Stage([Written.subscribed, odd, [0xff], Written.offers([Written.offer("O1")])])
        try await stage.play { await stage.master.until(1, of: Call.decline) }
        #expect(declined(stage).map(\.offers) == [["O1"]])
        #expect(stage.master.calls(Call.acknowledge).isEmpty, "so that it comes again")
    }

    @Test("an update is acknowledged when it has a uuid, once for each time that it comes")
    func updates() async throws {
        let stage = try Stage([
            Written.subscribed, Written.update("t", state: 1, uuid: nil), Written.update("t", state: 2, uuid: [7]),
            Written.update("t", state: 2, uuid: [7]), Written.offers([Written.offer("O1")]),
        ])
        try await stage.play {
            await stage.master.until(2, of: Call.acknowledge)
            await stage.master.until(1, of: Call.decline)
        }
        let acknowledged = stage.master.calls(Call.acknowledge).compactMap { $0.message(8) }
        #expect(acknowledged.map { $0.id(2) } == ["t", "t"])
        #expect(acknowledged.map { $0.id(1) } == ["S", "S"])
        #expect(acknowledged.map { $0.all(3) } == [[[7]], [[7]]])
    }

    @Test("an update without a uuid or without an agent is nothing to take note of")
    func nothingToAcknowledge() async throws {
        let stage = try Stage([Written.subscribed, Written.offers([Written.offer("O1")])])
        try await stage.play {
            await stage.master.until(1, of: Call.decline)
            var update = TaskUpdate(taskID: TaskID("t"), state: .running, agentID: AgentID("S"))
            await stage.cluster.acknowledge(update)
            update.agentID = nil
            update.uuid = [7]
            await stage.cluster.acknowledge(update)
            #expect(stage.master.calls(Call.acknowledge).isEmpty)
            update.agentID = AgentID("S")
            await stage.cluster.acknowledge(update)
            #expect(stage.master.calls(Call.acknowledge).count == 1)
        }
    }

    @Test("a launch is one ACCEPT of all its offers; what is left of them stays away for a moment")
    func launch() async throws {
        let stage = try Stage([Written.subscribed, Written.offers([Written.offer("O1")])])
        try await stage.play {
            await stage.master.until(1, of: Call.decline)
            #expect(isDone(await stage.cluster.launch(PodBuilderTests.order())))
            let accept = try #require(stage.master.calls(Call.accept).first?.message(4))
            #expect(accept.messages(1).map { $0.text(1) } == ["O1"])
            #expect(accept.messages(2).map { $0.message(7)?.message(1)?.id(1) } == ["img-1-exec"])
            #expect(accept.message(3)?.double(1) == 5)
            let refused = await stage.cluster.launch(PodBuilderTests.order(network: .host, ports: [31_000]))
            #expect(!isDone(refused))
            #expect(stage.master.calls(Call.accept).count == 1)
        }
    }

    @Test("kill and reconcile name task and agent")
    func killAndReconcile() async throws {
        let stage = try Stage([Written.subscribed, Written.offers([Written.offer("O1")])])
        try await stage.play {
            await stage.master.until(1, of: Call.decline)
            #expect(isDone(await stage.cluster.kill(TaskID("t"), on: AgentID("S"), grace: .seconds(10))))
            let kill = try #require(stage.master.calls(Call.kill).last?.message(6))
            #expect(kill.id(1) == "t" && kill.id(2) == "S")
            #expect(kill.message(3)?.message(1)?.number(1) == 10_000_000_000)
            let questions = [
                Effect.TaskQuestion(task: TaskID("t"), agent: AgentID("S")),
                Effect.TaskQuestion(task: TaskID("u"), agent: AgentID("T")),
            ]
            #expect(isDone(await stage.cluster.reconcile(questions)))
            let asked = try #require(stage.master.calls(Call.reconcile).last?.message(9)).messages(1)
            #expect(asked.map { $0.id(1) } == ["t", "u"])
            #expect(asked.map { $0.id(2) } == ["S", "T"])
        }
    }

    private func isDone(_ outcome: Outcome<Void>) -> Bool {
        if case .done = outcome { true } else { false }
    }
}
