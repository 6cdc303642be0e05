import Foundation
import Mesos
import Model
import Scheduler
import Testing

@testable import Adapters
@testable import Lifecycle

/// Our pod beside the one that a real agent ran: `recordings/mesos/20-image-and-volume`.
@Suite("The pod has the recorded shape")
struct RecordedPodTests {
    /// The body of the recorded ACCEPT.
    private static func recorded() throws -> Wire {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/mesos/20-image-and-volume/02-accept.request")
        let request = try Data(contentsOf: file)
        let body = try #require(request.range(of: Data("\r\n\r\n".utf8))).upperBound
        return try #require(Wire(Array(request[body...])))
    }

    /// The LAUNCH_GROUP of an ACCEPT.
    private static func group(_ call: Wire) throws -> Wire {
        try #require(call.message(4)?.message(2)?.message(7))
    }

    private static func resources(_ wire: Wire, _ key: UInt64) -> [Resource] {
        wire.messages(key).map { resource in
            let amount = (resource.message(3)?.double(1) ?? -1) * 1_000
            return Resource(
                name: resource.text(1) ?? "",
                value: .scalar(thousandths: Int64(amount.rounded())),
                allocatedTo: resource.message(11)?.text(1)
            )
        }
    }

    @Test("executor, containers, volume and resources are the recorded bytes; what we add is on the tasks")
    func shape() throws {
        let recorded = try Self.recorded()
        let theirs = try Self.group(recorded)
        let theirTasks = try #require(theirs.message(2)).messages(1)
        let resources = PodResources(
            executor: Self.resources(try #require(theirs.message(1)), 5),
            cassandra: Self.resources(theirTasks[0], 4),
            suite: Self.resources(theirTasks[1], 4)
        )
        let order = PodBuilderTests.order(
            suite: RunSpec.Suite(image: "cassandra:3.11", command: "exit 0"),
            network: .host,
            ports: [31_000, 31_001, 31_002, 31_003, 31_004],
            resources: resources
        )
        let pod = try PodBuilderTests.builder.pod(order).get()
        let call = SchedulerCall.accept(offers: order.offers, pod: pod, refuse: order.settings.refuseWaiting)
        let framework = try #require(recorded.id(1))
        let ours = try Self.group(try #require(Wire(call.encode(frameworkID: FrameworkID(framework)))))
        #expect(ours.message(1) == theirs.message(1), "the executor")
        let tasks = try #require(ours.message(2)).messages(1)
        #expect(tasks.count == 2)
        for (ours, theirs) in zip(tasks, theirTasks) {
            #expect(ours.message(9) == theirs.message(9), "container: image and volume")
            #expect(ours.messages(4) == theirs.messages(4), "resources")
            #expect(ours.message(7)?.number(6) == 0, "no shell")
            #expect((ours.message(13) == nil) == (theirs.message(13) == nil), "a check")
            #expect(ours.message(12)?.message(1)?.number(1) == 10_000_000_000, "kill policy: 10 s")
            #expect(ours.message(14)?.number(1) == 4_200_000_000_000, "max_completion_time: 70 min")
        }
        #expect(tasks[0].message(13)?.number(1) == theirTasks[0].message(13)?.number(1), "a COMMAND check")
        #expect(tasks[0].message(11)?.message(6)?.message(1)?.text(2) == "cql")
    }
}
