import Model
import Testing

@testable import API

@Suite("A plan of the Plans tab")
struct PlanViewTests {
    private static let at = Timestamp(Instant(milliseconds: 1_700_000_000_000))

    private func health(
        subscribed: Bool = true,
        portworx: Bool = true,
        framework: HealthView.Framework? = nil
    ) -> HealthView {
        HealthView(
            subscribed: subscribed,
            leader: true,
            store: true,
            portworx: portworx,
            since: Self.at,
            framework: framework,
            frameworkId: FrameworkID("f-1")
        )
    }

    private func steps(_ plan: PlanView) -> [String: PlanView.StepView] {
        let steps = plan.phases.flatMap(\.steps)
        #expect(Set(steps.map(\.id)).count == steps.count, "ids are each their own")
        return Dictionary(steps.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    // MARK: deploy

    @Test("is over for a scheduler that can act, and says of each step that it is done")
    func deployed() {
        let plan = PlanView.deploy(ServiceSituation(health: health()))
        #expect(plan.status == .complete && plan.isOver && plan.errors.isEmpty)
        #expect(plan.phases.map(\.name) == ["scheduler"])
        #expect(plan.phases[0].steps.map(\.name) == ["state", "subscribe", "storage"])
        #expect(plan.phases[0].steps.map(\.status) == [.complete, .complete, .complete])
        #expect(steps(plan)["subscribe"]?.message == "subscribed as f-1")
    }

    @Test("says of a step that is not done what it waits for, and whether anything is wrong")
    func deploying() {
        let cases: [(ServiceSituation, String, PlanView.Status, String, Bool)] = [
            (.init(health: health(subscribed: false)), "subscribe", .starting, "waits for the Mesos master", false),
            (.init(health: health(portworx: false)), "storage", .starting, "first answer of Portworx", false),
            (
                .init(health: health(portworx: false), storageFault: "503 no quorum"), "storage", .waiting,
                "Portworx: 503 no quorum", true
            ),
            (.init(health: health(), pause: "no word from ZooKeeper"), "state", .waiting, "ZooKeeper", true),
            (
                .init(health: health(subscribed: false, framework: .removed)), "subscribe", .waiting,
                "reset-framework", true
            ),
        ]
        for (situation, name, status, word, isWrong) in cases {
            let plan = PlanView.deploy(situation)
            let step = steps(plan)[name]
            #expect(step?.status == status && step?.message.contains(word) == true, "\(name): \(word)")
            #expect(!plan.isOver && plan.errors.isEmpty == !isWrong, "\(name): \(word)")
            #expect(plan.phases.flatMap(\.steps).count { $0.status != .complete } == 1)
        }
    }

    @Test("of a standby says who leads, and is never over")
    func standby() {
        let plan = PlanView.deploy(standby: "the scheduler at 10.0.0.1:8642 leads")
        #expect(plan.status == .waiting && !plan.isOver)
        #expect(steps(plan)["state"]?.message == "the scheduler at 10.0.0.1:8642 leads")
        #expect(plan.phases.flatMap(\.steps).allSatisfy { $0.status != .complete })
    }

    // MARK: runs

    /// A run that has entered these, one second after the other.
    private func run(_ phases: [Phase], service: Bool = false, result: RunResult? = nil) -> RunView {
        RunView(
            id: RunID("r1"),
            source: SourceName("guestbook"),
            service: service,
            phase: phases.last ?? .requested,
            result: result,
            reason: result.map { "because it \($0.rawValue)" },
            phases: phases.enumerated().map { index, phase in
                RunView.PhaseView(
                    phase: phase,
                    at: Timestamp(Self.at.instant + .seconds(Int64(index))),
                    seconds: index == phases.count - 1 ? nil : 1
                )
            }
        )
    }

    private static let active = Phase.allCases.filter(\.isActive)

    @Test(
        "of a run under way has done what is behind it, is at one step, and has the rest before it",
        arguments: active
    )
    func underWay(_ phase: Phase) throws {
        let passed = Phase.allCases.prefix { $0 != phase }
        let plan = PlanView(run: run(Array(passed) + [phase]))
        let all = plan.phases.flatMap(\.steps)
        #expect(plan.phases.map(\.name) == ["copy", "task", "use", "end"])
        #expect(all.map(\.name) == Phase.allCases.filter { $0 != .ended }.map(\.rawValue))
        let place = try #require(all.firstIndex { $0.name == phase.rawValue })
        #expect(all[..<place].allSatisfy { $0.status == .complete && $0.message == "took 1.0 s" })
        #expect([.waiting, .starting, .started].contains(all[place].status))
        #expect(all[(place + 1)...].allSatisfy { $0.status == .pending })
        #expect(!plan.isOver && plan.errors.isEmpty)
    }

    @Test(
        "of a run that has ended is over, is an error when the run is, and shows what it came to alone",
        arguments: RunResult.allCases,
        active
    )
    func ended(_ result: RunResult, _ last: Phase) throws {
        let passed = Array(Phase.allCases.prefix { $0 != last }) + [last]
        let isWrong = result == .failed || result == .error
        let ending = PlanView(run: run(passed + [.ending], result: result))
        #expect(!ending.isOver && ending.errors.isEmpty == !isWrong)
        let plan = PlanView(run: run(passed + [.ending, .ended], result: result))
        #expect(plan.isOver && plan.status == (isWrong ? .error : .complete))
        #expect(plan.errors == (isWrong ? ["because it \(result.rawValue)"] : []))
        #expect(plan.phases.flatMap(\.steps).map(\.name) == (passed + [.ending]).map(\.rawValue))
        let step = try #require(steps(plan)[last.rawValue])
        #expect(step.status == (isWrong ? .error : .complete))
        #expect(step.message == "\(result.rawValue): because it \(result.rawValue)")
    }

    @Test("takes back what a fresh attempt has before it again, and says what was not needed")
    func again() {
        let plan = PlanView(run: run([.requested, .snapshotting, .cloning, .waiting, .launching, .cloning]))
        let steps = steps(plan)
        #expect(steps["cloning"]?.status == .starting)
        #expect(steps["waiting"]?.status == .pending && steps["launching"]?.status == .pending)
        #expect(steps["quiescing"]?.status == .complete && steps["quiescing"]?.message == "not needed")
    }

    @Test("of a service run has no suite, and says where it answers")
    func service() {
        var view = run([.requested, .snapshotting, .cloning, .waiting, .launching, .starting, .sealing, .ready])
        view.service = true
        view.endpoints = [
            .init(host: "10.0.0.1", port: 9_042, user: "u"), .init(host: "fd00::1", port: 9_042, user: "u"),
        ]
        let steps = steps(PlanView(run: view))
        #expect(steps["testing"] == nil)
        #expect(steps["ready"]?.status == .started)
        #expect(steps["ready"]?.message == "at 10.0.0.1:9042, [fd00::1]:9042")
    }

    @Test("says why a run waits, in a line that may be printed")
    func waiting() {
        var view = run([.requested])
        #expect(steps(PlanView(run: view))["requested"]?.message == "waits for an offer")
        view.obstacle = "20 runs\u{1B}[2J are under way\n"
        view.refusals = [
            .init(reason: "memory", count: 2, example: "short of memory"), .init(reason: "tier", count: 1),
        ]
        let step = steps(PlanView(run: view))["requested"]
        #expect(step?.status == .waiting)
        #expect(
            step?.message
                == "20 runs?[2J are under way?; refused 2 offers, memory: short of memory; refused 1 offer, tier"
        )
        view.obstacle = String(repeating: "x", count: 100_000)
        #expect(steps(PlanView(run: view))["requested"]?.message.count == PlanView.messageMax + 1)
    }

    @Test(
        "has a name that can be no path",
        arguments: ["", "run-", "run-../x", "run-%2e%2e", "Deploy", "run-R1", "recovery"]
    )
    func noName(_ text: String) { #expect(PlanView.Name(checking: text) == nil) }

    @Test("has a name that reads as it is written", arguments: [PlanView.Name.deploy, .run(RunID("r1"))])
    func name(_ name: PlanView.Name) { #expect(PlanView.Name(checking: name.description) == name) }
}
