import API
import FoundationEssentials
import Glibc
import HTTPTransport
import LocalCluster
import Model
import Testing
import ZooKeeperServer

@testable import understudy

/// The end of an installation, as Cosmos drives it and as a person asks for it.
@Suite("Uninstalling, end to end", .serialized, .withZooKeeper, .timeLimit(.minutes(6)))
struct UninstallTests {
    private static let firstPort: UInt16 = 14_000

    /// What Cosmos asks, with the codes that it goes by.
    private static func status(_ stage: Stage, _ path: String) async throws -> (Int, String) {
        let http = try HTTPClient()
        let response = try await http.send(HTTPRequest(url: stage.address + path))
        await http.shutdown()
        return (response.head.status, String(decoding: response.body, as: UTF8.self))
    }

    private static func waitsForEnd(_ stage: Stage) async throws {
        try await stage.until("the plan is over") { try await status(stage, "/v1/plans/deploy").0 == 200 }
        let plan = try await stage.client { try await $0.plan("deploy") }
        #expect(plan.status == .complete && plan.errors.isEmpty, "\(plan)")
        #expect(await stage.isClean())
        #expect(await stage.demo.cluster.removedFrameworks == 1)
        #expect(try await status(stage, "/v1/alive").0 == 200, "a supervisor leaves it alone")
        #expect(try await status(stage, "/v1/health").0 == 503, "it does nothing any more")
    }

    @Test(
        "as Cosmos drives it: a restart with its variable ends all, leaves nothing, and a later one begins nothing anew"
    )
    func cosmos() async throws {
        try await Stage.play(firstPort: Self.firstPort) { stage in
            let servers = try WithZooKeeper.server.address
            let state = "zk://\(servers)/dcos-service-uninstall-\(UInt64.random(in: .min ... .max))"
            try await stage.start(more: ["--state", state])
            let (found, id) = try await Self.status(stage, "/v1/state/frameworkId")
            #expect(found == 200 && id.hasPrefix("[\"") && id.hasSuffix("\"]"), "\(id)")
            #expect(try await Self.status(stage, "/v1/plans/deploy").0 == 200)
            let run = try await stage.submit("sleep 600", key: "under-way")
            try await stage.until("the suite runs") { try await stage.view(run).phase == .testing }
            await stage.demo.stopScheduler()

            try await stage.start(more: ["--state", state, "--uninstall"], ableToAct: false)
            try await Self.waitsForEnd(stage)
            let refused = try await stage.understudy("run", "--source", "guestbook", "--command", "true")
            #expect(refused.ending != .exited(0))
            await stage.demo.stopScheduler()

            try await stage.start(more: ["--state", state, "--uninstall"], ableToAct: false)
            try await Self.waitsForEnd(stage)
            #expect(await stage.demo.cluster.removedFrameworks == 1, "nobody registered again")
            await stage.demo.stopScheduler()

            // Nothing is there: a new installation may begin under the same name.
            try await stage.start(more: ["--state", state])
            let (passed, output) = try await stage.run("guestbook-suite", key: "under-way")
            #expect(passed == .exited(0), "\(output)")
        }
    }

    @Test("killed in the middle of it, also between the framework's end and the state's, it goes on where it was")
    func killed() async throws {
        try await Stage.play(firstPort: Self.firstPort) { stage in
            try await stage.start()
            for key in ["a", "b"] { _ = try await stage.submit("sleep 600", key: key) }
            try await stage.until("a suite runs") {
                try await stage.runs().contains { $0.phase == .testing }
            }
            await stage.demo.stopScheduler(with: SIGKILL)
            let file = "\(stage.demo.directory)/state.sqlite"
            for phase in ["end-runs", "kill-tasks", "delete-copies", "deregister-service"] {
                try await stage.start(more: ["--uninstall"], ableToAct: false)
                try await stage.until("\(phase) is over") {
                    let plan = try await stage.client { try await $0.plan("deploy") }
                    return plan.phases.first { $0.name == phase }?.status == .complete
                }
                await stage.demo.stopScheduler(with: SIGKILL)
            }
            try await stage.start(more: ["--uninstall"], ableToAct: false)
            try await Self.waitsForEnd(stage)
            #expect(!FileManager.default.fileExists(atPath: file))
        }
    }

    @Test("as a person asks for it: the command follows it to its end, and a restart stays out of the way")
    func person() async throws {
        try await Stage.play(firstPort: Self.firstPort) { stage in
            try await stage.start()
            let (unsure, advice) = try await stage.understudy("uninstall")
            #expect(unsure == .exited(2) && advice.contains("--yes"), "\(advice)")
            let (done, said) = try await stage.understudy("uninstall", "--yes")
            #expect(done == .exited(0) && said.contains("nothing is left"), "\(said)")
            try await Self.waitsForEnd(stage)
            await stage.demo.stopScheduler()
            try await stage.start(ableToAct: false)
            try await Self.waitsForEnd(stage)
            let health = try await stage.client { try await $0.health() }
            #expect(health.obstacle?.contains("has been uninstalled") == true)
        }
    }

    @Test("a source that is given over the API runs, is there after a restart, and is taken away when nothing uses it")
    func sources() async throws {
        try await Stage.play(firstPort: Self.firstPort) { stage in
            try await stage.start()
            let file = "\(stage.demo.directory)/other.json"
            let document = DemoCluster.sources.replacing("\"guestbook\"", with: "\"other\"", maxReplacements: 1)
            try Data(document.utf8).write(to: URL(filePath: file))
            let (put, said) = try await stage.understudy("source", "put", file)
            #expect(put == .exited(0), "\(said)")
            let (twice, _) = try await stage.understudy("source", "put", file)
            #expect(twice == .exited(0))
            await stage.demo.stopScheduler(with: SIGKILL)
            try await stage.start()
            let (listed, sources) = try await stage.understudy("sources")
            #expect(listed == .exited(0) && sources.contains("other"), "\(sources)")
            let (own, why) = try await stage.understudy("source", "remove", "guestbook")
            #expect(own == .exited(2) && why.contains("source.configured"), "\(why)")
            let (removed, words) = try await stage.understudy("source", "remove", "other")
            #expect(removed == .exited(0), "\(words)")
        }
    }
}
