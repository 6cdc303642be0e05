import Foundation
import HTTPTransport
import Model
import Testing
import ZooKeeper
import ZooKeeperServer

@testable import Mesos

/// Masters' entries in a real ZooKeeper, as real masters write them (`recordings/mesos/17-zk-two-masters`).
@Suite("Masters in ZooKeeper", .withZooKeeper, .timeLimit(.minutes(6)))
struct MasterEntriesTests {
    /// A node of a test's own, and a session that masters have entered themselves by.
    private struct Ensemble {
        let place: ZooKeeperAddress
        let session: ZooKeeperSession

        func enter(_ entry: String, as prefix: String = "json.info_") async throws -> String {
            try await session.createEphemeral("\(place.path)/\(prefix)", Array(entry.utf8))
        }

        func leave(_ node: String) async throws { try await session.multi([.delete(path: node)]) }
    }

    private static let recorded: [String] = {
        let file = Recording.folder.deletingLastPathComponent().appending(path: "mesos-operators/zk-nodes.txt")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""  // no entry: the tests say so
        return text.split(separator: "\n").filter { $0.hasPrefix("{") }.map(String.init)
    }()

    private static func entry(_ port: UInt16) -> String { #"{"address":{"ip":"127.0.0.1","port":\#(port)}}"# }

    private func withEnsemble(_ body: (Ensemble) async throws -> Void) async throws {
        let server = try WithZooKeeper.server
        let place = try ZooKeeperAddress("zk://\(server.address)/mesos-\(UInt64.random(in: .min ... .max))")
        let session = try ZooKeeperSession(servers: server.address, timeout: .seconds(10), credentials: nil)
        try await session.closing(after: .seconds(120)) { () async throws in
            // What else a real master keeps there.
            try await session.multi([
                .create(path: place.path, data: []), .create(path: "\(place.path)/log_replicas", data: []),
            ])
            try await body(Ensemble(place: place, session: session))
        }
    }

    private func error(_ place: String) async throws -> MesosError {
        let place = try MasterPlace(place)
        return try #require(await #expect(throws: MesosError.self) { try await place.addresses() })
    }

    @Test("whoever has entered itself first leads, and the next when it is gone")
    func order() async throws {
        try #require(Self.recorded.count == 2)
        try await withEnsemble { ensemble in
            let place = MasterPlace.zooKeeper(ensemble.place)
            let first = try await ensemble.enter(Self.recorded[0])
            _ = try await ensemble.enter(Self.recorded[1])
            let leader = MasterAddress(host: "127.0.0.1", port: 5_050)
            let standby = MasterAddress(host: "127.0.0.1", port: 5_052)
            #expect(try await place.addresses() == [leader, standby])
            try await ensemble.leave(first)
            #expect(try await place.addresses() == [standby])
            // Back, it is last.
            _ = try await ensemble.enter(Self.recorded[0])
            #expect(try await place.addresses() == [standby, leader])
        }
    }

    @Test("what is no entry is none, and one that cannot be read does not hide the others")
    func foreign() async throws {
        try await withEnsemble { ensemble in
            _ = try await ensemble.enter(Self.entry(1), as: "info_")
            _ = try await ensemble.enter(Self.entry(2), as: "json.info_x")
            _ = try await ensemble.enter("no JSON")
            _ = try await ensemble.enter(Self.entry(5_050))
            let masters = try await MasterPlace.zooKeeper(ensemble.place).addresses()
            #expect(masters == [MasterAddress(host: "127.0.0.1", port: 5_050)])
        }
    }

    @Test("where nobody has entered itself, or nobody that can be read, that is said with the place")
    func nobody() async throws {
        try await withEnsemble { ensemble in
            let none = try await error("\(ensemble.place)")
            #expect(none.code == .notReady && none.retry == .safe && none.message.contains(ensemble.place.path))
            let nowhere = try await error("\(ensemble.place)-elsewhere")
            #expect(nowhere.code == .notReady && nowhere.message.contains("--zk"))
            _ = try await ensemble.enter(#"{"address":{"ip":"127.0.0.1","port":70000}}"#)
            #expect(try await error("\(ensemble.place)").code == .badMasterAnswer)
        }
    }

    @Test(
        "an entry is checked before anybody is spoken to",
        arguments: [
            "", "[]", "{}", #"{"address":{}}"#, #"{"address":{"ip":"10.0.0.1"}}"#, #"{"address":{"port":5050}}"#,
            #"{"address":{"ip":"10.0.0.1","port":0}}"#, #"{"address":{"ip":"10.0.0.1/x","port":5050}}"#,
            #"{"address":{"ip":"","port":5050}}"#, #"{"address":{"ip":"10.0.0.1","port":-1}}"#,
            #"{"address":{"ip":"10.0.0.1","port":5050}}"# + String(repeating: " ", count: 65_536),
        ]
    )
    func refused(_ entry: String) throws {
        let error = try #require(throws: MesosError.self) { try MasterEntries.master(Array(entry.utf8), "zk://a/b") }
        #expect(error.code == .badMasterAnswer && error.message.contains("zk://a/b"))
    }

    @Test("an IPv6 address is one")
    func sixth() throws {
        let entry = #"{"address":{"ip":"::1","hostname":"m","port":5050}}"#
        let master = try MasterEntries.master(Array(entry.utf8), "zk://a/b")
        #expect(master == MasterAddress(host: "::1", port: 5_050))
    }

    @Test("a ZooKeeper that does not answer is waited for, but not for ever, and named")
    func silent() async throws {
        let relay = try ZooKeeperRelay(to: try WithZooKeeper.server.port)
        relay.become(.mute)
        defer { relay.stop() }
        let entries = MasterEntries(try ZooKeeperAddress("zk://\(relay.address)/mesos"), patience: .seconds(1))
        let error = try #require(await #expect(throws: MesosError.self) { try await entries.read() })
        #expect(error.code == .zooKeeper && error.retry == .safe, "\(error)")
        #expect(error.message.contains(relay.address) && error.message.contains("not answered"))
    }

    @Test("a client subscribes with whoever leads, and with the next one when that has gone")
    func follows() async throws {
        // They refuse: whom the client has asked is all that matters here.
        let gone = LoopbackMaster.Reply(bytes: Array("HTTP/1.1 503 Gone\r\nContent-Length: 0\r\n\r\n".utf8))
        let masters = try [LoopbackMaster([gone]), LoopbackMaster([gone])]
        defer { masters.forEach { $0.stop() } }
        try await withEnsemble { ensemble in
            let first = try await ensemble.enter(Self.entry(masters[0].port))
            let client = try MesosClient(
                masters: .zooKeeper(ensemble.place),
                framework: FrameworkInfo(
                    name: "understudy",
                    user: "root",
                    roles: ["r"],
                    hostname: "h",
                    failoverTimeout: .days(14)
                ),
                http: HTTPClient()
            )
            let asked = masters[0]
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await client.run { _ in } }
                while asked.requests.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
                try await ensemble.leave(first)
                _ = try await ensemble.enter(Self.entry(masters[1].port))
                while masters[1].requests.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
                group.cancelAll()
                try await group.waitForAll()
            }
        }
        #expect(masters[1].requests.first.map { String(decoding: $0.prefix(4), as: UTF8.self) } == "POST")
    }
}
