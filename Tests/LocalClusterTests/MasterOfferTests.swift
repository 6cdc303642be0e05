import Testing

@testable import LocalCluster

@Suite("Offers of the local master", .timeLimit(.minutes(6)))
struct MasterOfferTests {
    @Test("a declined offer comes back when its filter has ended, not before")
    func filterEnds() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            let offers = try await scheduler.offers()
            let declined = monotonicSeconds()
            try await scheduler.decline(offers, refuse: 0.6)
            let again = try await scheduler.log.next("OFFERS") { $0.kind == .offers }
            #expect(again.at - declined >= 0.6)
            #expect(again.offers.first?.id(1) != offers.first?.id(1))
        }
    }

    @Test("REVIVE clears filters, and does not wait for the next allocation")
    func revive() async throws {
        try await MasterFixture.run(settings: LocalClusterSettings(allocation: 60)) { fixture in
            let scheduler = try await fixture.scheduler()
            try await scheduler.decline(try await scheduler.offers(), refuse: 3_600)
            try await scheduler.revive()
            #expect(try await scheduler.offers().count == 1)
        }
    }

    @Test("filters are one per agent")
    func perAgent() async throws {
        try await MasterFixture.run(agents: ["ssd-1", "hdd-1"]) { fixture in
            let scheduler = try await fixture.scheduler()
            let offers = try await scheduler.offers()
            try await scheduler.decline([offers[0]], refuse: 3_600)
            try await scheduler.decline([offers[1]], refuse: 0.1)
            #expect(try await scheduler.offers().map { $0.text(4) } == ["hdd-1"])
        }
    }

    @Test("SUPPRESS stops offers until REVIVE, also when asked for at SUBSCRIBE")
    func suppress() async throws {
        try await MasterFixture.run { fixture in
            let quiet = try await fixture.scheduler(.init(suppressed: ["px-role"]))
            let scheduler = try await fixture.scheduler()
            let offers = try await scheduler.offers()
            try await scheduler.suppress()
            try await scheduler.decline(offers, refuse: 0)
            // The agent is free now, and a third framework is the only one that still wants it.
            let third = try await fixture.scheduler()
            let taken = try await third.offers()
            #expect(quiet.log.all.map(\.kind).filter { $0 != .heartbeat } == [.subscribed])
            #expect(scheduler.log.all.count { $0.kind == .offers } == 1)
            try await third.decline(taken, refuse: 3_600)
            try await quiet.revive()
            #expect(try await quiet.offers().count == 1)
        }
    }

    @Test("what a filter hid is offered again once the agent has more")
    func growth() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            let offer = try #require(try await scheduler.offers().first)
            let task = TestTask(id: "task", command: "while [ ! -e go ]; do sleep 0.05; done", cpus: 1)
            try await scheduler.accept(offer, refuse: 0, [.launch([task])])
            let rest = try await scheduler.log.any("what is left") {
                $0.offers.first.map { $0.id(1) != offer.id(1) } ?? false
            }
            #expect(rest.offers.first.map { Self.amount("cpus", $0) } == 3)
            try await scheduler.update("task", "RUNNING")
            try await scheduler.decline(rest.offers, refuse: 3_600)
            try await scheduler.kill("task")
            try await scheduler.update("task", "KILLED")
            let whole = try await scheduler.log.any("more") {
                $0.offers.first.map { $0.id(1) != offer.id(1) && Self.amount("cpus", $0) == 4 } ?? false
            }
            #expect(whole.offers.first.map { Self.amount("mem", $0) } == 8_000)
        }
    }

    @Test("what an ACCEPT leaves is filtered like a declined offer")
    func acceptFilter() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            let offer = try #require(try await scheduler.offers().first)
            let accepted = monotonicSeconds()
            try await scheduler.accept(offer, refuse: 0.6, [.launch([TestTask(id: "task", command: "exec sleep 100")])])
            let rest = try await scheduler.log.next("OFFERS") { $0.kind == .offers }
            #expect(rest.at - accepted >= 0.6)
        }
    }

    @Test("a stale offer drops its tasks: TASK_DROPPED, and TASK_LOST for who is not partition aware")
    func stale() async throws {
        try await MasterFixture.run { fixture in
            for (capabilities, state) in [([2, 5, 6, 7], "DROPPED"), ([2, 6, 7], "LOST")] as [([UInt64], String)] {
                let scheduler = try await fixture.scheduler(.init(capabilities: capabilities))
                let offer = try #require(try await scheduler.offers().first)
                try await scheduler.decline([offer], refuse: 60)
                let status = try await scheduler.accept(offer, [.launch([TestTask(id: "late", command: "exit 0")])])
                #expect(status == 202)
                let update = try await scheduler.update("late", state)
                #expect(update.reason == 6)
                #expect(update.uuid.isEmpty)
                let id = try #require(offer.id(1))
                #expect(update.text == "Task launched with invalid offers: Offer \(id) is no longer valid")
                try await scheduler.teardown()
            }
        }
    }

    @Test("too many resources, duplicate and impossible ids are TASK_ERROR without a uuid")
    func invalid() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            let offer = try #require(try await scheduler.offers().first)
            let tasks = [
                TestTask(id: "runs", command: "exec sleep 100"), TestTask(id: "runs", command: "exit 0"),
                TestTask(id: "../bad", command: "exit 0"), TestTask(id: "..", command: "exit 0"),
                TestTask(id: "big", command: "exit 0", cpus: 100), TestTask(id: "fine", command: "exit 0"),
            ]
            try await scheduler.accept(offer, [.launch(tasks)])
            let twice = try await scheduler.log.any("the duplicate") { $0.task == "runs" && $0.state == "ERROR" }
            #expect(twice.text == "Task has duplicate ID: runs")
            #expect(twice.uuid.isEmpty)
            #expect(twice.reason == 14)
            #expect(
                try await scheduler.log.any("an id") { $0.task == "../bad" }.text
                    == "'../bad' contains invalid characters"
            )
            #expect(try await scheduler.log.any("an id") { $0.task == ".." }.text == "'..' is disallowed")
            let big = try await scheduler.log.any("too big") { $0.task == "big" }
            #expect(
                big.text
                    == "Total resources cpus(allocated: px-role):100; mem(allocated: px-role):32 required by task and "
                    + "its executor is more than available ports(allocated: px-role):[31000-31999]; "
                    + "cpus(allocated: px-role):3.9; mem(allocated: px-role):7968; disk(allocated: px-role):20000"
            )
            try await scheduler.update("fine", "FINISHED")
        }
    }

    @Test("a task group that does not fit fails as a whole, and nothing of it runs")
    func groupTooBig() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler()
            let offer = try #require(try await scheduler.offers().first)
            let tasks = [TestTask(id: "a", command: "exit 0", cpus: 2), TestTask(id: "b", command: "exit 0", cpus: 2)]
            try await scheduler.accept(offer, [.group(executor: "pod", tasks)])
            try await scheduler.update("a", "ERROR")
            try await scheduler.update("b", "ERROR")
            let again = try #require(try await scheduler.offers().first)
            #expect(Self.amount("cpus", again) == 4)
        }
    }

    static func amount(_ name: String, _ offer: TestMessage) -> Double? {
        offer.messages(5).first { $0.text(1) == name }?.message(3)?.double(1)
    }
}
