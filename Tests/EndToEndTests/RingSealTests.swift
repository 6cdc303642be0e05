import Cassandra
import CQLClient
import FoundationEssentials
import Glibc
import LocalCluster
import Model
import Testing

@testable import understudy

@Suite("Copies become a ring", .serialized, .timeLimit(.minutes(5)))
struct RingSealTests {
    private static let addresses = ["127.0.0.31", "127.0.0.32"]

    /// Two volumes with a helper each, as agents of their own would run them; they have CQL's and the storage port in common.
    private func play(
        firstPort: UInt16,
        _ body: ([CopyBoot], _ order: (Int) throws -> BootOrder) async throws -> Void
    ) async throws {
        try await CopyBoot.play(firstPort: firstPort) { first in
            try await CopyBoot.play(firstPort: firstPort + 5) { second in
                let boots = [first, second]
                try await body(boots) { place in
                    try boots[place].order { order in
                        order.ring = BootOrder.Ring(place: place, addresses: Self.addresses)
                        order.listen = Self.addresses[place]
                        order.advertise = Self.addresses[place]
                        order.ports.published = boots[0].ports.published
                        order.ports.storage = boots[0].ports.storage
                        order.bootSeconds = 20
                    }
                }
            }
        }
    }

    /// Starts both, lets the body look, and ends them.
    private func running(
        _ boots: [CopyBoot],
        _ order: (Int) throws -> BootOrder,
        _ body: ([ChildProcess]) async throws -> Void
    ) async throws {
        let processes = try boots.indices.map { try boots[$0].start(try order($0)) }
        let result: Result<Void, any Error>
        do { result = .success(try await body(processes)) } catch { result = .failure(error) }
        for process in processes { _ = await process.end(by: SIGTERM, within: .seconds(10)) }
        if case .failure = result { for boot in boots { print("the helper's words:\n\(boot.said)") } }
        try result.get()
    }

    private func connect(_ place: Int, _ order: BootOrder) throws -> CQLConnection {
        try CQLConnection.open(
            host: Self.addresses[place],
            port: order.ports.published,
            login: CQLLogin(user: "ci_abc", password: CopyBoot.password)
        )
    }

    @Test("each forgets production's ring, and knows the other under the run's name and with its own tokens")
    func joins() async throws {
        try await play(firstPort: 17_000) { boots, order in
            try await running(boots, order) { _ in
                for place in boots.indices {
                    let order = try order(place)
                    try await boots[place].expect(step: .ready, at: Self.addresses[place], order.ports.published)
                }
                for place in boots.indices {
                    let other = Self.addresses[1 - place]
                    let copy = try connect(place, try order(place))
                    #expect(try copy.texts("SELECT cluster_name FROM system.local") == [["ci-abc"]])
                    let peers = try copy.texts("SELECT peer, rpc_address FROM system.peers")
                    #expect(peers == [["'\(other)'", "'\(other)'"]])
                    let own = try copy.texts("SELECT schema_version FROM system.local")
                    #expect(try copy.texts("SELECT schema_version FROM system.peers") == own)
                    let options = try copy.texts("SELECT keyspace_name, replication FROM system_schema.keyspaces")
                    let guestbook = try #require(options.first { $0[0] == "guestbook" })
                    #expect(guestbook[1].contains("'replication_factor': '2'"), "two nodes can honour it: \(guestbook)")
                    let auth = try #require(options.first { $0[0] == "system_auth" })
                    #expect(auth[1].contains("'replication_factor': '2'"), "\(auth)")
                    #expect(try copy.texts("SELECT role FROM system_auth.roles WHERE role = 'cassandra'").count <= 1)
                    let report = try boots[place].report()
                    #expect(report.steps.last?.step == "joining" && report.ring == 2)
                    // One of two nodes holds a part of a keyspace with one replica; two of two hold all of it.
                    #expect(report.keyspaces.first { $0.name == "part" }?.complete == true)
                }
            }
        }
    }

    @Test("the second does not start its published boot before the first answers, and gives up in the end")
    func waits() async throws {
        try await play(firstPort: 17_020) { boots, order in
            var alone = try order(1)
            // For its isolated boot as well, which a busy machine takes seconds for.
            alone.bootSeconds = 10
            let (code, report) = try await boots[1].ending(alone)
            #expect(code == .exited(SealFault.notJoined.rawValue), "\(boots[1].said)")
            #expect(report.message?.contains(Self.addresses[0]) == true, "\(report.message ?? "")")
        }
    }

    @Test("two copies of one node are found out, and neither is published")
    func twins() async throws {
        try await play(firstPort: 17_040) { boots, order in
            try FileManager.default.removeItem(atPath: boots[1].volume)
            try FileManager.default.copyItem(atPath: boots[0].volume, toPath: boots[1].volume)
            try await running(boots, order) { processes in
                // Whoever notices first leaves the other alone.
                let deadline = ContinuousClock.now + .seconds(60)
                while processes.allSatisfy(\.isRunning) {
                    try #require(ContinuousClock.now < deadline, "nobody noticed")
                    try await Task.sleep(for: .milliseconds(20))
                }
                let first = try #require(processes.first { !$0.isRunning })
                #expect(await first.wait() == .exited(SealFault.badRing.rawValue))
                let words = try boots.map { try $0.report().message ?? "" }
                #expect(words.contains { $0.contains("copies of one node") }, "\(words)")
                #expect(!boots.contains { $0.said.contains("understudy: ready") })
            }
        }
    }

    @Test("a stranger among the peers is found out")
    func stranger() async throws {
        try await play(firstPort: 17_060) { boots, order in
            // A node of the run's name that joins whoever it can speak to; the second of the ring stays away.
            let first = try order(0)
            let stranger = try CopyBoot.standIn(
                in: "\(boots[0].folder)/stranger",
                cluster: "ci-abc",
                host: "127.0.0.39",
                ports: first.ports,
                seed: Self.addresses[0]
            )
            let (code, report) = try await boots[0].ending(first)
            _ = await stranger.end(by: SIGTERM, within: .seconds(5))
            #expect(code == .exited(SealFault.notSealed.rawValue), "\(boots[0].said)")
            #expect(report.message?.contains("127.0.0.39") == true, "\(report.message ?? "")")
        }
    }
}
