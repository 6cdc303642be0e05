import ArgumentParser
import FoundationEssentials
import Glibc
import LocalCluster
import Model
import ScriptedServer
import Synchronization
import Testing

@testable import understudy

/// The program as the DC/OS CLI runs it: as `dcos-understudy understudy …`, with what the CLI says in the environment.
@Suite("The plugin of the DC/OS CLI", .timeLimit(.minutes(6)))
struct PluginTests {
    static let token = "eyJhbGciOiJSUzI1NiJ9.eyJ1aWQiOiJhbGljZSJ9.c2lnbmF0dXJl"
    private static let noRuns = #"{"runs":[],"next":null}"#

    /// A folder with the program under the plugin's name, for as long as the body takes.
    static func installed<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        let folder = "/tmp/understudy-plugin-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }  // what is left is the test's, not the user's
        let program = "\(folder)/dcos-understudy"
        try FileManager.default.createSymbolicLink(atPath: program, withDestinationPath: try Stage.program)
        return try await body(program)
    }

    private func plugin(
        _ arguments: String...,
        environment: [String: String] = [:]
    ) async throws -> (ending: ChildProcess.Ending, output: String) {
        try await Self.installed { try await Stage.run($0, ["understudy"] + arguments, environment: environment) }
    }

    private func environment(_ server: ScriptedServer) -> [String: String] {
        ["DCOS_URL": server.url, "DCOS_ACS_TOKEN": Self.token]
    }

    @Test("says in one line what it is, as the CLI asks when it installs a plugin")
    func info() async throws {
        let (ending, output) = try await plugin("--info")
        #expect(ending == .exited(0) && output == PluginCommand.info)
        let (version, said) = try await plugin("--version")
        #expect(version == .exited(0) && said == VersionCommand.version)
    }

    @Test("has every command that speaks to a scheduler, and none that is one")
    func help() async throws {
        let (ending, output) = try await plugin("--help")
        #expect(ending == .exited(0) && output.contains("USAGE: dcos understudy "))
        for command in ["run", "runs", "release", "sweep", "uninstall"] {
            #expect(output.contains("\n  \(command) "), "\(command)")
        }
        for command in ["scheduler", "stand-in", "demo"] {
            #expect(!output.contains("\n  \(command) "), "\(command)")
            let (ending, said) = try await plugin(command)
            #expect(ending == .exited(2) && said.contains("'\(command)'"), "\(said)")
        }
        let (_, runs) = try await plugin("runs", "--help")
        #expect(!runs.contains("--url") && !runs.contains("--token-file"), "\(runs)")
    }

    @Test("without a cluster it says how to get one")
    func noCluster() async throws {
        let (ending, output) = try await plugin("runs", environment: ["UNDERSTUDY_URL": "http://127.0.0.1:1"])
        #expect(ending == .exited(2))
        #expect(output.contains("DCOS_URL") && output.contains("dcos auth login"), "\(output)")
    }

    @Test("goes to the service that is named, by flag or by the CLI's configuration, with the user's token")
    func service() async throws {
        let server = try ScriptedServer { _ in .text(Self.noRuns, type: "application/json") }
        defer { server.stop() }
        var environment = environment(server)
        for (arguments, name) in [
            (["runs"], "understudy"), (["--name=/team/understudy", "runs"], "team/understudy"),
            (["--name", "other", "runs", "--json"], "other"),
        ] {
            let (ending, output) = try await Self.installed {
                try await Stage.run($0, ["understudy"] + arguments, environment: environment)
            }
            #expect(ending == .exited(0), "\(output)")
            let request = try #require(server.requests.last)
            #expect(request.path == "/service/\(name)/v1/runs")
            #expect(request.header("Authorization") == "token=\(Self.token)")
        }
        environment["DCOS_UNDERSTUDY_SERVICE_NAME"] = "configured"
        // Not meant for a plugin: the CLI knows better.
        environment["UNDERSTUDY_URL"] = "http://127.0.0.1:1"
        environment["UNDERSTUDY_TOKEN"] = "0123456789abcdef"
        _ = try await plugin("runs", environment: environment)
        let request = try #require(server.requests.last)
        #expect(request.path == "/service/configured/v1/runs")
        #expect(request.header("Authorization") == "token=\(Self.token)")
    }

    @Test("a flag that is for the program by its own name is refused, and so is a name that is none")
    func flags() async throws {
        let environment = ["DCOS_URL": "http://127.0.0.1:1"]
        let (ending, output) = try await plugin("runs", "--url", "http://127.0.0.1:1", environment: environment)
        #expect(ending == .exited(2) && output.contains("--name"), "\(output)")
        let (bad, said) = try await plugin("--name=Team", "runs", environment: environment)
        #expect(bad == .exited(2) && said.contains("[a-z0-9-]"), "\(said)")
    }

    @Test(
        "a login that has ended, a redirect to one and a missing permission are told apart, and no text has the token",
        arguments: [
            (401, "dcos auth login"), (302, "dcos auth login"), (403, "dcos:adminrouter:service:understudy full"),
        ]
    )
    func refused(status: Int, advice: String) async throws {
        let server = try ScriptedServer { _ in
            ScriptedServer.Response(
                status: status,
                headers: [("Content-Type", "text/html"), ("Location", "/login?redirect_uri=x")],
                body: Array("<html><body>\(status)</body></html>".utf8)
            )
        }
        defer { server.stop() }
        let (ending, output) = try await plugin("runs", environment: environment(server))
        #expect(ending == .exited(2) && output.contains(advice), "\(output)")
        #expect(!output.contains(Self.token) && server.counts.requests == 1)
    }

    @Test("a route that is late is waited for; what must not be done twice is not asked for twice")
    func late() async throws {
        let count = Mutex(0)
        let server = try ScriptedServer { request in
            let number = count.withLock { count in
                count += 1
                return count
            }
            if request.method == "POST" { return .text("<html>", status: 502, type: "text/html") }
            guard number > 2 else { return .text("404 Not Found: service not found.\n", status: 404) }
            return .text(Self.noRuns, type: "application/json")
        }
        defer { server.stop() }
        let (ending, output) = try await plugin("runs", environment: environment(server))
        #expect(ending == .exited(0) && server.counts.requests == 3, "\(output)")
        let (reset, said) = try await plugin("reset", "7f3k", environment: environment(server))
        #expect(reset == .exited(3) && server.counts.requests == 4)
        #expect(said.contains("may have been done") && !said.contains(Self.token), "\(said)")
    }

    @Test("by any other name the program is itself")
    func direct() {
        #expect(Invocation(["/usr/bin/understudy", "understudy", "runs"]) == .direct(["understudy", "runs"]))
        #expect(Invocation([]) == .direct([]))
        guard
            case .plugin(let call) = Invocation(["/a/dcos-understudy", "understudy", "--name", "x", "run", "--name=y"])
        else {
            Issue.record("no plugin")
            return
        }
        // What follows the subcommand is the subcommand's.
        #expect(call.name == "x" && call.arguments == ["run", "--name=y"])
        #expect(PluginCall(["--name"]).arguments == ["--name"])
        #expect(PluginCall(["--info", "--name=a"]).name == "a")
    }

    @Test("reads how the CLI speaks TLS: an authority of its own, or none at all when the user has said so")
    func security() throws {
        func read(_ variables: [String: String]) throws -> PluginEnvironment {
            let all = ["DCOS_URL": "https://dcos.example.com"].merging(variables) { $1 }
            return try PluginEnvironment(PluginCall([]), { all[$0] })
        }
        let plain = try read([:])
        #expect(plain.verifiesPeer && plain.caFile == nil && plain.token == nil && plain.name == "understudy")
        #expect(try read(["DCOS_TLS_CA_PATH": "/ca.crt"]).caFile == "/ca.crt")
        #expect(try read(["DCOS_TLS_INSECURE": "0"]).verifiesPeer)
        #expect(try !read(["DCOS_TLS_INSECURE": "1", "DCOS_TLS_CA_PATH": "/ca.crt"]).verifiesPeer)
        let error = #expect(throws: ValidationError.self) { try read(["DCOS_ACS_TOKEN": "bad token"]) }
        #expect(error?.message.contains("bad token") == false)
    }
}

