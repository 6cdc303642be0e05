import Testing

@testable import LocalCluster

@Suite("The plan of faults")
struct FaultPlanTests {
    private static func call(_ route: String, volumes: Set<String> = []) -> FaultMessage {
        FaultMessage(server: .portworx, kind: .call, route: route, volumes: volumes)
    }

    private func hits(_ fault: Fault, of messages: Int) throws -> [Bool] {
        var plan = FaultPlan()
        try plan.put(fault, named: "a")
        return (0..<messages).map { _ in plan.meet(Self.call("GET volumes")).isAnswerLost }
    }

    @Test("the same seed and messages meet the same faults, another seed meets others")
    func seeds() throws {
        let first = try hits(Fault(.answerLost, rate: 0.3, seed: 7), of: 1_000)
        #expect(try hits(Fault(.answerLost, rate: 0.3, seed: 7), of: 1_000) == first)
        #expect(try hits(Fault(.answerLost, rate: 0.3, seed: 8), of: 1_000) != first)
        #expect((250...350).contains(first.count { $0 }))
    }

    @Test("a rate of 0 never happens, of 1 always, and a count is the end of it")
    func rates() throws {
        #expect(try hits(Fault(.answerLost, rate: 0), of: 100).allSatisfy { !$0 })
        #expect(try hits(Fault(.answerLost), of: 100).allSatisfy { $0 })
        #expect(try hits(Fault(.answerLost, count: 2), of: 4) == [true, true, false, false])
    }

    @Test(
        "a star in a pattern stands for any text",
        arguments: [
            ("DELETE volumes/*", "DELETE volumes/*", true), ("POST*", "POST volumes/clone", true),
            ("POST*", "PUT volumes/*", false), ("*clone", "POST volumes/clone", true), ("*", "", true),
            ("a*b*c", "aXbbYc", true), ("a*b*c", "aXbbY", false), ("UPDATE", "UPDATE TASK_RUNNING", false),
        ]
    )
    func patterns(pattern: String, route: String, fits: Bool) {
        #expect(Fault.Filter(route: pattern).fits(Self.call(route)) == fits)
    }

    @Test("a filter holds the fault to its server, route, volume and agent")
    func filters() throws {
        var plan = FaultPlan()
        let filter = Fault.Filter(server: .portworx, route: "POST*", volume: "*-c1")
        try plan.put(Fault(.answerLost, on: filter), named: "a")
        #expect(plan.meet(Self.call("POST volumes/clone", volumes: ["run-c1", "17"])).isAnswerLost)
        #expect(!plan.meet(Self.call("POST volumes/clone", volumes: ["run-c2"])).isAnswerLost)
        #expect(!plan.meet(Self.call("POST volumes/clone")).isAnswerLost)
        #expect(!plan.meet(Self.call("GET volumes", volumes: ["run-c1"])).isAnswerLost)
        #expect(plan.entries["a"]?.seen == 1)
    }

    @Test("an effect happens only to what it can happen to")
    func kinds() throws {
        var plan = FaultPlan()
        try plan.put(Fault(.duplicateUpdate), named: "a")
        try plan.put(Fault(.staleListing(seconds: 1)), named: "b")
        try plan.put(Fault(.staysAttached(seconds: 1)), named: "c")
        #expect(plan.meet(Self.call("POST volumes")).effects.isEmpty)
        let update = FaultMessage(server: .mesos, kind: .event, route: "UPDATE TASK_RUNNING")
        #expect(plan.meet(update).effects == [.duplicateUpdate])
        #expect(plan.meet(FaultMessage(server: .mesos, kind: .event, route: "OFFERS")).effects.isEmpty)
        let unmount = FaultMessage(server: .portworx, kind: .unmount, route: "UNMOUNT")
        #expect(plan.meet(unmount).effects == [.staysAttached(seconds: 1)])
    }

    @Test(
        "what makes no sense is refused",
        arguments: [
            Fault(.answerLost, rate: 1.1), Fault(.answerLost, rate: -.infinity), Fault(.answerLost, rate: .nan),
            Fault(.answerLost, count: 0), Fault(.error(status: 200)), Fault(.delay(seconds: -1)),
            Fault(.delay(seconds: .infinity)), Fault(.answerLost, on: .init(route: "")),
        ]
    )
    func refusals(fault: Fault) {
        var plan = FaultPlan()
        #expect(throws: FaultRefusal.self) { try plan.put(fault, named: "a") }
        #expect(plan.entries.isEmpty)
    }
}
