import CQL
import CQLClient
import Cassandra
import FoundationEssentials
import Glibc
import LocalCluster
import Model
import StandIn
import Synchronization
import Testing

@testable import understudy

/// True for a program that any user of this machine may run.
private func everybodyReaches(_ program: String) -> Bool {
    var path = ""
    return program.split(separator: "/").allSatisfy { part in
        path += "/\(part)"
        var information = stat()
        return stat(path, &information) == 0 && information.st_mode & 0o001 != 0
    }
}

@Suite("A copy is sealed", .serialized, .timeLimit(.minutes(5)))
struct SealTests {
    @Test("it is another database afterwards, with the same rows, and says how it became one")
    func seals() async throws {
        try await CopyBoot.play(firstPort: 17_500) { boot in
            try await boot.serving(boot.order()) {
                let copy = try boot.connect()
                let local = "SELECT cluster_name, rpc_address, data_center FROM system.local"
                #expect(try copy.texts(local) == [["ci-abc", "'127.0.0.1'", "datacenter1"]])
                #expect(try copy.texts("SELECT peer FROM system.peers") == [])
                #expect(try copy.texts("SELECT name FROM guestbook.guests") == [["Ada"]])
                let options = try copy.texts("SELECT replication FROM system_schema.keyspaces")
                #expect(!options.contains { $0[0].contains("'2'") || $0[0].contains("datacenter1") }, "\(options)")
                let report = try boot.report()
                #expect(report.hostID.map { try? copy.texts("SELECT host_id FROM system.local") == [[$0]] } == true)
                #expect(report.release == "3.11.11-understudy-stand-in" && report.ring == 2)
                // Nobody is joined, and it is not silent.
                let steps = SealStep.allCases.filter { ![.ready, .joining, .silent].contains($0) }
                #expect(report.steps.map(\.step) == steps.map(\.name))
                #expect(report.steps.allSatisfy { $0.milliseconds != nil })
            }
            for name in ["hints", "saved_caches"] {
                let left = try FileManager.default.contentsOfDirectory(atPath: "\(boot.volume)/\(name)")
                #expect(left == [], "\(name) are production's")
            }
            #expect(!boot.said.contains(CopyBoot.password.reveal()))
        }
    }

