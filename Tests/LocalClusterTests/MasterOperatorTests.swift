import Foundation
import Testing

@testable import LocalCluster

/// What the local master tells operators, held against a real one's answers (`recordings/mesos/13-state`).
@Suite("The local master's operator endpoints", .timeLimit(.minutes(6)))
struct MasterOperatorTests {
    /// Maps, whose keys are values.
    private static let maps: Set = ["attributes"]
    /// What says that this is no real master.
    private static let addedHere: Set = ["stand_in"]

    private static func recorded(_ name: String) throws -> JSONValue {
        let bytes = Data(try fixture("mesos-operators/\(name).response"))
        let end = try #require(bytes.range(of: Data("\r\n\r\n".utf8)))
        return try JSONValue.parse(Array(bytes[end.upperBound...]))
    }

    private static func own(_ fixture: MasterFixture, _ path: String) async throws -> JSONValue {
        let (head, body) = try await TestConnection.exchange(fixture.address, TestHTTP.get(path))
        #expect(head.status == 200, "\(path)")
        return try JSONValue.parse(body)
    }

    @Test(
        "with a framework and its task, each has no field and no type that a real master's has not",
        arguments: [
            ("18-get-master-frameworks", "/master/frameworks"), ("20-get-master-slaves", "/master/slaves"),
            ("21-get-master-roles", "/master/roles"), ("23-get-master-flags", "/master/flags"),
            ("24-get-version", "/version"),
        ]
    )
    func shape(_ name: String, _ path: String) async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler(.init(principal: "px-principal"))
            let offer = try #require(try await scheduler.offers().first)
            let task = TestTask(id: "pod.a", command: "exec sleep 100")
            try await scheduler.accept(offer, [.group(executor: "pod-exec", [task])])
            _ = try await scheduler.update("pod.a", "RUNNING")
            let own = try await Self.own(fixture, path)
            #expect(Self.differences(try Self.recorded(name), own, at: name) == [])
            // With the prefix and without it is the same page.
            let short = path.replacingOccurrences(of: "/master/", with: "/")
            #expect(Self.differences(own, try await Self.own(fixture, short), at: short) == [])
        }
    }

    @Test("what a task uses is used, what is offered is offered, and what nobody has is neither")
    func resources() async throws {
        try await MasterFixture.run { fixture in
            let idle = try await Self.own(fixture, "/master/slaves")
            #expect(Self.amount("used", idle) == nil && Self.amount("offered", idle) == nil)
            #expect(Self.amount("unreserved", idle) == 4)
            let scheduler = try await fixture.scheduler()
            let offer = try #require(try await scheduler.offers().first)
            #expect(Self.amount("offered", try await Self.own(fixture, "/master/slaves")) == 4)
            let task = TestTask(id: "pod.a", command: "exec sleep 100", cpus: 1)
            let group = TestOperation.group(executor: "pod-exec", [task])
            try await scheduler.accept(offer, refuse: 3_600, [group])
            _ = try await scheduler.update("pod.a", "RUNNING")
            let busy = try await Self.own(fixture, "/master/slaves")
            #expect(Self.amount("used", busy) == 1.1, "the task and its executor")
            #expect(Self.amount("offered", busy) == nil)
        }
    }

    @Test("a framework that is torn down is among those that are over, with no task")
    func tornDown() async throws {
        try await MasterFixture.run { fixture in
            let scheduler = try await fixture.scheduler(.init(name: "short-lived"))
            try await scheduler.teardown()
            let document = try await Self.own(fixture, "/master/frameworks")
            guard case .array(let registered)? = document["frameworks"],
                case .array(let completed)? = document["completed_frameworks"]
            else {
                Issue.record("\(document)")
                return
            }
            #expect(registered.isEmpty)
            #expect(completed.compactMap { $0["name"]?.text } == ["short-lived"])
            #expect(completed.first?["tasks"] == .array([]))
        }
    }

    @Test("it leads, and says where it is as a real one does: without a scheme")
    func redirect() async throws {
        try await MasterFixture.run { fixture in
            let (head, _) = try await TestConnection.exchange(fixture.address, TestHTTP.get("/master/redirect"))
            #expect(head.status == 307)
            #expect(head.headers["location"] == "//\(fixture.address)")
        }
    }

    /// CPUs of the first agent.
    private static func amount(_ kind: String, _ document: JSONValue) -> Double? {
        guard case .array(let agents)? = document["slaves"],
            case .array(let resources)? = agents.first?["\(kind)_resources_full"]
        else { return nil }
        let cpus = resources.first { $0["name"]?.text == "cpus" }
        return cpus?["scalar"]?["value"].flatMap(number)
    }

    private static func number(_ value: JSONValue) -> Double? {
        switch value {
        case .integer(let number): Double(number)
        case .real(let number): number
        case .null, .bool, .string, .array, .object: nil
        }
    }

    /// Where the second value has a field that the first has not, or one of another type.
    private static func differences(_ recorded: JSONValue, _ own: JSONValue, at path: String) -> [String] {
        switch (recorded, own) {
        case (.object(let recorded), .object(let own)):
            return own.keys.sorted().flatMap { key -> [String] in
                if addedHere.contains(key) { return [] }
                guard let theirs = recorded[key], let ours = own[key] else { return ["\(path).\(key) added"] }
                if maps.contains(key), case .object(let values) = ours {
                    return values.values.allSatisfy { $0.text != nil } ? [] : ["\(path).\(key) is no map of strings"]
                }
                return differences(theirs, ours, at: "\(path).\(key)")
            }
        case (.array(let recorded), .array(let own)):
            // One recorded element is enough that an own one is like: ports are no CPUs.
            return own.flatMap { own in
                recorded.map { differences($0, own, at: path + "[]") }.min { $0.count < $1.count } ?? []
            }
        case (.string, .string), (.bool, .bool), (.null, .null): return []
        default: return number(recorded) != nil && number(own) != nil ? [] : ["\(path) has another type"]
        }
    }
}
