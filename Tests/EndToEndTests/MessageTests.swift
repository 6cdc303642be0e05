import LocalCluster
import Testing

@testable import understudy

/// What the commands say when they cannot do what they were asked.
@Suite("Messages", .timeLimit(.minutes(6)))
struct MessageTests {
    private func understudy(
        _ arguments: String...,
        environment: [String: String] = [:]
    ) async throws -> (ending: ChildProcess.Ending, output: String) {
        try await Stage.run(Stage.program, arguments, environment: environment)
    }

    @Test("no answer names every address that was tried, and says where they come from")
    func noAnswer() async throws {
        let (ending, output) = try await understudy("runs", "--url", "http://127.0.0.1:1,http://127.0.0.1:2")
        #expect(ending == .exited(3))
        #expect(output.contains("http://127.0.0.1:1: ") && output.contains("http://127.0.0.1:2: "), "\(output)")
        #expect(output.contains("UNDERSTUDY_URL"), "\(output)")
    }

    @Test("a variable that is empty is as good as none")
    func emptyVariable() async throws {
        let (empty, output) = try await understudy("explain", "a", environment: ["UNDERSTUDY_URL": ""])
        // Whether anybody listens at the default address is this machine's affair.
        #expect(empty != .exited(0) && !output.contains("api.bad_url"), "\(output)")
        let (bad, said) = try await understudy("explain", "a", environment: ["UNDERSTUDY_URL": "nowhere"])
        #expect(bad == .exited(2) && said.contains("expected http://HOST[:PORT]"), "\(said)")
    }

    @Test("a run that is not there: what to look at")
    func unknownRun() async throws {
        try await Stage.play(firstPort: 25_500) { stage in
            try await stage.start()
            for command in ["show", "logs", "explain", "release", "reset"] {
                let (ending, output) = try await stage.understudy(command, "nosuch")
                #expect(ending == .exited(2), "\(command): \(output)")
                #expect(output.contains("there is no run nosuch") && output.contains("'understudy runs'"), "\(output)")
            }
        }
    }

    @Test("bash takes its completion script")
    func completion() async throws {
        let script = "source <('\(try Stage.program)' --generate-completion-script bash) && complete -p understudy"
        let (ending, output) = try await Stage.run("/bin/bash", ["-c", script])
        #expect(ending == .exited(0))
        #expect(output.contains("understudy"))
    }
}