    @Test("nobody logs in but the run: neither the superuser that everybody knows, nor a role of production's")
    func login() async throws {
        try await CopyBoot.play(firstPort: 17_510) { boot in
            try await boot.serving(boot.order()) {
                #expect(throws: CQLClientError.self) { try boot.connect("cassandra", Secret("cassandra")) }
                #expect(throws: CQLClientError.self) { try boot.connect("ci_abc", Secret("")) }
                #expect(throws: CQLClientError.self) {
                    try CQLConnection.open(host: "127.0.0.1", port: boot.ports.published)
                }
                let roles = try boot.connect().texts("SELECT role, can_login FROM system_auth.roles")
                #expect(roles.sorted { $0[0] < $1[0] } == [["cassandra", "false"], ["ci_abc", "true"]])
            }
        }
    }

    @Test("production's own roles log in where the source says so, and anybody where it says none")
    func otherLogins() async throws {
        try await CopyBoot.play(firstPort: 17_520) { boot in
            let role = try #require(try boot.order().login.role)
            try await boot.serving(boot.order { $0.login = .production(role) }) {
                _ = try boot.connect("cassandra", Secret("cassandra"))
                _ = try boot.connect()
            }
        }
        try await CopyBoot.play(firstPort: 17_530) { boot in
            try await boot.serving(boot.order { $0.login = .none }) {
                _ = try CQLConnection.open(host: "127.0.0.1", port: boot.ports.published)
            }
        }
    }

    @Test("the mask has run before anybody can connect; one that is refused ends the boot with the node's words")
    func mask() async throws {
        try await CopyBoot.play(firstPort: 17_540) { boot in
            let mask = "-- who it was\nUPDATE guestbook.guests SET name = 'somebody; else' WHERE id = 1;"
            try await boot.serving(boot.order { $0.mask = mask }) {
                let names = try boot.connect().texts("SELECT name FROM guestbook.guests")
                let masked = try boot.report().masked
                #expect(names == [["somebody; else"]] && masked == 1)
            }
        }
        try await CopyBoot.play(firstPort: 17_550) { boot in
            let (ending, report) = try await boot.ending(boot.order { $0.mask = "TRUNCATE guestbook.ghosts" })
            #expect(ending == .exited(SealFault.maskRefused.rawValue))
            #expect(report.message?.contains("unconfigured table ghosts") == true, "\(report)")
        }
    }

    @Test("what the source says wrong is named, with what the data says")
    func settings() async throws {
        try await CopyBoot.play(firstPort: 17_560) { boot in
            for (change, words) in [
                (
                    { $0.identity.clusterName = "Test Cluster" },
                    "cassandra.clusterName is Test Cluster, and the copy says guestbook"
                ),
                ({ $0.identity.dataCenter = "dc9" }, "cassandra.dataCenter is dc9, and the copy says datacenter1"),
                ({ $0.identity.rack = "r9" }, "cassandra.rack is r9, and the copy says rack1"),
                ({ $0.identity.numTokens = 16 }, "cassandra.numTokens is 16, and the copy says 256"),
            ] as [((inout BootOrder) -> Void, String)] {
                let (ending, report) = try await boot.ending(boot.order(change))
                #expect(ending == .exited(SealFault.wrongSettings.rawValue))
                #expect(report.fault == "wrongSettings")
                #expect(report.message?.contains(words) == true, "\(report.message ?? "")")
            }
            let (ending, report) = try await boot.ending(boot.order { $0.version = .v4_0 })
            #expect(ending == .exited(SealFault.otherVersion.rawValue))
            #expect(report.message?.contains("the image runs Cassandra 3.11.11") == true)
        }
    }

    @Test("a copy of a part says so per keyspace, and is not published where all of it is required")
    func completeness() async throws {
        try await CopyBoot.play(firstPort: 17_570) { boot in
            let (ending, report) = try await boot.ending(boot.order { $0.requiresComplete = true })
            #expect(ending == .exited(SealFault.incomplete.rawValue))
            #expect(report.message?.contains("keyspace part (datacenter1 1)") == true, "\(report.message ?? "")")
            #expect(
                report.keyspaces == [
                    .init(name: "part", replication: "datacenter1 1", complete: false),
                    .init(name: "guestbook", replication: "SimpleStrategy 2", complete: true),
                ]
            )
            #expect(report.complete == false)
            let unmasked = try await boot.ending(boot.order { $0.requiresMask = true })
            #expect(unmasked.code == .exited(SealFault.noMask.rawValue))
        }
    }

    @Test("a clone that was sealed before is sealed again under its new name, and keeps what was known of its ring")
    func again() async throws {
        try await CopyBoot.play(firstPort: 17_580) { boot in
            try await boot.serving(boot.order()) {}
            try await boot.serving(boot.order { $0.clusterName = "ci-def" }) {
                let copy = try boot.connect()
                #expect(try copy.texts("SELECT cluster_name FROM system.local") == [["ci-def"]])
                #expect(try boot.report().ring == 2)
                #expect(try boot.report().complete == false, "what is a part stays one")
            }
        }
    }

    @Test("where another process listens, it is not spoken to: it may be production")
    func notOurCassandra() async throws {
        try await CopyBoot.play(firstPort: 17_590) { boot in
            let counter = try await ContactCounter.start(host: "127.0.0.1", port: boot.ports.sealing)
            let (ending, report) = try await boot.ending(boot.order())
            #expect(ending == .exited(SealFault.notOurCassandra.rawValue), "\(boot.said)")
            #expect(report.fault == "notOurCassandra")
            #expect(await counter.stop() == 0, "not even a connection")
        }
    }

    @Test("a volume without Cassandra's data is refused before anything is started")
    func noData() async throws {
        try await CopyBoot.play(firstPort: 17_600) { boot in
            let (ending, report) = try await boot.ending(boot.order { $0.directory = boot.folder })
            #expect(ending == .exited(SealFault.noData.rawValue))
            #expect(report.steps.map(\.step) == ["preparing"])
            let other = try await boot.ending(boot.order { $0.helper = String(repeating: "0", count: 64) })
            #expect(other.code == .exited(SealFault.otherHelper.rawValue))
        }
    }

    @Test(
        "as root it becomes whom the data belongs to, also in a sandbox that is root's alone, and no file changes hands",
        .enabled(if: geteuid() == 0, "only root can become somebody else"),
        .enabled(if: everybodyReaches((try? Stage.program) ?? ""), "this folder is not everybody's")
    )
    func owner() async throws {
        try await CopyBoot.play(firstPort: 17_650) { boot in
            let nobody: uid_t = 65_534
            // The programs of this test have to be everybody's; the sandbox is not.
            _ = try await Stage.run(
                "/bin/sh",
                [
                    "-c",
                    "chmod 755 '\(boot.folder)' && chmod -R a+rX '\(boot.folder)/images' && chown -R \(nobody):\(nobody) '\(boot.volume)'"
                        + " && chmod 700 '\(boot.volume)' '\(boot.folder)/sandbox'",
                ]
            )
            try await boot.serving(boot.order()) {
                let processes = try await Stage.run("/bin/sh", ["-c", "ps -eo uid,args | grep 'stand-in [c]assandra'"])
                #expect(processes.output.contains("\(nobody) "), "\(processes.output)")
            }
            let others = try await Stage.run(
                "/bin/sh",
                ["-c", "find '\(boot.volume)' ! -user \(nobody) ! -name \(SealMarker.file)"]
            )
            #expect(others.output == "", "\(others.output)")
        }
    }

    @Test(
        "killed half-way it takes Cassandra with it; asked to end it ends it in order",
        arguments: [SIGKILL, SIGTERM]
    )
    func killed(_ signal: Int32) async throws {
        try await CopyBoot.play(firstPort: signal == SIGKILL ? 17_610 : 17_620) { boot in
            let process = try boot.start(boot.order())
            try await boot.expect(step: .ready)
            kill(process.id, signal)
            let ending = await process.wait()
            #expect(ending == (signal == SIGKILL ? .signalled(SIGKILL) : .exited(0)), "\(boot.said)")
            let deadline = ContinuousClock.now + .seconds(60)
            while (try? boot.connect()) != nil {
                try #require(ContinuousClock.now < deadline, "Cassandra lives on")
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    @Test("a suite begins only when the copy answers under its own name, and becomes the program")
    func awaits() async throws {
        try await CopyBoot.play(firstPort: 17_630) { boot in
            let environment = [
                "CASSANDRA_HOST": "127.0.0.1", "CASSANDRA_PORT": "\(boot.ports.published)",
                "UNDERSTUDY_CLUSTER": "ci-abc", "CASSANDRA_USER": "ci_abc",
                "CASSANDRA_PASSWORD": CopyBoot.password.reveal(), "UNDERSTUDY_HELPER_SHA256": try boot.order().helper,
            ]
            let waiting = Task {
                try await Stage.run(
                    CopyBoot.helper,
                    ["await", "/bin/sh", "-c", "echo $UNDERSTUDY_CLUSTER; exit 7"],
                    environment: environment
                )
            }
            try await boot.serving(boot.order()) {
                let (ending, output) = try await waiting.value
                #expect(ending == .exited(7) && output == "ci-abc")
            }
            let lost = try await Stage.run(CopyBoot.helper, ["await", "/bin/true"])
            #expect(lost.ending == .exited(SealFault.awaitFailed))
        }
    }
}

@Suite("A source's settings are read from a copy", .serialized, .timeLimit(.minutes(6)))
struct InspectTests {
    @Test("whatever the source says of them, the helper finds out and publishes nothing")
    func helper() async throws {
        try await CopyBoot.play(firstPort: 17_640) { boot in
            let order = try boot.order { order in
                order.inspects = true
                order.identity = .init(clusterName: "x", dataCenter: "y", rack: "z", numTokens: 1)
            }
            let (ending, report) = try await boot.ending(order)
            #expect(ending == .exited(0), "\(boot.said)")
            #expect(
                report.identity
                    == .init(clusterName: "guestbook", dataCenter: "datacenter1", rack: "rack1", numTokens: 256)
            )
            #expect(report.steps.count { $0.step == "isolating" } == 5, "four settings, and then none")
            #expect(!boot.said.contains("ready"))
            // Nothing of the data has changed: it boots as before.
            try await boot.serving(boot.order()) {}
        }
    }

    @Test("source inspect prints what belongs into the file of sources, and leaves nothing")
    func command() async throws {
        try await Stage.play(firstPort: 19_000) { stage in
            let wrong = DemoCluster.sources.replacing(
                #""clusterName": "\#(DemoCluster.clusterName)""#,
                with: #""clusterName": "somewhere", "rack": "r7""#
            )
            try await stage.start(sources: wrong)
            let (ending, output) = try await stage.understudy("source", "inspect", "guestbook")
            #expect(ending == .exited(0), "\(output)")
            let fragment =
                #""clusterName": "guestbook", "dataCenter": "datacenter1", "rack": "rack1", "numTokens": 256"#
            #expect(output.contains(fragment), "\(output)")
            let (refused, said) = try await stage.understudy("run", "--wait", "--service", "--source", "guestbook")
            #expect(refused == .exited(3), "\(said)")
            #expect(said.contains("cassandra.clusterName is somewhere, and the copy says guestbook"), "\(said)")
            try await stage.until("nothing is left") { await stage.isClean() }
        }
    }

    @Test("source add writes what the scheduler reads, and nothing else; source check says what it reads")
    func file() async throws {
        let folder = "/tmp/understudy-source-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }  // what is left is the test's
        let path = "\(folder)/sources.json"
        func understudy(_ arguments: String...) async throws -> (ending: ChildProcess.Ending, output: String) {
            try await Stage.run(Stage.program, arguments)
        }
        func add(_ name: String, _ image: String, _ more: String...) async throws -> (ChildProcess.Ending, String) {
            let arguments = [
                "source", "add", path, "--name", name, "--volume", "v-\(name)", "--image", image, "--cluster-name",
                "a \"b\"",
            ]
            return try await Stage.run(Stage.program, arguments + more)
        }
        #expect(try await add("one", "cassandra:3.11").0 == .exited(0))
        #expect(try await add("two", "cassandra:4.1", "--num-tokens", "16", "--login", "none").0 == .exited(0))
        let before = try String(contentsOfFile: path, encoding: .utf8)
        for wrong in [try await add("two", "cassandra:4.1"), try await add("three", "cassandra:latest")] {
            #expect(wrong.0 == .exited(2), "\(wrong.1)")
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == before)
        let (ending, output) = try await understudy("source", "check", path)
        #expect(ending == .exited(0))
        #expect(
            output == """
                one: volume v-one, Cassandra 3.11, cluster a "b", login run, mask none, network mesos-bridge
                two: volume v-two, Cassandra 4.1, cluster a "b", login none, mask none, network mesos-bridge
                """
        )
        #expect(try await understudy("source", "check", "\(folder)/none").ending == .exited(2))
    }
}
