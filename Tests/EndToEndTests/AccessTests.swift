import API
import FoundationEssentials
import Glibc
import LocalCluster
import Model
import Testing

@testable import understudy

/// The built program with a tokens file: who may what, and that no token is to be found anywhere else.
@Suite("Tokens, end to end", .serialized, .timeLimit(.minutes(6)))
struct AccessTests {
    private static let firstPort: UInt16 = 26_500

    /// Tokens that are nowhere else on this machine, in a tokens file and in a file each.
    private struct Tokens {
        let view = Self.random()
        let run = Self.random()
        let wrong = Self.random()
        let folder: String
        var list: String { "\(folder)/tokens.json" }

        init(in folder: String) throws {
            self.folder = folder
            try write(
                #"[{"name":"viewer","role":"view","token":"\#(view)"},{"name":"ci","role":"run","token":"\#(run)"}]"#,
                to: "tokens.json"
            )
            for (name, token) in [("view", view), ("run", run), ("wrong", wrong)] { try write(token + "\n", to: name) }
        }

        /// Of each token, since a database may break one in two between its pages.
        var halves: [String] {
            [view, run, wrong].flatMap { token in
                [token.prefix(token.count / 2), token.suffix(token.count / 2)].map(String.init)
            }
        }

        func file(_ name: String) -> String { "\(folder)/\(name)" }

        func write(_ text: String, to name: String) throws {
            let new = "\(folder)/new"
            try Data(text.utf8).write(to: URL(filePath: new))
            guard chmod(new, 0o600) == 0, rename(new, file(name)) == 0 else {
                throw DemoFault("\(name) is not written")
            }
        }

        private static func random() -> String {
            (0..<4).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined(separator: ".")
        }
    }

    @Test("a run with a token passes; the log, the state, the processes and what is printed hold none")
    func nowhere() async throws {
        try await Stage.play(firstPort: Self.firstPort) { stage in
            let tokens = try Tokens(in: stage.demo.directory)
            try await stage.start(more: ["--tokens", tokens.list])
            let scheduler = try #require(stage.demo.schedulerID)
            let inProcess = try Self.words(of: scheduler)
            #expect(inProcess.contains(tokens.list), "these are the scheduler's")

            let (nobody, advice) = try await stage.understudy("runs")
            #expect(nobody == .exited(2))
            #expect(advice.contains("api.unauthorized") && advice.contains("--token-file"), "\(advice)")
            let (wrong, said) = try await stage.understudy("runs", "--token-file", tokens.file("wrong"))
            #expect(wrong == .exited(2))
            let (viewer, forbidden) = try await stage.run("true", key: "a", "--token-file", tokens.file("view"))
            #expect(viewer == .exited(2))
            #expect(forbidden.contains("needs a token of role run"), "\(forbidden)")

            let (passed, output) = try await stage.run("guestbook-suite", key: "b", "--token-file", tokens.file("run"))
            #expect(passed == .exited(0), "\(output)")
            let (looked, runs) = try await stage.understudy("runs", "--json", "--token-file", tokens.file("view"))
            #expect(looked == .exited(0))
            #expect(runs.contains(#""key":"b""#))
            #expect(try await stage.client { try await $0.health().refusedTokens } == 1)

            let everything = [advice, said, forbidden, output, runs, inProcess, try Self.words(of: scheduler)]
            for half in tokens.halves { #expect(!everything.contains { $0.contains(half) }) }
            await stage.demo.stopScheduler()
            // The log, the state file and its log, every sandbox: all that there is but our own files.
            let patterns = tokens.halves.map { "-e '\($0)'" }.joined(separator: " ")
            let found = try await stage.demo.shell("cd '\(stage.demo.directory)' && grep -rlaF \(patterns) . | sort")
            #expect(found.split(separator: "\n") == ["./run", "./tokens.json", "./view", "./wrong"])
        }
    }

    @Test("the environment may hold the token or its file, and a token that is taken away is good no longer")
    func environment() async throws {
        try await Stage.play(firstPort: Self.firstPort) { stage in
            let tokens = try Tokens(in: stage.demo.directory)
            try await stage.start(more: ["--tokens", tokens.list])
            func runs(_ environment: [String: String]) async throws -> ChildProcess.Ending {
                try await stage.demo.run(["runs", "--url", stage.address], environment: environment) { _ in }
            }
            #expect(try await runs(["UNDERSTUDY_TOKEN": tokens.view]) == .exited(0))
            #expect(try await runs(["UNDERSTUDY_TOKEN_FILE": tokens.file("view")]) == .exited(0))
            let both = ["UNDERSTUDY_TOKEN_FILE": tokens.file("view"), "UNDERSTUDY_TOKEN": tokens.wrong]
            #expect(try await runs(both) == .exited(0), "the file counts more")
            #expect(try await runs(["UNDERSTUDY_TOKEN": "short"]) == .exited(2))
            #expect(try await runs(["UNDERSTUDY_TOKEN_FILE": tokens.list]) == .exited(2), "that is no single token")
            try tokens.write("[]", to: "tokens.json")
            try await stage.until("the token is refused") {
                try await runs(["UNDERSTUDY_TOKEN": tokens.view]) == .exited(2)
            }
        }
    }

    @Test("beyond loopback it listens with tokens, or when told that anybody may call, else it exits 78")
    func beyond() async throws {
        try await Stage.play(firstPort: Self.firstPort) { stage in
            let tokens = try Tokens(in: stage.demo.directory)
            // Loopback, but not in a form that is known to be.
            let beyond = ["--listen", "127.1:0"]
            try await Self.refuses(stage, beyond, because: "--listen has to be on loopback")
            let both = ["--insecure-no-auth", "--tokens", tokens.list]
            try await Self.refuses(stage, both, because: "give one of the two")
            try await Self.refuses(stage, ["--tokens", "\(tokens.list).none"], because: "No such file")
            try await Self.refuses(stage, ["--tokens", tokens.file("view")], because: "the tokens file")
            #expect(!stage.demo.lastWords().contains(tokens.view))

            try await stage.start(more: beyond + ["--tokens", tokens.list])
            #expect(try await stage.client { try await $0.health().access } == .tokens)
            await stage.demo.stopScheduler()
            try await stage.start(more: beyond + ["--insecure-no-auth"])
            #expect(try await stage.client { try await $0.health().access } == .none)
            #expect(stage.demo.lastWords().contains("nobody is asked for a token"))
        }
    }

    private static func refuses(_ stage: Stage, _ more: [String], because reason: String) async throws {
        await #expect(throws: DemoFault.self) { try await stage.demo.startScheduler(more: more) }
        #expect(await stage.demo.stopScheduler() == .exited(78))
        #expect(stage.demo.lastWords().contains(reason), "\(stage.demo.lastWords())")
    }

    /// A process's arguments and environment.
    private static func words(of process: Int32) throws -> String {
        try ["cmdline", "environ"].map { name in
            String(decoding: try Data(contentsOf: URL(filePath: "/proc/\(process)/\(name)")), as: UTF8.self)
        }.joined()
    }
}
