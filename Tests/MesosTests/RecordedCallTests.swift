import Foundation
import Mesos
import Model
import Testing

@Suite("Recorded calls")
struct RecordedCallTests {
    @Test(
        "each recorded call, read by hand and encoded by us, gives the recorded bytes",
        arguments: Recording.all(".request")
    )
    func callsAgree(recording: Recording) throws {
        let recorded = try recording.requestBody()
        let message = try #require(WireMessage(recorded))
        if message.number(2) == 3 { return try compareAccept(message) }
        guard let call = SchedulerCall(recorded: message) else { return }
        let id = message.value(1).map { FrameworkID($0) }
        #expect(try call.encode(frameworkID: id) == recorded)
    }

    @Test("every kind of call that we send is among the recordings")
    func kinds() throws {
        let types = try Recording.all(".request").map { try WireMessage($0.requestBody())?.number(2) }
        #expect(Set(types) == [1, 2, 3, 4, 5, 6, 8, 9, 12])
    }

    /// Pods: what we add to each (kill policy, end of time) was not recorded; all else has to be the same.
    private func compareAccept(_ recorded: WireMessage) throws {
        let accept = try #require(recorded.message(4))
        let refuse = Span.seconds(Int64(accept.message(3)?.double(1) ?? 5))
        if let info = accept.message(2)?.message(2)?.message(1) { return try compareLaunch(recorded, info, refuse) }
        guard let group = accept.message(2)?.message(7), let plan = PodPlan(recorded: group) else { return }
        let call = SchedulerCall.accept(
            offers: accept.messages(1).compactMap { $0.text(1) }.map { OfferID($0) },
            pod: plan,
            refuse: refuse
        )
        let framework = try #require(recorded.value(1))
        let encoded = try #require(WireMessage(call.encode(frameworkID: FrameworkID(framework))))
        let stripped = encoded.mapping(4) { accept in
            accept.mapping(2) { operation in
                operation.mapping(7) { group in
                    group.mapping(2) { tasks in tasks.mapping(1) { $0.without([12, 14]) } }
                }
            }
        }
        #expect(stripped == recorded)
    }

