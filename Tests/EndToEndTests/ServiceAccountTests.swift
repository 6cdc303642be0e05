import API
import CryptoExtras
import FoundationEssentials
import LocalCluster
import Model
import Synchronization
import Testing

@testable import understudy

/// A cluster that wants to know who comes: the scheduler by its service account, people by their logins.
@Suite("A cluster with logins, end to end", .serialized, .timeLimit(.minutes(6)))
struct ServiceAccountTests {
    private static let firstPort: UInt16 = 23_500
    private static let routerPort = 23_990

    private func credential(_ logins: ClusterLogins, key: String? = nil, in folder: String) throws -> String {
        let file = "\(folder)/service-account.json"
        try logins.credential(key: key).write(to: URL(filePath: file))
        return file
    }

    /// A part of every line of a key, and of whatever a token looks like.
    private func secrets(_ key: String) -> [String] {
        key.split(separator: "\n").filter { !$0.hasPrefix("-") }.map { String($0.prefix(24)) } + ["eyJ"]
    }

    @Test("a suite passes there, also after every token was revoked, and no secret is to be found anywhere")
    func account() async throws {
        try await ClusterLogins.play { logins in
            let identity = logins.identity
            try await Stage.play(firstPort: Self.firstPort, settings: logins.settings) { stage in
                let file = try credential(logins, in: stage.demo.directory)
                let log = Mutex<[String]>([])
                try await stage.start(more: ["--service-account", file]) { line in log.withLock { $0.append(line) } }
                let (first, said) = try await stage.run("guestbook-suite", key: "a")
                #expect(first == .exited(0), "\(said)")
                #expect(identity.counts.logins == 1 && identity.counts.refusals == 0)

                identity.revokeAll()
                let (second, again) = try await stage.run("guestbook-suite", key: "b")
                #expect(second == .exited(0), "\(again)")
                #expect(identity.counts.logins == 2)

                let state = String(
                    decoding: try Data(contentsOf: URL(filePath: "\(stage.demo.directory)/state.sqlite")),
                    as: UTF8.self
                )
                let page = try await stage.demo.shell("curl -s \(stage.address)/ \(stage.address)/v1/health")
                #expect(page.contains("guestbook"), "\(page)")
                for secret in secrets(logins.key) {
                    #expect(!page.contains(secret), "on the page, or in health")
                    #expect(!log.withLock { $0.contains { $0.contains(secret) } }, "in the log")
                    #expect(!said.contains(secret) && !again.contains(secret) && !state.contains(secret))
                }
            }
        }
    }

    @Test("a key that is not the account's is named, again and again but not in a loop")
    func wrongKey() async throws {
        try await ClusterLogins.play { logins in
            let identity = logins.identity
            try await Stage.play(firstPort: Self.firstPort, settings: logins.settings) { stage in
                let other = try _RSA.Signing.PrivateKey(keySize: .bits2048).pkcs8PEMRepresentation
                let file = try credential(logins, key: other, in: stage.demo.directory)
                let log = Mutex<[String]>([])
                try await stage.start(more: ["--service-account", file], ableToAct: false) { line in
                    log.withLock { $0.append(line) }
                }
                try await stage.until("the refusal is told") {
                    let health = try await stage.client { try await $0.health() }
                    return "\(health)".contains("refused service account \(ClusterLogins.account)")
                }
                let begun = ContinuousClock.now
                try await stage.until("it was tried a few times") { identity.counts.refusals >= 3 }
                #expect(ContinuousClock.now - begun > .milliseconds(300), "that was a loop")
                let health = "\(try await stage.client { try await $0.health() })"
                for secret in secrets(other) {
                    #expect(!log.withLock { $0.contains { $0.contains(secret) } } && !health.contains(secret))
                }
            }
        }
    }

    @Test(
        "people come through Admin Router with their logins, the command line and a browser, and may what --users says"
    )
    func people() async throws {
        try await ClusterLogins.play { logins in
            let identity = logins.identity
            try await Stage.play(firstPort: Self.firstPort) { stage in
                try await AdminRouter.play(
                    port: Self.routerPort,
                    in: "\(stage.demo.directory)/nginx",
                    routes: [AdminRouter.Route(name: "understudy", upstream: "127.0.0.1:23989")],
                    identity: identity.url
                ) { router in
                    try await stage.start(
                        listen: "127.0.0.1:23989",
                        more: ["--dcos-url", router.url, "--users", "alice@example.com=run"],
                        ableToAct: false
                    )
                    func dcos(_ token: String, _ arguments: [String]) async throws -> (ChildProcess.Ending, String) {
                        try await PluginTests.installed { program in
                            try await Stage.run(
                                program,
                                ["understudy"] + arguments,
                                environment: ["DCOS_URL": router.url, "DCOS_ACS_TOKEN": token]
                            )
                        }
                    }
                    let command = ["run", "--wait", "--key", "people", "--command", "guestbook-suite"]
                    let token = try await identity.token(of: "alice@example.com")
                    let (run, output) = try await dcos(token, command + Stage.suiteArguments)
                    #expect(run == .exited(0), "\(output)")
                    #expect(output.contains("owner alice@example.com"), "\(output)")
                    let (admin, said) = try await dcos(token, ["uninstall", "--yes"])
                    #expect(admin == .exited(2) && said.contains("role admin"), "\(said)")
                    let (stranger, refusal) = try await dcos(try await identity.token(of: "mallory"), ["runs"])
                    #expect(stranger == .exited(2) && refusal.contains("--users"), "\(refusal)")
                    let (forger, no) = try await dcos(PluginTests.token, ["runs"])
                    #expect(forger == .exited(2), "\(no)")
                    // A browser has its login in a cookie, which Admin Router makes a header of.
                    for (cookie, shown) in [("dcos-acs-auth-cookie=\(token)", "200"), ("", "401")] {
                        let status = try await stage.demo.shell(
                            "curl -s -o /dev/null -w '%{http_code}' -H 'Cookie: \(cookie)' \(router.url)/service/understudy/"
                        )
                        #expect(status.contains(shown), "\(status)")
                    }
                }
            }
        }
    }
}
