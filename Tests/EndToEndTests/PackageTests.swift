import API
import FoundationEssentials
import Glibc
import HTTPTransport
import LocalCluster
import Model
import Testing
import ZooKeeperServer

@testable import understudy

/// The whole of an installation's life, as DC/OS drives it: the package's app, restarts, what the UI asks, the end.
@Suite("The package, from installing to uninstalling", .serialized, .withZooKeeper, .timeLimit(.minutes(10)))
struct PackageTests {
    private static let firstPort: UInt16 = 28_500
    private static let schedulerPort = 28_980
    private static let routerPort = 28_981
    private static let name = "team/understudy"
    private static let person = "alice@example.com"

    /// Plays Cosmos, Marathon and the UI.
    private struct DCOS {
        let stage: Stage
        let router: AdminRouter
        let identity: IdentityService
        let options: [String: [String: String]]
        let vault: [String: [UInt8]]
        let token: String

        /// Starts the app as it is rendered from the options now.
        func start(_ change: [String: [String: String]] = [:], more: [String: String] = [:]) async throws {
            let changed = options.merging(change) { $0.merging($1) { _, new in new } }
            let app = try await PackagedApp.rendered(changed, in: stage.demo.directory)
            #expect(app.id == "/\(PackageTests.name)")
            #expect(app.labels["DCOS_PACKAGE_FRAMEWORK_NAME"] == PackageTests.name)
            let environment = try app.environment(
                port: PackageTests.schedulerPort,
                sandbox: "\(stage.demo.directory)/sandbox",
                vault: vault
            )
            try await stage.start(arguments: app.args, environment: environment.merging(more) { _, new in new })
            try await stage.until("Marathon's health check passes") {
                try await direct(app.healthChecks.first?.path ?? "") == 200
            }
            #expect(try await direct(app.check.http.path) >= 200, "the UI's check")
        }

        /// As Marathon asks, without a token and past Admin Router.
        func direct(_ path: String) async throws -> Int {
            try await ask("http://127.0.0.1:\(PackageTests.schedulerPort)\(path)", []).0
        }

        /// As the UI asks: through Admin Router, with a person's login.
        func get(_ path: String) async throws -> (Int, String) {
            try await ask(
                "\(router.url)/service/\(PackageTests.name)\(path)",
                [("Authorization", "token=\(token)")]
            )
        }

        private func ask(_ url: String, _ headers: [(name: String, value: String)]) async throws -> (Int, String) {
            let http = try HTTPClient()
            let response = try await http.send(HTTPRequest(url: url, headers: headers))
            await http.shutdown()
            return (response.head.status, String(decoding: response.body, as: UTF8.self))
        }

        /// `dcos understudy …`.
        func understudy(_ arguments: [String]) async throws -> (ending: ChildProcess.Ending, output: String) {
            try await PluginTests.installed { program in
                try await Stage.run(
                    program,
                    ["understudy", "--name=\(PackageTests.name)"] + arguments,
                    environment: ["DCOS_URL": router.url, "DCOS_ACS_TOKEN": token]
                )
            }
        }

        /// An operator looks inside the cluster whether anything is left, with the app's own variables.
        func verify() async throws -> (ending: ChildProcess.Ending, output: String) {
            let app = try await PackagedApp.rendered(options, in: stage.demo.directory)
            let environment = try app.environment(
                port: PackageTests.schedulerPort,
                sandbox: "\(stage.demo.directory)/sandbox",
                vault: vault
            )
            return try await Stage.run(try Stage.program, ["uninstall", "--verify"], environment: environment)
        }

        func suite(_ key: String) async throws -> (ending: ChildProcess.Ending, output: String) {
            try await understudy(
                ["run", "--wait", "--key", key, "--command", "guestbook-suite"] + Stage.suiteArguments
            )
        }

        /// True once the UI would show this word.
        func shows(_ status: ServiceStatus.Code) async throws -> Bool {
            try await direct("/v1/service-status") == status.rawValue
        }
    }

    private static func play(_ body: (DCOS) async throws -> Void) async throws {
        try await ClusterLogins.play { logins in
            let token = try await logins.identity.token(of: person)
            let servers = try WithZooKeeper.server.address
            try await Stage.play(firstPort: firstPort, settings: logins.settings) { stage in
                try await AdminRouter.play(
                    port: routerPort,
                    in: "\(stage.demo.directory)/nginx",
                    routes: [AdminRouter.Route(name: name, upstream: "127.0.0.1:\(schedulerPort)")],
                    identity: logins.identity.url
                ) { router in
                    let user = String(cString: getpwuid(getuid()).pointee.pw_name)
                    let options = [
                        "service": [
                            "name": name, "task_user": user, "service_account": ClusterLogins.account,
                            "service_account_secret": "\(name)/service-account",
                        ],
                        "mesos": ["master": stage.demo.cluster.masterAddress],
                        "portworx": ["url": stage.demo.cluster.storageURL],
                        "sources": ["definitions": DemoCluster.sources],
                        "api": ["dcos_url": router.url, "users": "\(person)=admin"],
                        "state": ["address": "zk://\(servers)"],
                    ]
                    let vault = ["\(name)/service-account": Array(try logins.credential())]
                    try await body(
                        DCOS(
                            stage: stage,
                            router: router,
                            identity: logins.identity,
                            options: options,
                            vault: vault,
                            token: token
                        )
                    )
                }
            }
        }
    }