    /// A task without a pod; not those with something in them that we never say: a health check, URIs.
    private func compareLaunch(_ recorded: WireMessage, _ info: WireMessage, _ refuse: Span) throws {
        guard info.message(8) == nil, info.message(7)?.message(1) == nil else { return }
        let call = SchedulerCall.acceptTask(
            offers: recorded.message(4)?.messages(1).compactMap { $0.text(1) }.map { OfferID($0) } ?? [],
            task: PodPlan.Task(recorded: info),
            agentID: AgentID(try #require(info.value(3))),
            refuse: refuse
        )
        let framework = try #require(recorded.value(1))
        let encoded = try #require(WireMessage(call.encode(frameworkID: FrameworkID(framework))))
        let ours = encoded.mapping(4) { $0.mapping(2) { $0.mapping(2) { $0.mapping(1) { $0.without([12, 14]) } } } }
        #expect(ours == recorded)
    }
}

extension SchedulerCall {
    /// nil for a call with something in it that we never say, such as a role to revive.
    fileprivate init?(recorded message: WireMessage) {
        switch message.number(2) {
        case 1:
            guard let subscribe = message.message(3), let framework = FrameworkInfo(recorded: subscribe) else {
                return nil
            }
            self = .subscribe(framework, suppressedRoles: subscribe.texts(2))
        case 2: self = .teardown
        case 4:
            guard let decline = message.message(5), let refuse = decline.message(2)?.double(1) else { return nil }
            let offers = decline.messages(1).compactMap { $0.text(1) }
            self = .decline(offers: offers.map { OfferID($0) }, refuse: Span(milliseconds: Int64(refuse * 1_000)))
        case 5:
            if message.message(15) != nil { return nil }
            self = .revive
        case 6:
            guard let kill = message.message(6), let task = kill.value(1) else { return nil }
            let grace = kill.message(3)?.message(1)?.number(1).map { Span(milliseconds: Int64($0) / 1_000_000) }
            self = .kill(TaskID(task), kill.value(2).map { AgentID($0) }, grace: grace)
        case 8:
            guard let ack = message.message(8), let agent = ack.value(1), let task = ack.value(2),
                let uuid = ack.data(3)
            else { return nil }
            self = .acknowledge(TaskID(task), AgentID(agent), uuid: uuid)
        case 9:
            let tasks = message.message(9)?.messages(1) ?? []
            self = .reconcile(tasks.map { Question(TaskID($0.value(1) ?? ""), on: $0.value(2).map { AgentID($0) }) })
        case 12:
            if message.message(16) != nil { return nil }
            self = .suppress
        default: return nil
        }
    }
}

extension FrameworkInfo {
    fileprivate init?(recorded subscribe: WireMessage) {
        guard let info = subscribe.message(1), info.messages(10).compactMap({ $0.number(1) }) == [5, 2, 6, 7] else {
            return nil
        }
        self.init(
            id: info.value(3).map { FrameworkID($0) },
            name: info.text(2) ?? "",
            user: info.text(1) ?? "",
            roles: info.texts(12),
            principal: info.text(8),
            hostname: info.text(7) ?? "",
            webuiURL: info.text(9),
            failoverTimeout: .seconds(Int64(info.double(4) ?? -1)),
            checkpoint: info.number(5) == 1,
            labels: Label.all(info.message(11))
        )
    }
}

extension Label {
    fileprivate static func all(_ labels: WireMessage?) -> [Label] {
        labels?.messages(1).map { Label($0.text(1) ?? "", $0.text(2)) } ?? []
    }
}

extension PodPlan {
    /// nil for a pod with something in it that we never say: URIs.
    fileprivate init?(recorded group: WireMessage) {
        guard let executor = group.message(1), let tasks = group.message(2)?.messages(1),
            tasks.allSatisfy({ $0.message(7)?.message(1) == nil })
        else { return nil }
        self.init(
            executorID: ExecutorID(executor.value(1) ?? ""),
            agentID: AgentID(tasks.first?.value(3) ?? ""),
            executorResources: executor.messages(5).map(Resource.init(recorded:)),
            network: .host,
            tasks: tasks.map(Task.init(recorded:))
        )
    }
}

extension PodPlan.Task {
    fileprivate init(recorded task: WireMessage) {
        let container = task.message(9)
        let check = task.message(13)
        self.init(
            id: TaskID(task.value(2) ?? ""),
            name: task.text(1) ?? "",
            resources: task.messages(4).map(Resource.init(recorded:)),
            command: .shell(task.message(7)?.text(3) ?? ""),
            user: task.message(7)?.text(5),
            image: container?.message(5)?.message(1)?.value(3),
            mounts: (container?.messages(2) ?? []).map { volume in
                let docker = volume.message(5)?.message(2)
                return PodPlan.Mount(
                    driver: docker?.text(1) ?? "",
                    volumeName: docker?.text(2) ?? "",
                    containerPath: volume.text(1) ?? ""
                )
            },
            check: check.map { check in
                PodPlan.Check(
                    command: .shell(check.message(2)?.message(1)?.text(3) ?? ""),
                    interval: .seconds(Int64(check.double(5) ?? -1)),
                    timeout: .seconds(Int64(check.double(6) ?? -1)),
                    delay: .seconds(Int64(check.double(4) ?? -1))
                )
            },
            killGrace: .seconds(3),
            maxCompletion: .hours(1),
            labels: Label.all(task.message(10))
        )
    }
}

extension Resource {
    fileprivate init(recorded resource: WireMessage) {
        self.init(
            name: resource.text(1) ?? "",
            value: .scalar(thousandths: Int64(((resource.message(3)?.double(1) ?? -1) * 1_000).rounded())),
            allocatedTo: resource.message(11)?.text(1)
        )
    }
}
