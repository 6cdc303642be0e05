import ArgumentParser
import FoundationEssentials
import LocalCluster
import Model
import ScriptedServer
import Testing

@testable import understudy

/// The job specs of `marathon/`, as Metronome would start them.
@Suite("Job specs", .timeLimit(.minutes(6)))
struct JobSpecTests {
    private struct Job: Decodable {
        struct Run: Decodable {
            var args: [String]
            var env: [String: String]
        }
        var run: Run
    }

    private struct Asked: Decodable {
        struct Suite: Decodable {
            var image: String
            var command: String
            var env: [String: String]?
        }
        var key: String
        var source: String
        var suite: Suite
        var lease: String?
        var keepOnFailure: String?
    }

    private static let token = "0123456789abcdef0123456789abcdef"

    /// Starts a job against a server that refuses whatever it is asked; every request that came.
    private func start(_ name: String) async throws -> (job: Job, requests: [ScriptedServer.Request], output: String) {
        let file = Stage.sources.appending(path: "marathon/\(name).json")
        let job = try JSONDecoder().decode(Job.self, from: Data(contentsOf: file))
        let folder = "/tmp/understudy-job-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }  // what is left is the test's, not the user's
        try Data(Self.token.utf8).write(to: URL(filePath: "\(folder)/ci-token"))
        let server = try ScriptedServer { _ in
            let body = #"{"code":"run.quota","message":"not today","field":null}"#
            return .text(body, status: 409, type: "application/json")
        }
        defer { server.stop() }
        var environment = job.run.env
        environment["UNDERSTUDY_URL"] = server.url
        environment["UNDERSTUDY_TOKEN_FILE"] = "\(folder)/ci-token"
        let (ending, output) = try await Stage.run(Stage.program, job.run.args, environment: environment)
        #expect(ending == .exited(2) && output.contains("not today"), "\(output)")
        return (job, server.requests, output)
    }

    @Test("a run is asked for with what the job's variables say", arguments: ["nightly", "on-demand", "guestbook"])
    func run(name: String) async throws {
        let (job, requests, output) = try await start(name)
        let request = try #require(requests.first)
        #expect(request.method == "POST" && request.path == "/v1/runs" && requests.count == 1)
        #expect(request.header("Authorization") == "Bearer \(Self.token)" && !output.contains(Self.token))
        let asked = try JSONDecoder().decode(Asked.self, from: Data(request.body))
        #expect(asked.source == job.run.env["UNDERSTUDY_SOURCE"])
        #expect(asked.suite.image == job.run.env["UNDERSTUDY_SUITE_IMAGE"])
        #expect(asked.suite.command == job.run.env["UNDERSTUDY_COMMAND"])
        #expect(asked.lease == job.run.env["UNDERSTUDY_LEASE"])
        #expect(asked.keepOnFailure == job.run.env["UNDERSTUDY_KEEP_ON_FAILURE"])
        #expect(!asked.key.isEmpty)
    }

    @Test("two starts of a job are two runs")
    func keys() async throws {
        var keys: Set<String> = []
        for _ in 0..<2 {
            let request = try #require(try await start("nightly").requests.first)
            keys.insert(try JSONDecoder().decode(Asked.self, from: Data(request.body)).key)
        }
        #expect(keys.count == 2)
    }

    @Test("the sweep's report looks, and asks for nothing")
    func sweep() async throws {
        let requests = try await start("sweep-report").requests
        #expect(requests.map { "\($0.method) \($0.path)" } == ["GET /v1/sweep"])
    }

    @Test("a flag counts more than a variable, and a variable that is wrong is named")
    func flags() async throws {
        let flags = try RunCommand.parse(["--source", "flagged", "--service", "--lease", "1h"])
        let parameters = try RunCommand.Parameters(flags) { name in
            ["UNDERSTUDY_SOURCE": "other", "UNDERSTUDY_LEASE": "2h", "UNDERSTUDY_COMMAND": "pytest"][name]
        }
        #expect(parameters.source.value == "flagged" && parameters.lease == .hours(1))
        // Meant for another command: a service run has no suite.
        #expect(parameters.command == nil && parameters.timeout == .minutes(30))
        let (ending, output) = try await Stage.run(
            Stage.program,
            ["run", "--service"],
            environment: ["UNDERSTUDY_SOURCE": "guestbook", "UNDERSTUDY_TIMEOUT": "soon"]
        )
        #expect(ending == .exited(2) && output.contains("UNDERSTUDY_TIMEOUT: "), "\(output)")
    }
}