    @Test("installed, used, killed, moved, upgraded and uninstalled; at the end nothing of it is anywhere")
    func life() async throws {
        try await Self.play { dcos in
            let stage = dcos.stage
            let faults = stage.demo.cluster.faults
            try await dcos.start()
            try await stage.until("the UI shows that it runs") { try await dcos.shows(.running) }
            try await stage.until("it has a framework") { try await dcos.get("/v1/state/frameworkId").0 == 200 }
            let (_, framework) = try await dcos.get("/v1/state/frameworkId")

            // A run, and what the Plans and Endpoints tabs and the page ask.
            let (first, said) = try await dcos.suite("first")
            #expect(first == .exited(0), "\(said)")
            #expect(said.contains("owner \(Self.person)"))
            for path in ["/v1/plans", "/v1/plans/deploy", "/v1/endpoints", "/v1/endpoints/api", "/"] {
                let (status, text) = try await dcos.get(path)
                #expect(status == 200, "\(path): \(text)")
            }

            // Killed while a snapshot is being made.
            try faults.put(
                Fault(.delay(seconds: 3), on: .init(server: .portworx, route: "POST volumes/snapshots"), count: 1),
                named: "slow-snapshot"
            )
            async let killed = dcos.suite("killed")
            try await stage.until("the UI shows a snapshot") { try await dcos.shows(.backingUp) }
            await stage.demo.stopScheduler(with: SIGKILL)
            try await dcos.start()
            let (second, then) = try await killed
            if second != .exited(0) {
                // Asked for by a connection that died, it may never have been made: that is looked at, and told.
                #expect(second == .exited(3) && then.contains("left nothing to see"), "\(then)")
                let (again, words) = try await dcos.suite("killed-again")
                #expect(again == .exited(0), "\(words)")
            }

            // The master is restarted, and an agent is away for a while.
            try faults.put(
                Fault(.masterRestart(.init(keepsRegistry: true)), on: .init(route: "ACCEPT"), count: 1),
                named: "failover"
            )
            try faults.put(
                Fault(.agentUnreachable(seconds: 3), on: .init(route: "UPDATE TASK_RUNNING"), count: 1),
                named: "away"
            )
            let (third, after) = try await dcos.suite("moved")
            #expect(third == .exited(0), "\(after)")
            try faults.put([:], isAll: true)

            // As after an upgrade: another option, and what was there is there.
            await stage.demo.stopScheduler()
            try await dcos.start(["service": ["log_level": "debug"]])
            try await stage.until("it runs again") { try await dcos.get("/v1/state/frameworkId").0 == 200 }
            let (_, list) = try await dcos.understudy(["runs", "--json"])
            #expect(["first", "killed", "moved"].allSatisfy { list.contains("\"\($0)\"") }, "\(list)")
            #expect(try await dcos.get("/v1/state/frameworkId").1 == framework, "the same framework")

            let (left, found) = try await dcos.verify()
            #expect(left == .exited(1), "that would be no proof: \(found)")

            // Something is under way when Cosmos takes it away.
            let (asked, answer) = try await dcos.understudy(
                ["run", "--key", "under-way", "--command", "sleep 600"] + Stage.suiteArguments
            )
            #expect(asked == .exited(0), "\(answer)")
            try await stage.until("its task runs") { await stage.demo.cluster.runningTasks > 1 }
            await stage.demo.stopScheduler()
            try await dcos.start(more: ["SDK_UNINSTALL": "true"])
            // A snapshot that a dead scheduler asked for is looked for until its absence is certain: three minutes.
            try await stage.until("Cosmos sees that it is over", within: .seconds(300)) {
                try await dcos.direct("/v1/plans/deploy") == 200
            }
            await stage.demo.stopScheduler()
            #expect(await stage.isClean())
            #expect(await stage.demo.cluster.removedFrameworks == 1)

            let (nothing, words) = try await dcos.verify()
            #expect(nothing == .exited(0), "\(words)")

            // Marathon may start it once more before Cosmos removes the app.
            try await dcos.start(more: ["SDK_UNINSTALL": "true"])
            try await stage.until("it has nothing to do") { try await dcos.direct("/v1/plans/deploy") == 200 }
            await stage.demo.stopScheduler()
            #expect(await stage.isClean())
            #expect(await stage.demo.cluster.removedFrameworks == 1, "nobody registered again")
        }
    }

    @Test("wrong options start nothing: each is named by its option, with what would be right")
    func wrong() async throws {
        let folder = "/tmp/understudy-package-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }  // what is left is the test's, not the user's
        await #expect(throws: DemoFault.self, "Cosmos refuses what the package's own rules exclude") {
            try await PackagedApp.rendered(["service": ["log_level": "loud"]], in: folder)
        }
        // What only the scheduler can know.
        let options = [
            "mesos": ["master": "leader.mesos:port"], "portworx": ["url": "http://127.0.0.1:1"],
            "api": ["users": "alice=root", "dcos_url": "http://master.mesos"],
            "sources": ["definitions": "[{}]"], "state": ["address": "zk://host:port"],
        ]
        let app = try await PackagedApp.rendered(options, in: folder)
        let (ending, output) = try await Stage.run(
            try Stage.program,
            app.args,
            environment: try app.environment(port: 28_982, sandbox: folder, vault: [:])
        )
        #expect(ending == .exited(78), "\(output)")
        for option in ["mesos.master", "api.users", "state.address", "sources.definitions"] {
            #expect(output.contains(option), "\(output)")
        }
    }
}
