import Mesos
import Model
import Testing

/// What no recording holds.
@Suite("Call encoding")
struct CallEncodingTests {
    private func pod(
        network: PodPlan.Network = .host,
        mappings: [PodPlan.PortMapping] = [],
        task: PodPlan.Task
    ) -> PodPlan {
        PodPlan(
            executorID: ExecutorID("E"),
            agentID: AgentID("S"),
            executorResources: [],
            network: network,
            portMappings: mappings,
            tasks: [task]
        )
    }

    private func task(_ resources: [Resource] = []) -> PodPlan.Task {
        PodPlan.Task(
            id: TaskID("t"),
            name: "db",
            resources: resources,
            command: .shell("true"),
            killGrace: .seconds(30),
            maxCompletion: .hours(2)
        )
    }

    private func group(_ pod: PodPlan) throws -> WireMessage {
        let call = SchedulerCall.accept(offers: [OfferID("O")], pod: pod, refuse: .seconds(5))
        let message = try #require(WireMessage(call.encode(frameworkID: FrameworkID("F"))))
        return try #require(message.message(4)?.message(2)?.message(7))
    }

    private func refused(_ pod: PodPlan) -> Bool {
        do {
            _ = try group(pod)
            return false
        } catch {
            return (error as? MesosError)?.code == .cannotEncode
        }
    }

    @Test("a program is run by itself with its arguments, its name first, and what is fetched for it can be executed")
    func program() throws {
        var task = task()
        task.command = .program("/mnt/mesos/sandbox/copyboot", arguments: ["await", "/bin/sh"])
        task.fetched = [PodPlan.Fetched(url: "http://h:1/v1/helper/abc", name: "copyboot")]
        task.check = PodPlan.Check(
            command: .program("/mnt/mesos/sandbox/copyboot", arguments: ["check"]),
            interval: .seconds(1),
            timeout: .seconds(5),
            delay: .zero
        )
        let info = try #require(try group(pod(task: task)).message(2)?.message(1))
        let command = try #require(info.message(7))
        #expect(command.number(6) == 0)
        #expect(command.text(3) == "/mnt/mesos/sandbox/copyboot")
        #expect(command.texts(7) == ["/mnt/mesos/sandbox/copyboot", "await", "/bin/sh"])
        let uri = try #require(command.message(1))
        #expect(uri.text(1) == "http://h:1/v1/helper/abc" && uri.text(5) == "copyboot")
        #expect(uri.number(2) == 1 && uri.number(3) == 0 && uri.number(4) == 1)
        #expect(info.message(13)?.message(2)?.message(1)?.texts(7) == ["/mnt/mesos/sandbox/copyboot", "check"])
    }

    @Test("a named network with its port mappings is the executor's, never the task's")
    func network() throws {
        let mappings = [PodPlan.PortMapping(hostPort: 31_000, containerPort: 9_042)]
        let group = try group(pod(network: .named("mesos-bridge"), mappings: mappings, task: task()))
        let container = try #require(group.message(1)?.message(11))
        #expect(container.number(1) == 2)
        #expect(container.message(7)?.text(6) == "mesos-bridge")
        #expect(container.message(7)?.message(7) == WireMessage().with(1, 31_000).with(2, 9_042).with(3, "tcp"))
        #expect(group.message(2)?.message(1)?.message(9) == nil)
        #expect(try self.group(pod(task: task())).message(1)?.message(11) == nil)
        #expect(refused(pod(mappings: mappings, task: task())))
    }

    @Test("user, environment, grace, end of time, discovery and labels are where Mesos looks for them")
    func taskDetails() throws {
        var task = task()
        task.user = "nobody"
        task.environment = [Label("A", "1"), Label("B", nil)]
        task.discovery = [.init(name: "cql", number: 31_000)]
        task.labels = [Label("understudy.run", "r1"), Label("empty", ""), Label("none", nil)]
        let info = try #require(try group(pod(task: task)).message(2)?.message(1))
        #expect(info.message(7)?.text(5) == "nobody")
        #expect(
            info.message(7)?.message(2)
                == WireMessage().with(1, WireMessage().with(1, "A").with(2, "1").with(3, 1))
                .with(1, WireMessage().with(1, "B").with(2, "").with(3, 1))
        )
        #expect(info.message(12)?.message(1)?.number(1) == 30_000_000_000)
        #expect(info.message(14)?.number(1) == 7_200_000_000_000)
        let port = WireMessage().with(1, 31_000).with(2, "cql").with(3, "tcp")
        #expect(info.message(11) == WireMessage().with(1, 1).with(2, "db").with(6, WireMessage().with(1, port)))
        #expect(info.message(10)?.messages(1).map { $0.text(2) } == ["r1", "", nil])
    }

    @Test("a resource goes out as it came in: role, reservations, ranges")
    func resources() throws {
        let resources = [
            Resource(
                name: "ports",
                value: .ranges([31_000...31_005]),
                allocatedTo: "r",
                reservations: [
                    .init(dynamic: false, role: "a"),
                    .init(dynamic: true, role: "a/b", principal: "p", labels: [Label("k", "v")]),
                ]
            ),
            Resource(name: "cpus", value: .scalar(thousandths: 4_300)),
            Resource(name: "names", value: .set(["x", "y"])),
        ]
        let info = try #require(try group(pod(task: task(resources))).message(2)?.message(1))
        let offer = WireMessage().with(1, value: "O").with(2, value: "F").with(3, value: "S").with(4, "h")
        let whole = info.messages(4).reduce(offer) { $0.with(5, $1) }
        let record = WireMessage().with(1, 2).with(3, WireMessage().with(1, whole)).bytes
        guard case .offers(let offers, _) = try SchedulerEvent(record: record) else { throw CancellationError() }
        #expect(offers.first?.resources == resources)
        #expect(info.messages(4)[1].message(3)?.double(1) == 4.3)
    }

    @Test("what cannot be said is refused: special resources, zero bytes, no tasks, endless times")
    func refusals() {
        #expect(refused(pod(task: task([Resource(name: "d", value: .scalar(thousandths: 1), special: true)]))))
        var zero = task()
        zero.command = .shell("rm -rf /tmp/x\0y")
        #expect(refused(pod(task: zero)))
        var none = pod(task: task())
        none.tasks = []
        #expect(refused(none))
        var endless = task()
        endless.maxCompletion = Span(milliseconds: .max)
        #expect(refused(pod(task: endless)))
    }

    @Test("implicit reconciliation sends the empty message, without which the master answers 400")
    func implicitReconciliation() throws {
        let message = try #require(WireMessage(SchedulerCall.reconcile([]).encode(frameworkID: FrameworkID("F"))))
        #expect(message.data(9) == [])
    }
}