// In the suite of the real router, whose tests run one after the other: on its ports, of whose last fifty a stage with one
// node uses only the highest six.
extension AdminRouterTests {
    @Test("the plugin waits behind it for a scheduler that is starting, and stays with a run")
    func plugin() async throws {
        try await Stage.play(firstPort: 30_500) { stage in
            let listen = "127.0.0.1:30980"
            let route = AdminRouter.Route(name: "team/understudy", upstream: listen)
            let folder = "\(stage.demo.directory)/admin-router"
            try await AdminRouter.play(port: 30_981, in: folder, routes: [route]) { router in
                try await PluginTests.installed { program in
                    let environment = [
                        "DCOS_URL": router.url, "DCOS_ACS_TOKEN": PluginTests.token,
                        "LD_LIBRARY_PATH": environmentVariable("LD_LIBRARY_PATH") ?? "",
                    ]
                    let begin = ["understudy", "--name=team/understudy"]
                    let (lines, feed) = AsyncStream.makeStream(of: String.self)
                    let process = try ChildProcess(
                        program,
                        begin + ["sources"],
                        environment: environment,
                        output: .lines { line, _ in feed.yield(line) }
                    )
                    async let ending = {
                        defer { feed.finish() }
                        return await process.wait()
                    }()
                    var said: [String] = []
                    for await line in lines {
                        said.append(line)
                        if line.contains("waiting, up to 75s") { break }
                    }
                    try await stage.start(listen: listen)
                    #expect(await ending == .exited(0), "\(said)")
                    let command = ["run", "--wait", "--key", "plugin", "--command", "guestbook-suite"]
                    let (result, output) = try await Stage.run(
                        program,
                        begin + command + Stage.suiteArguments,
                        environment: environment
                    )
                    #expect(result == .exited(0) && !output.contains(PluginTests.token), "\(output)")
                }
            }
        }
    }
}
