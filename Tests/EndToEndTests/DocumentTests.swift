import Foundation
import LocalCluster
import Testing

@testable import understudy

/// The commands of the documents, run as a reader runs them: in a shell, beside `make demo ARGS=--stage-only`.
@Suite("Commands in the documents", .timeLimit(.minutes(6)))
struct DocumentTests {
    private static let staged = "make demo ARGS=--stage-only"

    /// Runs a document's commands in one shell, and holds what each prints against what is shown.
    private func play(
        _ path: String,
        firstPort: UInt16,
        except known: (ConsoleDocument.Command) -> Bool = { _ in false },
        prepared: (String) -> String = { $0 }
    ) async throws {
        let document = try ConsoleDocument(path)
        try #require(!document.commands.isEmpty)
        let show = try DemoTests.Show(["--stage-only"], firstPort: firstPort)
        #expect(await show.until("docs/local-cluster.md"), "\(show.output)")
        let environment = try #require(show.output.split(separator: "\n").first { $0.hasSuffix("/environment") })
        let commands = document.commands.filter { $0.text != Self.staged && !known($0) }
        // A mark before each command; what is another here than for a reader is replaced.
        let script = commands.enumerated().map { index, command in
            let isSource = command.text.hasPrefix(". /tmp/")
            return "echo '@@@ \(index)'\n" + prepared(isSource ? String(environment) : command.text)
        }
        let root = Stage.sources.path
        let file = "\(show.temporary)/script.sh"
        // With job control, as at a terminal; whatever the commands leave running ends with the shell.
        let end = "\nstatus=$?; kill $(jobs -p) 2>/dev/null; wait; exit 0\n"
        try Data(
            (["set -m", "cd '\(root)'", String(environment)] + script).joined(separator: "\n").appending(end).utf8
        )
        .write(to: URL(filePath: file))
        let (ending, output) = try await Stage.run(
            "/bin/bash",
            ["--norc", file],
            environment: [
                "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TMPDIR": show.temporary, "HOME": show.temporary,
                "PYTHONDONTWRITEBYTECODE": "1",
            ]
        )
        #expect(ending == .exited(0), "\(output)")
        let printed = output.components(separatedBy: "@@@ ").dropFirst().map { part in
            part.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).dropFirst().joined()
        }
        #expect(printed.count == commands.count, "\(output)")
        for (command, printed) in zip(commands, printed) {
            #expect(
                ConsoleDocument.shows(command.shown, printed),
                "\(path): $ \(command.text)\nshows:\n\(command.shown.joined(separator: "\n"))\nand prints:\n\(printed)"
            )
        }
        if let staged = document.commands.first(where: { $0.text == Self.staged }) {
            #expect(ConsoleDocument.shows(staged.shown, show.output), "\(path): the stage prints\n\(show.output)")
        }
        show.process.signal(SIGINT)
        #expect(await show.ending().0 == .exited(130))
    }

    @Test("the tutorial's commands print what it shows")
    func tutorial() async throws { try await play("docs/tutorial.md", firstPort: 31_500) }

    @Test("the README's commands print what it shows")
    func readme() async throws {
        // Of its two first, a test of the demo runs one, and this is the other.
        try await play("README.md", firstPort: 32_000, except: { ["make demo", "make test"].contains($0.text) }) {
            command in
            guard command.hasPrefix("understudy scheduler ") else { return command }
            // It would serve for ever.
            return """
                \(command) >$HOME/said 2>$HOME/log &
                while kill -0 $! && ! grep -qs listening $HOME/said; do sleep 0.05; done
                kill $!; wait $!; cat $HOME/said
                """
        }
    }
}
