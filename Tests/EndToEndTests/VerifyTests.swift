import API
import FoundationEssentials
import Glibc
import LocalCluster
import Model
import Testing
import ZooKeeperServer

@testable import understudy

/// `understudy uninstall --verify`: before an uninstallation, while it is held up, and after.
@Suite("Verifying an uninstallation, end to end", .serialized, .withZooKeeper, .timeLimit(.minutes(6)))
struct VerifyTests {
    private static let firstPort: UInt16 = 13_500

    private struct Found: Decodable {
        struct Item: Decodable {
            var place: String
            var what: String
            var removal: String
        }

        struct Unseen: Decodable {
            var place: String
            var reason: String
            var fix: String
        }

        var left: [Item]
        var unseen: [Unseen]
        var remarks: [String]
    }

    private static func verify(
        _ stage: Stage,
        _ state: String? = nil,
        more: [String] = [],
        exits status: Int32
    ) async throws -> Found {
        let flags = [
            "uninstall", "--verify", "--json", "--master", stage.demo.cluster.masterAddress,
            "--portworx", stage.demo.cluster.storageURL,
            "--state", state ?? "sqlite:\(stage.demo.directory)/state.sqlite",
        ]
        let (ending, output) = try await Stage.run(try Stage.program, flags + more)
        #expect(ending == .exited(status), "\(output)")
        let found = try JSONDecoder().decode(Found.self, from: Data(output.utf8))
        #expect(found.left.allSatisfy { !$0.removal.isEmpty } && found.unseen.allSatisfy { !$0.fix.isEmpty })
        return found
    }

    @Test("a file: what is there before is listed with how to remove it, and after it nothing is")
    func file() async throws {
        try await Stage.play(firstPort: Self.firstPort) { stage in
            let nothing = try await Self.verify(stage, exits: 0)
            #expect(nothing.left.isEmpty && nothing.unseen.isEmpty && nothing.remarks.isEmpty)
            try await stage.start()
            let run = try await stage.submit("sleep 600", key: "under-way")
            try await stage.until("the suite runs") { try await stage.view(run).phase == .testing }
            let before = try await Self.verify(stage, exits: 1)
            let mesos = before.left.filter { $0.place == "mesos" }
            #expect(mesos.count == 1 && mesos.first?.what.contains("task understudy.\(run).0.1.suite") == true)
            let volumes = before.left.filter { $0.place == "portworx" }.map(\.what)
            #expect(volumes.count == 2, "\(volumes)")
            #expect(volumes.first?.contains("understudy-\(run)-0-c1") == true, "the clone before its snapshot")
            #expect(volumes.last?.contains("understudy-\(run)-s1") == true)
            #expect(before.unseen.map(\.place) == ["store"], "the scheduler has it")

            let (done, said) = try await stage.understudy("uninstall", "--yes")
            #expect(done == .exited(0), "\(said)")
            let held = try await Self.verify(stage, exits: 3)
            #expect(held.left.isEmpty && held.unseen.map(\.place) == ["store"])
            await stage.demo.stopScheduler()
            let after = try await Self.verify(stage, exits: 0)
            #expect(after.left.isEmpty && after.unseen.isEmpty)
            #expect(after.remarks.count == 1, "the mark that it is over")
            #expect(await stage.isClean())
        }
    }

    @Test("a scheduler that was only killed leaves its framework, its volumes and its state")
    func killed() async throws {
        try await Stage.play(firstPort: Self.firstPort) { stage in
            let state = "zk://\(try WithZooKeeper.server.address)/dcos-service-\(UInt64.random(in: .min ... .max))"
            try await stage.start(more: ["--state", state])
            let run = try await stage.submit("sleep 600", key: "under-way")
            try await stage.until("the suite runs") { try await stage.view(run).phase == .testing }
            await stage.demo.stopScheduler(with: SIGKILL)
            let left = try await Self.verify(stage, state, exits: 1)
            #expect(Set(left.left.map(\.place)) == ["mesos", "store", "portworx"], "\(left)")
            #expect(left.left.last?.place == "store", "it says what else there may be")

            // Another service's are its own.
            let other = try await Self.verify(
                stage,
                "zk://\(try WithZooKeeper.server.address)/dcos-service-other",
                more: ["--name", "other"],
                exits: 0
            )
            #expect(other.left.isEmpty && other.remarks.isEmpty)

            try await stage.start(more: ["--state", state, "--uninstall"], ableToAct: false)
            try await stage.until("it is over") {
                try await stage.client { try await $0.plan("deploy").status == .complete }
            }
            let gone = try await Self.verify(stage, state, exits: 0)
            #expect(gone.left.isEmpty && gone.unseen.isEmpty && gone.remarks.isEmpty, "\(gone)")
        }
    }

    @Test("what cannot be looked at is told, and the rest is looked at all the same")
    func unseen() async throws {
        try await Stage.play(firstPort: Self.firstPort) { stage in
            let nowhere = try await Self.verify(stage, more: ["--master", "127.0.0.1:1"], exits: 3)
            #expect(nowhere.unseen.map(\.place) == ["mesos"] && nowhere.left.isEmpty)
            try await stage.start()
            let both = try await Self.verify(stage, more: ["--portworx", "http://127.0.0.1:1"], exits: 1)
            #expect(both.unseen.map(\.place) == ["portworx", "store"] && both.left.map(\.place) == ["mesos"])
        }
    }

    @Test("it takes no part in doing it, and the doing takes none of its settings")
    func usage() async throws {
        let program = try Stage.program
        for wrong in [["--verify", "--yes"], ["--yes", "--name", "x"], ["--verify"]] {
            let (ending, output) = try await Stage.run(program, ["uninstall"] + wrong)
            #expect(ending == .exited(2), "\(wrong): \(output)")
        }
    }
}
