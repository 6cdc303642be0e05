import Foundation
import LocalCluster
import Testing

@testable import understudy

@Suite("The demo's single run", .timeLimit(.minutes(6)))
struct DemoOnceTests {
    @Test("one run passes on a copy, production's bytes are as before, and nothing is left")
    func once() async throws {
        let show = try DemoTests.Show(["--once"], firstPort: 12_500)
        let (ending, output) = await show.ending()
        #expect(ending == .exited(0), "\(output)")
        for part in [
            "3 guests: Ada, Grace, Zoë", "understudy cql --host $CASSANDRA_HOST", "ready", "| Zoë", "| 0",
            "passed: the suite exited 0", "   unchanged", "what is left   volume guestbook-production and 1 task",
            "done in ",
        ] { #expect(output.contains(part), "\(part) is missing in:\n\(output)") }
        #expect(try show.leftBehind() == [])
    }

    @Test("what is for the story alone is refused beside it", arguments: ["--keep", "--stage-only"])
    func refusal(flag: String) async throws {
        let (ending, output) = try await Stage.run(try Stage.program, ["demo", "--once", flag])
        #expect(ending == .exited(2))
        #expect(output.contains("--once leaves nothing up"), "\(output)")
    }

    @Test("an image's programs are this one by another name")
    func programs() {
        let variables = ["UNDERSTUDY_DATA": "/data", "CASSANDRA_CLUSTER_NAME": "c", "JVM_EXTRA_OPTS": "-Da=1 -Db=2"]
        let serve = ImageProgram.entryPoint.arguments(["cassandra", "-f"]) { variables[$0] }
        #expect(
            serve == [
                "stand-in", "serve", "--directory", "/data", "--host", "127.0.0.1", "--cluster-name", "c",
                "--data-center", "datacenter1", "--rack", "rack1", "--num-tokens", "256", "--seeds", "",
                "--jvm-options", "-Da=1 -Db=2",
            ]
        )
        #expect(
            Invocation(["/images/bin/nodetool", "-p", "1", "drain"])
                == .direct(["stand-in", "nodetool", "-p", "1", "drain"])
        )
        #expect(Invocation(["/usr/local/bin/understudy", "version"]) == .direct(["version"]))
    }
}

@Suite("A stand-in for a shell")
struct SimpleCommandTests {
    private static let variables = ["HOST": "127.0.0.1", "BLANK": "a b", "EMPTY": ""]

    private static func words(_ text: String) throws -> [String] {
        try SimpleCommand(text) { variables[$0] }.words
    }

    @Test(
        "words, quotes and variables are what they are to a shell",
        arguments: [
            ("true", ["true"]),
            ("exec  docker-entrypoint.sh\tcassandra -f ", ["docker-entrypoint.sh", "cassandra", "-f"]),
            ("cql --host $HOST 'SELECT * FROM a.b' ''", ["cql", "--host", "127.0.0.1", "SELECT * FROM a.b", ""]),
            (#"echo "${HOST}:$BLANK" a"b'c"'d"e' $EMPTY "$EMPTY" $NONE"#, ["echo", "127.0.0.1:a b", #"ab'cd"e"#, ""]),
        ]
    )
    func understood(text: String, words: [String]) throws {
        #expect(try Self.words(text) == words)
        #expect(try Self.shell(text) == words, "a real shell takes it otherwise")
    }

    /// What this machine's own shell makes of it.
    private static func shell(_ text: String) throws -> [String] {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/bin/sh")
        let plain = text.hasPrefix("exec ") ? String(text.dropFirst(5)) : text
        process.arguments = ["-c", "for word in \(plain); do printf '%s\\n' \"$word\"; done"]
        process.environment = variables
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            .dropLast().map(String.init)
    }

    @Test(
        "what needs a real shell is refused, and never half done",
        arguments: [
            "", "exec", "a | b", "a; b", "a && b", "a > b", "a\nb", "$(a)", "`a`", "a *", "a 'b", "a \"b", "a \"$(b)\"",
            "a \\b", "a \"\\b\"", "A=1 b", "$BLANK", "a ${HOST:-x}", "a $1", "a $", "~/a", "a # b", "${HOST",
        ]
    )
    func refused(text: String) { #expect(throws: SimpleCommand.Fault.self) { try Self.words(text) } }
}
